/* Schedules as people choose them, and the logs that come of them: every log has its
   truth beside it. Deterministic: (type, number) always gives the same. */
#ifndef TESTS_CURVES_SYNTHETIC_H
#define TESTS_CURVES_SYNTHETIC_H

#include "core/schedule/schedule.h"
#include "core/series.h"
#include "curves/schedules/dice.h"

#define SYNTHETIC_POINTS_MAX 100000

/* What a falling, noisy loss is made of. */
struct recipe_loss {
    double end, fall, scale, noise; /* end + fall exp(-t / scale), and jumps */
};

/* A schedule, and how long a person would run it. */
struct recipe {
    struct schedule schedule;
    double total; /* steps of the run as planned */
    double cycle; /* steps of its one descent, or first cycle, warm-up included */
    struct recipe_loss loss; /* of ReduceLROnPlateau, which has no curve of its own */
};

/* A type, by the name that the table of schedules or a SequentialLR of several has. */
struct recipe_type {
    const char *name;
    bool by_step; /* always counted in steps: Hugging Face, Keras */
    void (*make)(struct dice *dice, double total, struct recipe *out);
};
extern const struct recipe_type recipe_types[];
extern const size_t recipe_type_count;
/* The epochs or steps of a run as people plan them. */
double recipe_total(struct dice *dice, bool by_step);

/* What the log did to it. */
enum rounding { ROUND_NONE, ROUND_FLOAT32, ROUND_DIGITS, ROUND_DECIMALS };
struct traps {
    enum rounding rounding;
    int digits;         /* significant ones, or decimals */
    int shift;          /* the row at t holds the rate of t + shift */
    bool averaged;      /* the row holds the mean over [t, t + 1) */
    bool zero_end;      /* a last row of 0 */
    bool gaps;          /* a fifth of the rows is missing */
    double first;       /* t of the first row */
    double stride;      /* steps from row to row */
    double every;       /* rows' steps to one of the schedule: 1, or the batches of an
                           epoch where the scheduler is stepped once in each */
    double seen;        /* share of the total that has been logged */
    int64_t step_of_t0; /* what the log calls t = 0 */
};

struct synthetic {
    struct recipe recipe;
    struct traps traps;
    double first_t, last_t; /* what was seen */
    struct series lr;
    struct series loss; /* what ReduceLROnPlateau watches; count 0: another type */
    int64_t step[SYNTHETIC_POINTS_MAX];
    double value[SYNTHETIC_POINTS_MAX];
    double loss_value[SYNTHETIC_POINTS_MAX];
};

/* The log number `number` of a type, whole: the share seen and the other traps are drawn
   too. cut: the share to log from the start instead of the one drawn; 0 = as drawn. */
void synthetic_make(const struct recipe_type *type, uint64_t number, double cut,
                    struct synthetic *out);
/* How far a logged value may lie from the truth because of its rounding. */
double synthetic_rounding(const struct synthetic *log, double value);

#endif
