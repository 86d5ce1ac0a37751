#ifndef REFLEXARC_PLANAR_H
#define REFLEXARC_PLANAR_H

#include "picture.h"

/* What row y of a picture resized by bilinear is made of. */
struct yuv_rows list_yuv_rows(const struct picture_plan *plan, int32_t y);

/* Row y of a resized YUV picture, into its place in `row`. */
void resize_yuv_row(const struct picture_plan *plan, int32_t y);

/* A row of a YUV picture in its own size, as RGBX px. */
void convert_yuv_row(const struct picture_plan *plan, int32_t row, uint8_t *to);

/* The matrix for rows that have the size of the result already: convert_yuv_u8_rgbx. */
struct yuv_factors whole_yuv_factors(const struct picture_plan *plan);

/* The status of what a plan of a YUV picture has beyond others. */
enum kernel_status check_planar(const struct picture_plan *plan);

#endif
