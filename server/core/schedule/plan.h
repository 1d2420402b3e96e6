/* The planner: N epochs and k cycles -> which scheduler, which parameters. */
#ifndef CORE_SCHEDULE_PLAN_H
#define CORE_SCHEDULE_PLAN_H

#include "core/schedule/schedule.h"

#define PLAN_NOTES_MAX        6
#define PLAN_ALTERNATIVES_MAX 6

struct plan_request {
    int64_t epochs; /* 1 to 1000000 */
    int64_t cycles; /* 1 to epochs - warmup */
    double base_lr; /* > 0 */
    double eta_min; /* 0 <= eta_min < base_lr */
    int64_t warmup; /* epochs of linear warm-up before; 0 to epochs - 1 */
};

/* Another schedule for the same epochs and rates. */
struct plan_alternative {
    struct schedule schedule;
    char notes[3][SCHEDULE_NOTE_MAX]; /* first when to choose it, then what to know */
    size_t note_count;
};

struct plan {
    int64_t T_max; /* epochs of one descent: (epochs - warmup) / cycles, rounded up */
    struct schedule
        schedule; /* what to use: CosineAnnealingLR for one cycle, CosineAnnealing-
                     WarmRestarts(T_0 = T_max) for more; warm-up as SequentialLR */
    struct schedule plain; /* CosineAnnealingLR(T_max) as such: what it really does */
    char notes[PLAN_NOTES_MAX][SCHEDULE_NOTE_MAX];
    size_t note_count;
    /* Those that fit, none of them `schedule` again: one cosine fall, growing restarts,
       OneCycleLR, warmup_stable_decay, a straight line. */
    struct plan_alternative alternatives[PLAN_ALTERNATIVES_MAX];
    size_t alternative_count;
};

/* The request must be in range (the caller checks and names the field). */
void plan_make(const struct plan_request *request, struct plan *plan);

#endif
