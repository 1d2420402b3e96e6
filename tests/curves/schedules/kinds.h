/* What kind of curve a schedule is, whatever its framework calls it: types that draw the
   same curve are of one kind. */
#ifndef TESTS_CURVES_KINDS_H
#define TESTS_CURVES_KINDS_H

#include "core/schedule/schedule.h"

enum kind {
    KIND_NONE,
    KIND_CONSTANT,
    KIND_CONSTANT_WARMUP,
    KIND_LINEAR,
    KIND_LINEAR_WARMUP,
    KIND_COSINE,
    KIND_COSINE_WARMUP,
    KIND_RESTARTS,
    KIND_STEP,
    KIND_PLATEAU,
    KIND_EXPONENTIAL,
    KIND_POLYNOMIAL,
    KIND_INVERSE_SQRT,
    KIND_WSD, /* a hold, then a descent of any shape */
    KIND_CYCLIC,
    KIND_K_DECAY,
    KIND_THREE_PHASE,
    KIND_COUNT
};
extern const char *const kind_names[KIND_COUNT];

/* From what the schedule's own curve does between t = from and t = to: a warm-up that
   ended before, restarts that are still to come, a hold that never ends are not seen. */
enum kind kind_seen(const struct schedule *schedule, double from, double to);
/* Of the whole schedule. */
enum kind kind_of(const struct schedule *schedule);

/* The figures that all kinds share; NaN where a schedule has none. */
struct figures {
    double base;   /* highest rate of the schedule itself */
    double floor;  /* what its descent goes to */
    double warmup; /* steps of its climb; 0 without one */
    double length; /* steps until the descent is done, or step_size, or the first cycle */
};
void figures_of(const struct schedule *schedule, struct figures *out);

#endif
