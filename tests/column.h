/* Learning-rate columns made from a schedule, with the traps of real logs. */
#ifndef TESTS_COLUMN_H
#define TESTS_COLUMN_H

#include "core/fit/fit.h"
#include "near.h"

#include <string.h>

#define POINTS_MAX 4000

struct setting {
    const char *param;
    double value;
};

/* What a log does to a learning rate on its way. */
struct trap {
    int shift;     /* the point at t holds the rate of t + shift */
    double grid;   /* rounded to multiples of this */
    bool float32;  /* logged in single precision */
    bool zero_end; /* a last row of 0 */
    int gaps;      /* every n-th row is missing */
    double noise;  /* relative to base_lr, uniform */
};

struct recipe {
    const char *type; /* what made the column */
    struct setting settings[5];
    int first, stride, count; /* t of the rows */
    int step_of_t0;
    struct trap trap;
};

static inline struct schedule schedule_of(const char *type,
                                          const struct setting *settings)
{
    struct schedule schedule = {.part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    *part = schedule_part_default(schedule_type_find(type));
    part->param[0] = 0.1;
    for (; settings && settings->param; settings++) {
        if (part->type->list && !strcmp(settings->param, part->type->list))
            part->list[part->list_count++] = settings->value;
        else
            part->param[schedule_param_find(part->type, settings->param)] =
                settings->value;
    }
    return schedule;
}

struct column {
    int64_t step[POINTS_MAX];
    double value[POINTS_MAX];
    struct series series;
    unsigned long long seed;
};

/* uniform in [-1, 1), always the same */
static inline double noise(struct column *column)
{
    column->seed = column->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(column->seed >> 11) / 4503599627370496.0 - 1;
}

static inline void add(struct column *column, int64_t step, double value)
{
    column->step[column->series.count] = step;
    column->value[column->series.count++] = value;
}

static inline double trapped(struct column *column, const struct trap *trap, double lr)
{
    lr += trap->noise * 0.1 * noise(column);
    if (trap->grid > 0)
        lr = rint(lr / trap->grid) * trap->grid;
    return trap->float32 ? (double)(float)lr : lr;
}

static inline void make_column(const struct recipe *recipe, struct column *column)
{
    struct schedule schedule = schedule_of(recipe->type, recipe->settings);
    memset(column, 0, sizeof *column);
    column->series.step = column->step;
    column->series.value = column->value;
    column->seed = 42;
    for (int i = 0; i < recipe->count; i++) {
        double t = recipe->first + (double)i * recipe->stride;
        if (recipe->trap.gaps && i % recipe->trap.gaps == recipe->trap.gaps - 1)
            continue;
        double lr = schedule_lr(&schedule, fmax(0, t + recipe->trap.shift));
        add(column, recipe->step_of_t0 + (int64_t)t, trapped(column, &recipe->trap, lr));
    }
    if (recipe->trap.zero_end)
        column->value[column->series.count - 1] = 0;
}

#endif
