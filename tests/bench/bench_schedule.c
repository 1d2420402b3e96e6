/* Reference curves of a million steps, and a fit of a per-step log: core alone, on one
   thread, in the time that its processor spent on it. */
#include "bench.h"

#include "core/fit/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEPS = 1000000, POINTS = 100000, SETTINGS_MAX = 6, PARTS_MAX = 3 };

/* What a curve cannot do without at each step. */
enum least { LEAST_STORE, LEAST_COS, LEAST_POW, LEAST_POW_COS };

static const char *const least_names[] = {
    [LEAST_STORE] = "storing each value",
    [LEAST_COS] = "cos() of each step",
    [LEAST_POW] = "pow() of each step",
    [LEAST_POW_COS] = "pow() and cos() of each step",
};

struct setting {
    const char *param;
    double value;
};

struct part_recipe {
    const char *type;
    struct setting settings[SETTINGS_MAX];
    double from; /* of a sequence: where it takes over */
};

struct recipe {
    const char *name;
    enum least least;
    bool chained;
    struct part_recipe parts[PARTS_MAX];
};

static const struct recipe recipes[] = {
    {"cosine", LEAST_COS, false, {{"CosineAnnealingLR", {{"T_max", STEPS}}, 0}}},
    {"warm restarts",
     LEAST_COS,
     false,
     {{"CosineAnnealingWarmRestarts", {{"T_0", 100}, {"T_mult", 2}}, 0}}},
    {"steps", LEAST_STORE, false, {{"StepLR", {{"step_size", 30}}, 0}}},
    {"lines", LEAST_STORE, false, {{"LinearLR", {{"total_iters", STEPS}}, 0}}},
    {"powers",
     LEAST_POW,
     false,
     {{"PolynomialLR", {{"total_iters", STEPS}, {"power", 0.9}}, 0}}},
    {"exponential", LEAST_POW, false, {{"ExponentialLR", {{"gamma", 0.99999}}, 0}}},
    {"one cycle", LEAST_COS, false, {{"OneCycleLR", {{"total_steps", STEPS}}, 0}}},
    {"cyclic, exp_range",
     LEAST_POW,
     false,
     {{"CyclicLR", {{"max_lr", 1}, {"mode", 2}, {"gamma", 0.99999}}, 0}}},
    {"Hugging Face cosine",
     LEAST_COS,
     false,
     {{"cosine_with_warmup",
       {{"num_warmup_steps", 1000}, {"num_training_steps", STEPS}},
       0}}},
    {"Hugging Face restarts",
     LEAST_COS,
     false,
     {{"cosine_with_restarts",
       {{"num_warmup_steps", 1000}, {"num_training_steps", STEPS}, {"num_cycles", 7}},
       0}}},
    {"warm-up, stable, decay",
     LEAST_COS,
     false,
     {{"warmup_stable_decay",
       {{"num_warmup_steps", 1000},
        {"num_decay_steps", STEPS / 2},
        {"num_training_steps", STEPS}},
       0}}},
    {"timm, k_decay",
     LEAST_POW_COS,
     false,
     {{"CosineLRScheduler",
       {{"t_initial", 1000}, {"cycle_mul", 1.5}, {"cycle_limit", 99}, {"k_decay", 0.8}},
       0}}},
    {"Keras restarts",
     LEAST_COS,
     false,
     {{"CosineDecayRestarts", {{"first_decay_steps", 1000}, {"m_mul", 0.9}}, 0}}},
    {"a sequence of three",
     LEAST_COS,
     false,
     {{"LinearLR", {{"total_iters", 1000}}, 0},
      {"ConstantLR", {{"factor", 1}}, 1000},
      {"CosineAnnealingLR", {{"T_max", STEPS}}, 2000}}},
    {"a chain of two",
     LEAST_POW,
     true,
     {{"LinearLR", {{"total_iters", 1000}}, 0},
      {"ExponentialLR", {{"gamma", 0.99999}}, 0}}},
};

static struct schedule schedule_of(const struct recipe *recipe)
{
    struct schedule schedule = {.unit = SCHEDULE_STEP, .chained = recipe->chained};
    for (size_t i = 0; i < PARTS_MAX && recipe->parts[i].type; i++) {
        const struct part_recipe *from = &recipe->parts[i];
        struct schedule_part *part = &schedule.parts[schedule.part_count++];
        *part = schedule_part_default(schedule_type_find(from->type));
        part->param[0] = 0.1;
        for (const struct setting *s = from->settings; s->param; s++)
            part->param[schedule_param_find(part->type, s->param)] = s->value;
        if (i)
            schedule.milestones[i - 1] = (int64_t)from->from;
    }
    return schedule;
}

