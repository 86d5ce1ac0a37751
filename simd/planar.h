#ifndef REFLEXARC_PLANAR_H
#define REFLEXARC_PLANAR_H

#include "dispatch.h"

/*
 * What a row of a resized YUV picture is made of: filtered rows of the source in Q7, the upper and the lower one of Y, then of U and V.
 * The antialiased filter has made them one already.
 */
struct yuv_row {
    const int16_t *lines[6];
    struct yuv_factors factors;
};

/* Filters what row y needs and is not there yet. */
void filter_yuv_row(const struct picture_plan *plan, int32_t y, struct yuv_row *row);

/* Asks for the memory that row y begins with, so that it is on its way while something else is done. */
void touch_yuv_row(const struct picture_plan *plan, int32_t y, const uint8_t **ahead, int32_t *ahead_step);

/* The status of what a plan of a YUV picture has beyond others. */
enum kernel_status check_planar(const struct picture_plan *plan);

#endif
