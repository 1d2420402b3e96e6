/* Why a learning rate left the schedule that its run declared: the usual mistakes, each
   tried against the observed column. */
#ifndef CORE_FIT_CAUSE_H
#define CORE_FIT_CAUSE_H

#include "core/schedule/schedule.h"
#include "core/series.h"

enum schedule_cause_kind {
    CAUSE_UNKNOWN,
    CAUSE_RESUME,     /* last_epoch lost: the curve starts again at `at` */
    CAUSE_BASE_LR,    /* the same curve times `value` */
    CAUSE_ETA_MIN,    /* the same curve, ending at `value` instead of eta_min */
    CAUSE_PER_BATCH,  /* `value` scheduler steps in each x */
    CAUSE_PER_EPOCH,  /* one scheduler step in `value` x */
    CAUSE_LENGTH,     /* T_max (or its like) is `value` */
    CAUSE_LATE_START, /* starts at `at` */
};

struct schedule_cause {
    enum schedule_cause_kind kind;
    double value;
    int64_t at;
    const char *param; /* CAUSE_LENGTH: the parameter's name */
};

struct schedule_case {
    const struct schedule *schedule; /* declared, valid */
    const struct series *lr;         /* finite values only */
    int64_t origin;                  /* step with t = 0 */
    double tolerance;                /* share of the schedule's range */
    double limit;                    /* set inside: how far off a point may be */
};

/* CAUSE_UNKNOWN when no mistake explains every point within the tolerance. */
void schedule_cause_find(const struct schedule_case *what, struct schedule_cause *out);

#endif
