/* Columns that jump: steps down, and warm restarts. */
#include "core/fit/trial.h"

#include <math.h>

/* --- steps --- */

static const double steps_limit = 0.004;

/* Where the rate changes: to[i] is the first point of the new level. */
struct levels {
    size_t to[SCHEDULE_LIST_MAX];
    size_t count;
    double gamma;
};

static bool same_level(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
}

static bool find_levels(const struct fit_data *data, size_t first, struct levels *levels)
{
    levels->count = 0;
    for (size_t i = first + 1; i < data->count; i++) {
        if (same_level(data->y[i], data->y[i - 1]))
            continue;
        if (levels->count == SCHEDULE_LIST_MAX)
            return false;
        levels->to[levels->count++] = i;
    }
    return levels->count > 0 && data->count - first >= 3 * (levels->count + 1);
}

/* One gamma must explain every step; half the last digit of a rounded log is allowed. */
static bool find_gamma(const struct fit_data *data, struct levels *levels)
{
    double sum = 0;
    for (size_t i = 0; i < levels->count; i++) {
        double before = data->y[levels->to[i] - 1], after = data->y[levels->to[i]];
        if (before <= 0 || after <= 0)
            return false;
        sum += log(after / before);
    }
    levels->gamma = exp(sum / (double)levels->count);
    for (size_t i = 0; i < levels->count; i++) {
        double before = data->y[levels->to[i] - 1], after = data->y[levels->to[i]];
        if (fabs(after - before * levels->gamma) > 0.01 * after + data->grid)
            return false;
    }
    return true;
}

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
    double size = floor(high);
    return size > low && size >= 1 ? size : 0;
}

static void offer_even_steps(struct fit_search *search, const struct levels *levels,
                             double start)
{
    static const double shifts[] = {0, -1, 1};
    for (size_t i = 0; i < 3; i++) {
        double size = step_size(search->data, levels, start + shifts[i]);
        if (size == 0)
            continue;
        struct fit_trial trial;
        struct schedule_part part = fit_part("StepLR");
        fit_set(&part, "step_size", size);
        fit_set(&part, "gamma", levels->gamma);
        fit_begin(search, start + shifts[i], &trial);
        fit_append(&trial, &part, start + shifts[i]);
        fit_offer(search, &trial, steps_limit);
    }
}

static void offer_milestones(struct fit_search *search, const struct levels *levels,
                             double start)
{
    struct fit_trial trial;
    struct schedule_part part = fit_part("MultiStepLR");
    fit_set(&part, "gamma", levels->gamma);
    for (size_t i = 0; i < levels->count; i++)
        part.list[part.list_count++] = search->data->x[levels->to[i]] - start;
    fit_begin(search, start, &trial);
    fit_append(&trial, &part, start);
    /* Milestones of one's own explain any steps, so they say less: a rate that was
       reduced on a plateau looks the same. */
    trial.covered = 0.3;
    fit_offer(search, &trial, steps_limit);
}

void fit_steps(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct levels levels;
    size_t first = search->rise->peak;
    double start = fit_start(search);
    if (!find_levels(data, first, &levels) || !find_gamma(data, &levels))
        return;
    /* One step alone does not show a period. */
    if (levels.count > 1)
        offer_even_steps(search, &levels, start);
    offer_milestones(search, &levels, start);
}

/* --- warm restarts --- */

static const double restarts_limit = 0.006;

enum { RESTARTS_MAX = 64 };

struct restarts {
    size_t at[RESTARTS_MAX]; /* the first point of each later cycle */
    size_t count;
};

static void find_restarts(const struct fit_data *data, size_t first,
                          struct restarts *restarts)
{
    restarts->count = 0;
    for (size_t i = first + 1; i < data->count; i++) {
        bool up = data->y[i] - data->y[i - 1] > 0.4 * data->range;
        if (up && restarts->count < RESTARTS_MAX)
            restarts->at[restarts->count++] = i;
    }
}

/* What is asked of a trial with restarts; T_0 lies in (low, high]. */
struct cycles {
    double start, T_mult, low, high;
    bool free_eta;
};

/* The k-th restart comes after 1 + T_mult + ... + T_mult^(k-1) times T_0. */
static void bound_cycles(const struct fit_data *data, const struct restarts *restarts,
                         struct cycles *cycles)
{
    double sum = 0, length = 1;
    cycles->low = 0;
    cycles->high = INFINITY;
    for (size_t i = 0; i < restarts->count; i++) {
        sum += length;
        length *= cycles->T_mult;
        size_t at = restarts->at[i];
        cycles->low = fmax(cycles->low, (data->x[at - 1] - cycles->start) / sum);
        cycles->high = fmin(cycles->high, (data->x[at] - cycles->start) / sum);
    }
}

static double score_cycles(const struct fit_search *search, const struct cycles *cycles,
                           double T_0, struct fit_trial *trial)
{
    struct schedule_part part = fit_part("CosineAnnealingWarmRestarts");
    fit_set(&part, "T_0", T_0);
    fit_set(&part, "T_mult", cycles->T_mult);
    fit_begin(search, cycles->start, trial);
    fit_append(trial, &part, cycles->start);
    trial->free_eta = cycles->free_eta;
    return fit_score(search->data, trial);
}

/* The best whole T_0 between the bounds; the grid closes in on it. */
static void offer_cycles(struct fit_search *search, const struct cycles *cycles)
{
    struct fit_trial trial;
    double low = floor(cycles->low) + 1, high = floor(cycles->high), best = high;
    if (!(high >= low) || low < 2)
        return;
    for (double grid = high - low;;) {
        grid = fmax(1, floor(grid / 16));
        double least = INFINITY;
        for (double T_0 = low; T_0 <= high; T_0 += grid) {
            double rms = score_cycles(search, cycles, T_0, &trial);
            if (rms < least) {
                least = rms;
                best = T_0;
            }
        }
        if (grid == 1)
            break;
        low = fmax(low, best - grid);
        high = fmin(high, best + grid);
    }
    score_cycles(search, cycles, best, &trial);
    fit_offer(search, &trial, restarts_limit);
}

void fit_restarts(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct restarts restarts;
    size_t first = search->rise->peak;
    find_restarts(data, first, &restarts);
    if (!restarts.count || data->count - first < 4 * restarts.count)
        return;
    double start = fit_start(search);
    double earlier = start; /* when the log begins within a cycle */
    if (restarts.count > 1)
        earlier = 2 * data->x[restarts.at[0]] - data->x[restarts.at[1]];
    const double starts[] = {start, start - 1, start + 1, earlier};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        for (int choice = 0; choice < 6; choice++) {
            struct cycles cycles = {.start = starts[i],
                                    .T_mult = 1 + choice / 2,
                                    .free_eta = choice % 2};
            bound_cycles(data, &restarts, &cycles);
            offer_cycles(search, &cycles);
        }
    }
}
