#ifndef REFLEXARC_BEFORE_H
#define REFLEXARC_BEFORE_H

#include "picture.h"

/* A source row as RGBX px. */
typedef const uint8_t *fetch_row(const struct picture_plan *plan, int32_t row);

/* Empties the lines of the steps before the resize, and makes the tables that depend on the picture. */
void begin_before(const struct picture_plan *plan, fetch_row *fetch);

/* Adds the picture to the background, if there is one; once per run, after its rows. */
void end_before(const struct picture_plan *plan, fetch_row *fetch);

/* A row after these steps: background, tones, median, blur. */
const uint8_t *before_row(const struct picture_plan *plan, int32_t row, fetch_row *fetch);

/* The status of what a plan with these steps has beyond others. */
enum kernel_status check_before(const struct picture_plan *plan);

#endif
