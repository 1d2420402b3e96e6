/* Schedules as lines on a chart: which steps to draw, and the area below. Pure. */
#ifndef CORE_SCHEDULE_DRAW_H
#define CORE_SCHEDULE_DRAW_H

#include "core/schedule/schedule.h"

/* How much learning rate a run of `steps` steps spends. */
struct schedule_area {
    double sum; /* of the learning rate over t = 0 .. steps - 1 */
    double
        constant; /* steps times the highest of them: the same run at a constant rate */
    double ratio; /* sum / constant; 0 when constant is 0 */
};
struct schedule_area schedule_area(const struct schedule *schedule, int64_t steps);

#define SCHEDULE_POINTS_MIN 16

#define THIN_CURVES_MAX     8

/* Curves over the same steps 0 .. count - 1. */
struct thin_in {
    const double *const *lr; /* curve_count (1 to THIN_CURVES_MAX) columns */
    size_t curve_count;
    size_t count;
    /* One byte a step: not 0 where a curve may jump between it and the next; or NULL. */
    const unsigned char *jumps;
};

/* The steps to draw, rising, at most `points` (SCHEDULE_POINTS_MIN or more), for which
   out has room; straight lines between them show every curve. The first and the last step
   are always among them, and both sides of each jump. Where there are too many jumps or
   swings for that, each stretch of steps gives the lowest and the highest of each curve
   instead, so that what is drawn is the band the curve moves in. Returns how many. */
size_t schedule_thin(const struct thin_in *in, size_t points, size_t *out);

#endif
