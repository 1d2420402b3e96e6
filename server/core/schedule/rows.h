/* Private to the table of types: the rows of each framework, and what their formulas
   share. Parameters are read by their place in the row: p[0] is the rate, the rest as the
   enum beside the formula says. Each formula is written in the order of operations of its
   framework, so that even the rounding agrees. */
#ifndef CORE_SCHEDULE_ROWS_H
#define CORE_SCHEDULE_ROWS_H

#include "core/schedule/schedule.h"

#include <math.h>

/* Each ends with name == NULL. */
extern const struct schedule_type schedule_rows_torch[];
extern const struct schedule_type schedule_rows_huggingface[];
extern const struct schedule_type schedule_rows_timm[];
extern const struct schedule_type schedule_rows_keras[];

#define SCHEDULE_PI 3.14159265358979323846

/* What a formula looks up or computes once for many t: holds from the t it was asked for
   up to, not including, end (INFINITY: for good). at names what the constants are: of a
   cosine from top to bottom at start of this length, and so on. */
#define SCHEDULE_CONSTANTS 8
struct schedule_stretch {
    double end;
    double at[SCHEDULE_CONSTANTS];
};

/* For types that only hold levels: at[0], until end. */
static inline double level_along(const struct schedule_stretch *stretch, double t)
{
    (void)t;
    return stretch->at[0];
}

/* Up to where a cycle lasts whose number comes from a logarithm: to `next`, but close to
   it rounding may move the restart by a step, so there each t is asked for itself. */
static inline double cycle_until(double t, double next, double doubt)
{
    return fmax(t + 1, floor(next - doubt));
}

/* Whether a number that grows with t passes `at` between t and t + 1. */
static inline bool passes(double at, double t)
{
    return t < at && at <= t + 1;
}

/* --- parameters that many rows have --- */

#define BASE_LR                     \
    {                               \
        "base_lr", .required = true \
    }
#define RATE(parameter, rate)              \
    {                                      \
        parameter, .value_default = (rate) \
    }
#define COUNT(parameter)                                       \
    {                                                          \
        parameter, .required = true, .integer = true, .min = 1 \
    }
#define STEPS(parameter)                             \
    {                                                \
        parameter, .required = true, .integer = true \
    }
#define WORD(parameter, choices)      \
    {                                 \
        parameter, .words = (choices) \
    }

#endif
