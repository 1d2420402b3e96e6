/* Columns of levels: StepLR, MultiStepLR, ConstantLR. */
#include "core/fit/trial.h"

#include <math.h>

static const double steps_limit = 0.004;

/* Where the rate changes: to[i] is the first point of the new level. */
struct levels {
    size_t to[SCHEDULE_LIST_MAX];
    size_t count;
    double gamma;
};

static bool same_level(const struct fit_data *data, double a, double b)
{
    double off = 1e-6 * fmax(a, b);
    return fabs(a - b) <= (data->float32 ? fmax(off, 2 * fit_rounding(data, a)) : off);
}

static bool find_levels(const struct fit_data *data, size_t first, struct levels *levels)
{
    levels->count = 0;
    for (size_t i = first + 1; i < data->count; i++) {
        if (same_level(data, data->y[i], data->y[i - 1]))
            continue;
        if (levels->count == SCHEDULE_LIST_MAX)
            return false;
        levels->to[levels->count++] = i;
    }
    if (!levels->count || 2 * (data->count - first) < 3 * (levels->count + 1))
        return false;
    /* A level that lasts one point is part of a curve. */
    if (levels->count > 1 && 2 * (data->count - levels->to[0]) < 3 * levels->count)
        return false;
    /* A rounded slope goes down digit by digit. */
    double before = data->y[levels->to[0] - 1], after = data->y[levels->to[0]];
    return fabs(before - after) > 5 * fit_rounding(data, after);
}

/* --- gamma --- */

static bool explains_levels(const struct fit_data *data, const struct levels *levels,
                            double gamma)
{
    for (size_t i = 0; i < levels->count; i++) {
        double before = data->y[levels->to[i] - 1], after = data->y[levels->to[i]];
        double off = fit_rounding(data, before) * gamma + fit_rounding(data, after);
        if (fabs(after - before * gamma) > 1.01 * off + 1e-6 * before)
            return false;
    }
    return true;
}

/* One gamma must explain every step: a round one, or else the one between the first level
   and the last. */
static bool find_gamma(const struct fit_data *data, struct levels *levels)
{
    double first = data->y[levels->to[0] - 1];
    size_t kept = levels->count; /* down to the last level that rounding has not made 0 */
    while (kept && !(data->y[levels->to[kept - 1]] > 0))
        kept--;
    if (!kept)
        return false;
    double last = data->y[levels->to[kept - 1]];
    double mean = pow(last / first, 1 / (double)kept);
    double one = data->y[levels->to[0]] / first;
    for (double unit = 10; unit <= 1e4; unit *= 10) {
        const double candidates[] = {rint(one * unit) / unit, rint(mean * unit) / unit};
        for (size_t i = 0; i < 2; i++) {
            levels->gamma = candidates[i];
            if (levels->gamma > 0 && explains_levels(data, levels, levels->gamma))
                return true;
        }
    }
    levels->gamma = mean;
    return explains_levels(data, levels, mean);
}

/* --- where --- */

/* The step_size that puts every change between its two points, counting from `origin`; 0
   when there is none. */
static double step_size(const struct fit_data *data, const struct levels *levels,
                        double origin)
{
    double low = 0, high = INFINITY;
    for (size_t i = 0; i < levels->count; i++) {
        low = fmax(low, (data->x[levels->to[i] - 1] - origin) / (double)(i + 1));
        high = fmin(high, (data->x[levels->to[i]] - origin) / (double)(i + 1));
    }
    return fit_roundest(low, high);
}

static void offer_even_steps(struct fit_search *search, const struct levels *levels,
                             double start)
{
    static const double shifts[] = {0, -1, 1};
    for (size_t i = 0; i < 3; i++) {
        double size = step_size(search->data, levels, start + shifts[i]);
        if (size < 1)
            continue;
        double from = start + shifts[i];
        struct fit_trial trial = fit_begin(search, FIT_STEPS, from, search->data->high);
        struct schedule_part part = fit_part("StepLR");
        fit_set(&part, "step_size", size);
        fit_set(&part, "gamma", levels->gamma);
        fit_append(&trial, &part, from);
        fit_offer(search, &trial, steps_limit);
    }
}

static void offer_milestones(struct fit_search *search, const struct levels *levels,
                             double start)
{
    const struct fit_data *data = search->data;
    struct fit_trial trial = fit_begin(search, FIT_STEPS, start, data->high);
    struct schedule_part part = fit_part("MultiStepLR");
    fit_set(&part, "gamma", levels->gamma);
    for (size_t i = 0; i < levels->count; i++) {
        size_t to = levels->to[i];
        part.list[part.list_count++] =
            fit_roundest(data->x[to - 1] - start, data->x[to] - start);
    }
    fit_append(&trial, &part, start);
    /* Milestones of one's own explain any steps, so they say less: a rate that was
       reduced on a plateau looks the same. */
    trial.covered = 0.3;
    fit_offer(search, &trial, steps_limit);
}

/* Lower at first, by a factor: a warm-up in one step. */
static void offer_constant_factor(struct fit_search *search, const struct levels *levels)
{
    const struct fit_data *data = search->data;
    double start = data->natural;
    size_t to = levels->to[0];
    struct fit_trial trial = fit_trial_at(search, FIT_STEPS, start);
    struct schedule_part part = fit_part("ConstantLR");
    fit_set(&part, "factor", data->y[to - 1] / data->y[to]);
    fit_set(&part, "total_iters",
            fit_roundest(data->x[to - 1] - start, data->x[to] - start));
    fit_append(&trial, &part, start);
    fit_offer(search, &trial, steps_limit);
}

void fit_steps(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct levels levels;
    double start = fit_climb_end(data, course, data->high);
    if (!find_levels(data, course->top, &levels) || !find_gamma(data, &levels))
        return;
    if (levels.gamma > 1) {
        if (levels.count == 1 && !course->climbs)
            offer_constant_factor(search, &levels);
        return;
    }
    /* One step alone does not show a period. */
    if (levels.count > 1)
        offer_even_steps(search, &levels, start);
    offer_milestones(search, &levels, start);
}
