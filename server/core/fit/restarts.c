/* Cosines that start again: equal cycles, growing ones, lower ones. */
#include "core/fit/trial.h"

#include <math.h>

static const double restarts_limit = 0.006;

enum { RESTARTS_MAX = 64 };

struct restarts {
    size_t at[RESTARTS_MAX]; /* the first point of each later cycle */
    size_t count;
    double decay; /* height of a cycle against the one before */
};

/* A restart takes one interval: up by much of the height of the cycle before, then down.
 */
static void find_restarts(const struct fit_data *data, size_t first,
                          struct restarts *restarts)
{
    double peak = data->y[first];
    restarts->count = 0;
    for (size_t i = first + 1; i < data->count; i++) {
        double up = data->y[i] - data->y[i - 1];
        bool falls = i + 1 == data->count || data->y[i + 1] <= data->y[i];
        if (!(up > 0.3 * (peak - data->low)) || !falls || up < 0.02 * data->range)
            continue;
        if (restarts->count < RESTARTS_MAX)
            restarts->at[restarts->count++] = i;
        peak = data->y[i];
    }
}

/* What is asked of a trial with restarts; T_0 lies in (low, high]. */
struct cycles {
    double start, mult, decay;
    size_t count; /* of restarts seen */
    double low, high;
    bool free_floor;
};

/* The k-th restart comes after 1 + mult + ... + mult^(k-1) times T_0. */
static void bound_cycles(const struct fit_data *data, const struct restarts *restarts,
                         struct cycles *cycles)
{
    double sum = 0, length = 1;
    cycles->low = 0;
    cycles->high = INFINITY;
    for (size_t i = 0; i < restarts->count; i++) {
        sum += length;
        length *= cycles->mult;
        size_t at = restarts->at[i];
        cycles->low = fmax(cycles->low, (data->x[at - 1] - cycles->start) / sum);
        cycles->high = fmin(cycles->high, (data->x[at] - cycles->start) / sum);
    }
}

/* torch when the cycles are equally high and grow by a whole number, else Keras. */
static struct fit_trial build(const struct fit_search *search,
                              const struct cycles *cycles, double T_0)
{
    struct fit_trial trial =
        fit_begin(search, FIT_RESTARTS, cycles->start, search->data->high);
    struct schedule_part part;
    if (cycles->decay == 1 && cycles->mult == rint(cycles->mult)) {
        part = fit_part("CosineAnnealingWarmRestarts");
        fit_set(&part, "T_0", T_0);
        fit_set(&part, "T_mult", cycles->mult);
    } else {
        part = fit_part("CosineDecayRestarts");
        fit_set(&part, "first_decay_steps", T_0);
        fit_set(&part, "t_mul", cycles->mult);
        fit_set(&part, "m_mul", cycles->decay);
    }
    fit_append(&trial, &part, cycles->start);
    trial.free_floor = cycles->free_floor;
    return trial;
}

static double residual(const struct fit_choice *choice, double T_0)
{
    struct fit_trial trial = build(choice->search, choice->with, T_0);
    fit_score(choice->search->data, &trial);
    return trial.rms;
}

/* The best whole T_0 between the bounds. */
static void offer_cycles(struct fit_search *search, const struct cycles *cycles)
{
    struct fit_choice choice = {residual, search, cycles};
    double low = floor(cycles->low) + 1, high = floor(cycles->high), T_0 = high;
    if (!(high >= low) || high < 2)
        return;
    if (high > low) {
        double ratio = fmax(1.0001, pow(high / low, 1.0 / 6));
        T_0 = fmin(high, fmax(low, rint(fit_least(&choice, low, high, ratio))));
    }
    struct fit_trial trial = build(search, cycles, T_0);
    fit_offer(search, &trial, restarts_limit);
}

/* num_cycles equal falls, of no whole number of steps each. */
static void offer_hugging_face(struct fit_search *search, const struct restarts *restarts)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    double origin = course->climbs ? rint(course->zero) : data->natural;
    double start =
        course->climbs ? rint(course->zero + data->high / course->slope) : origin;
    struct cycles cycles = {.start = start, .mult = 1};
    bound_cycles(data, restarts, &cycles);
    double n = (double)restarts->count + 1;
    double total = fit_roundest(n * cycles.low, n * cycles.high) + start - origin;
    struct fit_trial trial = fit_trial_at(search, FIT_RESTARTS, origin);
    struct schedule_part part = fit_part("cosine_with_restarts");
    fit_set(&part, "num_warmup_steps", start - origin);
    fit_set(&part, "num_training_steps", total);
    fit_set(&part, "num_cycles", n);
    fit_append(&trial, &part, origin);
    fit_offer(search, &trial, restarts_limit);
}

static double height_ratio(const struct fit_data *data, size_t first,
                           const struct restarts *restarts)
{
    double last = data->y[restarts->at[restarts->count - 1]];
    double ratio = pow(last / data->y[first], 1 / (double)restarts->count);
    return ratio > 0.98 ? 1 : rint(ratio * 100) / 100;
}

void fit_restarts(struct fit_search *search)
{
    static const double mults[] = {1, 2, 3, 1.5};
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct restarts restarts;
    size_t first = course->top < data->count ? course->top : 0;
    find_restarts(data, first, &restarts);
    if (!restarts.count || data->count - first < 4 * restarts.count)
        return;
    double start = data->natural;
    if (course->climbs)
        start = rint(course->zero + data->high / course->slope);
    double earlier = start; /* when the log begins within a cycle */
    if (restarts.count > 1)
        earlier = 2 * data->x[restarts.at[0]] - data->x[restarts.at[1]];
    const double starts[] = {start, start - 1, start + 1, earlier};
    double decay = height_ratio(data, first, &restarts);
    for (size_t i = 0; i < 2 * sizeof starts / sizeof *starts; i++) {
        for (size_t m = 0; m < sizeof mults / sizeof *mults; m++) {
            struct cycles cycles = {.start = starts[i / 2],
                                    .mult = mults[m],
                                    .decay = decay,
                                    .free_floor = i % 2};
            bound_cycles(data, &restarts, &cycles);
            offer_cycles(search, &cycles);
            if (fit_done(search, FIT_RESTARTS))
                return;
        }
        if (i == 0 && decay == 1)
            offer_hugging_face(search, &restarts);
    }
}
