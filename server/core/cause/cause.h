/* Why a learning rate left the schedule that its run declared: the usual mistakes, each
   tried against the observed column. */
#ifndef CORE_CAUSE_CAUSE_H
#define CORE_CAUSE_CAUSE_H

#include "core/fit/compare.h"
#include "core/schedule/schedule.h"
#include "core/series.h"

enum schedule_cause_kind {
    CAUSE_UNKNOWN,
    CAUSE_NEVER_STEPPED,        /* one value all along; found by the rule lr_constant */
    CAUSE_STEPPED_PER_BATCH,    /* `used` scheduler steps in each x, 8 or more */
    CAUSE_STEPPED_TOO_OFTEN,    /* `used` scheduler steps in each x, 2 to 7 */
    CAUSE_STEPPED_PER_EPOCH,    /* one scheduler step in `used` x, 8 or more */
    CAUSE_STEPPED_TOO_SELDOM,   /* one scheduler step in `used` x, 2 to 7 */
    CAUSE_OTHER_BASE_LR,        /* the rate (`param`) is `used` */
    CAUSE_OTHER_LENGTH,         /* T_max or its like (`param`) is `used` */
    CAUSE_OTHER_FLOOR,          /* eta_min or its like (`param`) is `used` */
    CAUSE_OTHER_MILESTONE,      /* a milestone is at `used` */
    CAUSE_OTHER_PARAMETER,      /* any other parameter (`param`) is `used` */
    CAUSE_WARMUP_MISSING,       /* the declared warm-up of `declared` steps was not run */
    CAUSE_WARMUP_ADDED,         /* one of `used` x that is not declared */
    CAUSE_STEPPED_BEFORE_START, /* `used` steps ahead all along, 2 or more */
    CAUSE_LATE_START,           /* the first scheduler step comes after `used` x */
    CAUSE_LAST_EPOCH_LOST,      /* starts again at `at`, from `gain` times its start */
    CAUSE_OPTIMIZER_LR_LOST,    /* goes on at `at`, but from the optimizer's first rate:
                                   `gain` times the schedule */
    CAUSE_STEPS_REPEATED,       /* from `at` on `used` steps behind */
    CAUSE_STEPS_LOST,           /* from `at` on `used` steps ahead */
    CAUSE_LENGTH_CHANGED,       /* from `at` on `param` is `used` */
    CAUSE_RESCALED,             /* from `at` on `gain` times the schedule */
    CAUSE_STOPPED,              /* from `at` on it stands still */
    CAUSE_OTHER_METRIC,         /* ReduceLROnPlateau watches `param` */
    CAUSE_OTHER_SCHEDULE,       /* `other` explains the column */
    CAUSE_OTHER_UNIT, /* no mistake: the schedule counts another unit than x, and
                         does `used` steps in each */
    CAUSE_COUNT
};
/* "stepped_per_batch"; NULL for CAUSE_UNKNOWN. Stable: scripts read them. */
extern const char *const schedule_cause_names[CAUSE_COUNT];

struct schedule_cause {
    enum schedule_cause_kind kind;
    const char *param;     /* the parameter that is another, or NULL */
    double used, declared; /* its values, or counts as the kind says; NaN when neither */
    double gain;           /* 1 unless the kind says */
    int64_t at;            /* step of the row where it begins; -1: all along */
    bool or_more;          /* a larger `used` would look the same */
    const struct schedule *other; /* CAUSE_OTHER_SCHEDULE: the one in the case */
    /* A less likely mistake that would have left the same column; CAUSE_UNKNOWN: none. */
    enum schedule_cause_kind also;
    const char *also_param;
    double also_used;
};

/* A metric that ReduceLROnPlateau may watch. */
struct schedule_watched {
    const struct series *series; /* NULL: none */
    const char *name;
};
#define SCHEDULE_WATCHED_MAX 4

struct schedule_case {
    const struct schedule *schedule;            /* declared, valid */
    const struct series *lr;                    /* finite values only */
    int64_t origin;                             /* step with t = 0 */
    const struct schedule_deviation *deviation; /* of lr from schedule */
    bool units_agree;                           /* the schedule counts what x counts */
    int64_t planned;                            /* x that are planned, 0 unknown */
    /* ReduceLROnPlateau: the metric it watches, of which `schedule` is a replay; then
       others of the run. */
    struct schedule_watched watched[SCHEDULE_WATCHED_MAX];
    double *work;           /* room for schedule_fit ... */
    struct schedule *other; /* ... and for what it finds; NULL: it is not looked for */
};

/* Names the one mistake that explains every point (a log's last row of 0 apart) and does
   so better than the others; CAUSE_UNKNOWN when there is none. Another schedule is only
   looked for when the units agree. */
void schedule_cause_find(const struct schedule_case *what, struct schedule_cause *out);

#endif