/* Of this process: what the machine does besides is not counted. */
static double used_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return 1e3 * (double)used.tv_sec + 1e-6 * (double)used.tv_nsec;
}

/* What a loop over the one function costs, of arguments that change. */
static double least_ms(enum least least, double *out, size_t count)
{
    double length = (double)count;
    double began_ms = used_ms();
    for (size_t i = 0; i < count; i++) {
        double t = (double)i, value = t / length;
        if (least == LEAST_POW || least == LEAST_POW_COS)
            value = pow(value, 0.8);
        if (least == LEAST_COS || least == LEAST_POW_COS)
            value = cos(value);
        out[i] = value;
    }
    return used_ms() - began_ms;
}

/* So that no loop is left out as unused, and every curve is what it should be. */
static enum status check_curve(const struct schedule *schedule, const double *curve,
                               struct err *err)
{
    for (size_t i = 0; i < STEPS; i += 9973) {
        double lr = schedule_lr(schedule, (double)i);
        if (memcmp(&lr, &curve[i], sizeof lr) != 0)
            return err_set(err, ST_FAILED, "bench", "%s is not the same at step %zu",
                           schedule_name(schedule), i);
    }
    return ST_OK;
}

static enum status measure_curve(const struct bench *bench, const struct recipe *recipe,
                                 struct figure *figure, double *out, struct err *err)
{
    struct schedule schedule = schedule_of(recipe);
    const char *why = NULL, *param = schedule_check(&schedule, &why);
    if (param)
        return err_set(err, ST_FAILED, "bench", "%s: %s %s", recipe->name, param, why);
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++) {
        repetitions_add(&figure->ceiling, least_ms(recipe->least, out, STEPS));
        double began_ms = used_ms();
        schedule_curve(&schedule, 0, STEPS, out);
        repetitions_add(&figure->value, used_ms() - began_ms);
        status = check_curve(&schedule, out, err);
    }
    return status;
}

static enum status bench_curves(struct bench *bench, double *out, struct err *err)
{
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < sizeof recipes / sizeof *recipes; i++) {
        char name[64];
        snprintf(name, sizeof name, "curve, 1M steps: %s", recipes[i].name);
        struct figure *figure =
            report_add(&bench->report, name, "ms", least_names[recipes[i].least]);
        figure->smaller_is_better = true;
        status = measure_curve(bench, &recipes[i], figure, out, err);
    }
    return status;
}

static enum status bench_fit(struct bench *bench, double *room, struct err *err)
{
    static int64_t steps[POINTS];
    struct recipe recipe = {
        .parts = {{"LinearLR", {{"start_factor", 0.01}, {"total_iters", 1000}}, 0},
                  {"CosineAnnealingLR", {{"T_max", 1.1 * POINTS}}, 1000}}};
    struct schedule schedule = schedule_of(&recipe);
    double *work = room + POINTS;
    struct figure *figure =
        report_add(&bench->report, "fit, 100k points", "ms", "cos() of each point");
    figure->smaller_is_better = true;
    for (int i = 0; i < POINTS; i++)
        steps[i] = i;
    schedule_curve(&schedule, 0, POINTS, room);
    for (size_t i = 0; i < bench->repetitions; i++) {
        struct series lr = {steps, room, POINTS};
        struct schedule_fit fit;
        repetitions_add(&figure->ceiling, least_ms(LEAST_COS, work, POINTS));
        double began_ms = used_ms();
        schedule_fit(&lr, 0, work, &fit);
        repetitions_add(&figure->value, used_ms() - began_ms);
        if (!fit.found)
            return err_set(err, ST_FAILED, "bench", "the fit found nothing");
    }
    return ST_OK;
}

enum status bench_schedule(struct bench *bench, struct err *err)
{
    double *out = malloc(STEPS * sizeof *out);
    if (!out)
        return err_set(err, ST_FAILED, "bench", "no memory for %d steps", STEPS);
    enum status status = bench_curves(bench, out, err);
    if (status == ST_OK)
        status = bench_fit(bench, out, err);
    free(out);
    return status;
}
