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
    int digits;    /* rounded to so many significant ones */
    int batches;   /* the row holds the mean over so many batches of its step */
    /* No traps, but rows are shorter so: steps of a LinearLR from a tenth and of a
       ConstantLR that come before what the row names. */
    int warmup, hold;
    int every; /* the scheduler is stepped once in so many of the column's steps */
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

/* A LinearLR and a ConstantLR before what the recipe names. */
static inline struct schedule whole_schedule_of(const struct recipe *recipe)
{
    struct schedule last = schedule_of(recipe->type, recipe->settings), out = {.unit = 0};
    const struct setting climb[] = {{"base_lr", last.parts[0].param[0]},
                                    {"start_factor", 0.1},
                                    {"total_iters", recipe->trap.warmup},
                                    {NULL, 0}};
    const struct setting level[] = {{"base_lr", last.parts[0].param[0]},
                                    {"factor", 1},
                                    {NULL, 0}};
    int64_t from = 0;
    if (recipe->trap.warmup) {
        out.parts[out.part_count++] = schedule_of("LinearLR", climb).parts[0];
        out.milestones[0] = from += recipe->trap.warmup;
    }
    if (recipe->trap.hold) {
        out.parts[out.part_count] = schedule_of("ConstantLR", level).parts[0];
        out.milestones[out.part_count++] = from += recipe->trap.hold;
    }
    out.parts[out.part_count++] = last.parts[0];
    return out;
}

/* What the row at t holds, before it is rounded. */
static inline double logged(const struct schedule *schedule, const struct trap *trap,
                            double t)
{
    double sum = 0;
    if (!trap->batches)
        return schedule_lr(schedule, fmax(0, t + trap->shift));
    for (int batch = 0; batch < trap->batches; batch++)
        sum += schedule_lr(schedule, t + (double)batch / trap->batches);
    return sum / trap->batches;
}

static inline double trapped(struct column *column, const struct trap *trap, double lr)
{
    lr += trap->noise * 0.1 * noise(column);
    double unit = trap->grid;
    if (trap->digits && lr > 0)
        unit = pow(10, floor(log10(lr)) + 1 - trap->digits);
    if (unit > 0)
        lr = rint(lr / unit) * unit;
    return trap->float32 ? (double)(float)lr : lr;
}

static inline void make_column(const struct recipe *recipe, struct column *column)
{
    struct schedule schedule = whole_schedule_of(recipe);
    memset(column, 0, sizeof *column);
    column->series.step = column->step;
    column->series.value = column->value;
    column->seed = 42;
    for (int i = 0; i < recipe->count; i++) {
        double t = recipe->first + (double)i * recipe->stride;
        if (recipe->trap.gaps && i % recipe->trap.gaps == recipe->trap.gaps - 1)
            continue;
        double of = recipe->trap.every ? floor(t / recipe->trap.every) : t;
        double lr = logged(&schedule, &recipe->trap, of);
        add(column, recipe->step_of_t0 + (int64_t)t, trapped(column, &recipe->trap, lr));
    }
    if (recipe->trap.zero_end)
        column->value[column->series.count - 1] = 0;
}

#endif
