#ifndef REFLEXARC_WARP_H
#define REFLEXARC_WARP_H

#include "picture.h"

/* Row y of a warped picture, into `row`. */
void warp_row(const struct picture_plan *plan, int32_t y);

/* The status of what a plan of a warp has beyond others. */
enum kernel_status check_warp(const struct picture_plan *plan);

#endif
