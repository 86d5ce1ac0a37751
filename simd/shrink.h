#ifndef REFLEXARC_SHRINK_H
#define REFLEXARC_SHRINK_H

#include "picture.h"

/* Does the whole of a plan that fits bilinear_nchw_u8_f32, and returns 1; leaves any other alone, and returns 0. */
int shrink_in_one_step(const struct picture_plan *plan);

#endif
