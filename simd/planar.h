#ifndef REFLEXARC_PLANAR_H
#define REFLEXARC_PLANAR_H

#include "dispatch.h"

/* Row y of a resized YUV picture, as RGBX, into its place in `row`. */
void resize_planar_row(const struct picture_plan *plan, int32_t y);

/* The status of what a plan of a YUV picture has beyond others. */
enum kernel_status check_planar(const struct picture_plan *plan);

#endif
