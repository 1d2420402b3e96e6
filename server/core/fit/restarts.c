/* Cosines that start again: equal cycles, growing ones, lower ones. */
#include "core/fit/least_squares.h"
#include "core/fit/tail.h"

#include <math.h>

static const double restarts_limit = 0.006;

enum { RESTARTS_MAX = 64 };

struct restarts {
    size_t at[RESTARTS_MAX]; /* the first point of each later cycle */
    size_t count;
};

/* What is asked of a trial. */
struct cycles {
    double start, T_0, mult, decay;
    double top;   /* the rate of the first cycle; the highest one logged unless known */
    size_t count; /* of restarts seen */
    bool cuts_in; /* the warm-up replaces the first steps of the first cycle */
    bool ends;    /* after the last cycle it stays at its floor */
    bool free_floor;
};

/* --- finding them --- */

/* A restart takes one interval, up by much of the height of the cycle before, or by much
   more than the rate moves beside it; then it falls. Between them a column only falls:
   one that climbs otherwise has none. */
static void find_restarts(const struct fit_data *data, size_t first,
                          struct restarts *restarts)
{
    const double *y = data->y;
    double peak = y[first];
    restarts->count = 0;
    for (size_t i = first + 1; i < data->count; i++) {
        double up = y[i] - y[i - 1], height = peak - data->low;
        if (up < 0.02 * data->range)
            continue;
        double before = i > first + 1 ? fabs(y[i - 1] - y[i - 2]) : up;
        double after = i + 1 < data->count ? y[i] - y[i + 1] : 0;
        bool fell = y[i - 1] < peak - 0.6 * height, falls = after >= 0;
        bool sudden =
            up > 0.3 * height || (up > 0.1 * height && up > 4 * fmax(before, after));
        if (!fell || !falls || !sudden || restarts->count == RESTARTS_MAX) {
            restarts->count = 0;
            return;
        }
        restarts->at[restarts->count++] = i;
        peak = y[i];
    }
}

/* --- the trials --- */

static struct fit_trial build_timm(const struct fit_search *search,
                                   const struct cycles *cycles)
{
    const struct fit_course *course = search->course;
    double top = cycles->top, origin = cycles->start;
    struct fit_timm timm = {.t_initial = rint(cycles->T_0),
                            .prefix = !cycles->cuts_in,
                            .mul = cycles->mult,
                            .decay = cycles->decay,
                            .limit = (double)cycles->count + (cycles->ends ? 1 : 2),
                            .k = 1};
    if (course->climbs && !cycles->cuts_in)
        origin = course->origin;
    timm.origin = origin;
    timm.warmup_t = cycles->cuts_in ? rint(top / course->slope + course->zero - origin)
                                    : cycles->start - origin;
    return fit_timm_trial(search, FIT_RESTARTS, &timm, top);
}

static struct fit_trial build_keras(const struct fit_search *search,
                                    const struct cycles *cycles)
{
    struct fit_trial trial =
        fit_begin(search, FIT_RESTARTS, cycles->start, search->data->high);
    struct schedule_part part = fit_part("CosineDecayRestarts");
    fit_set(&part, "first_decay_steps", rint(cycles->T_0));
    fit_set(&part, "t_mul", cycles->mult);
    fit_set(&part, "m_mul", cycles->decay);
    fit_append(&trial, &part, cycles->start);
    return trial;
}

static struct fit_trial build_torch(const struct fit_search *search,
                                    const struct cycles *cycles)
{
    struct fit_trial trial =
        fit_begin(search, FIT_RESTARTS, cycles->start, search->data->high);
    struct schedule_part part = fit_part("CosineAnnealingWarmRestarts");
    fit_set(&part, "T_0", rint(cycles->T_0));
    fit_set(&part, "T_mult", cycles->mult);
    fit_append(&trial, &part, cycles->start);
    return trial;
}

/* num_cycles equal falls to 0, of no whole number of steps each. */
static struct fit_trial build_hugging_face(const struct fit_search *search,
                                           const struct cycles *cycles)
{
    const struct fit_course *course = search->course;
    double origin = course->climbs ? course->origin : cycles->start;
    double n = (double)cycles->count + 1, warmup = cycles->start - origin;
    struct fit_trial trial = fit_trial_at(search, FIT_RESTARTS, origin);
    struct schedule_part part = fit_part("cosine_with_restarts");
    fit_set(&part, "num_warmup_steps", warmup);
    fit_set(&part, "num_training_steps", warmup + rint(n * cycles->T_0));
    fit_set(&part, "num_cycles", n);
    fit_append(&trial, &part, origin);
    return trial;
}

static void offer(struct fit_search *search, const struct cycles *cycles,
                  struct fit_trial trial)
{
    trial.free_floor = cycles->free_floor;
    fit_offer(search, &trial, restarts_limit);
}

/* By the names of those that can draw them. */
static void offer_cycles(struct fit_search *search, const struct cycles *cycles)
{
    bool plain = cycles->decay == 1 && cycles->mult == rint(cycles->mult);
    bool by_step = search->data->unit == SCHEDULE_STEP;
    if (!(cycles->T_0 >= 2) || !(cycles->T_0 < 1e9))
        return;
    if (cycles->cuts_in) {
        offer(search, cycles, build_timm(search, cycles));
        return;
    }
    if (plain && !cycles->ends)
        offer(search, cycles, build_torch(search, cycles));
    if (plain && cycles->mult == 1 && !cycles->free_floor)
        offer(search, cycles, build_hugging_face(search, cycles));
    if (fit_done(search, FIT_RESTARTS))
        return;
    if (!plain && by_step)
        offer(search, cycles, build_keras(search, cycles));
    if (!plain || cycles->ends)
        offer(search, cycles, build_timm(search, cycles));
    if (!plain && !by_step)
        offer(search, cycles, build_keras(search, cycles));
}

/* --- from the shapes of the first two cycles --- */

static bool lay_on_cycle(const struct fit_search *search, size_t first, size_t end,
                         struct fit_sinusoid *out)
{
    struct fit_tail tail;
    fit_take_tail(search->data, first, end, &tail);
    return fit_find_sinusoid(search, &tail, out);
}

static double round_to(double value, double unit)
{
    return rint(value / unit) * unit;
}

static void try_shapes(struct fit_search *search, const struct restarts *restarts,
                       const struct cycles *ask)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_sinusoid one, two;
    size_t second_end =
        restarts->count > 1 ? restarts->at[1] : fit_before_level(data, restarts->at[0]);
    if (!lay_on_cycle(search, course->top, restarts->at[0], &one) ||
        !lay_on_cycle(search, restarts->at[0], second_end, &two))
        return;
    double top = one.middle + one.height, floor = one.middle - one.height;
    double ratio = (two.middle + two.height) / top;
    struct cycles cycles = *ask;
    cycles.start = rint(one.peak);
    cycles.top = top;
    cycles.T_0 = one.half;
    cycles.mult = fmax(1, round_to(two.half / one.half, 0.01));
    cycles.decay = fmin(1, round_to(ratio, 0.01));
    cycles.cuts_in = course->climbs && fabs(cycles.start - data->natural) <= 1 &&
                     cycles.start < course->zero + 0.5 * data->high / course->slope;
    for (int free_floor = 0; free_floor < 2; free_floor++) {
        cycles.free_floor = free_floor;
        offer_cycles(search, &cycles);
    }
    /* Keras lowers what is above the floor. */
    cycles.decay =
        fmin(1, round_to((two.middle + two.height - floor) / (top - floor), 0.01));
    if (!fit_done(search, FIT_RESTARTS) && !cycles.cuts_in && cycles.decay < 1)
        offer(search, &cycles, build_keras(search, &cycles));
}

/* --- from where they start again --- */

/* T_0 lies in (low, high]: the k-th restart comes after 1 + mult + ... + mult^(k-1) times
   T_0. */
static void bound_cycles(const struct fit_data *data, const struct restarts *restarts,
                         const struct cycles *cycles, double *low, double *high)
{
    double sum = 0, length = 1;
    *low = 0;
    *high = INFINITY;
    for (size_t i = 0; i < restarts->count; i++) {
        sum += length;
        length *= cycles->mult;
        size_t at = restarts->at[i];
        *low = fmax(*low, (data->x[at - 1] - cycles->start) / sum);
        *high = fmin(*high, (data->x[at] - cycles->start) / sum);
    }
}

struct question {
    const struct fit_tail *tail;
    const struct cycles *cycles;
};

/* What the best amplitudes leave over. */
static double residual(const struct fit_choice *choice, double T_0)
{
    const struct question *question = choice->with;
    const struct cycles *cycles = question->cycles;
    const struct fit_tail *tail = question->tail;
    struct fit_amplitudes sums = {0};
    for (size_t i = 0; i < tail->count; i++) {
        double t = tail->x[i] - cycles->start, length = T_0, height = 1;
        for (size_t k = 0; t >= length && k <= cycles->count + 1; k++) {
            t -= length;
            length *= cycles->mult;
            height *= cycles->decay;
        }
        double wave = 0.5 * (1 + cos(FIT_PI * fmax(0, t) / length));
        fit_amplitudes_add(&sums, height * wave, 1 - wave, tail->y[i]);
    }
    return fit_amplitudes_rest(&sums, cycles->free_floor);
}

static void try_start(struct fit_search *search, const struct restarts *restarts,
                      const struct cycles *ask)
{
    const struct fit_data *data = search->data;
    struct fit_tail tail;
    double mults[] = {1, 1, 2, 3}, low, high;
    if (restarts->count > 1) {
        double first = data->x[restarts->at[0]] - ask->start;
        double second = data->x[restarts->at[1]] - data->x[restarts->at[0]];
        mults[0] = fmax(1, round_to(second / first, 0.1));
    }
    fit_take_tail(data, search->course->top, data->count, &tail);
    for (size_t i = 0; i < 2 * sizeof mults / sizeof *mults; i++) {
        struct cycles cycles = *ask;
        struct question question = {&tail, &cycles};
        struct fit_choice choice = {residual, search, &question};
        cycles.mult = mults[i / 2];
        cycles.free_floor = i % 2;
        bound_cycles(data, restarts, &cycles, &low, &high);
        if (!(high > low) || high < 2)
            continue;
        double ratio = pow(high / fmax(low, 1), 1.0 / 6);
        cycles.T_0 = high - low <= 1
                         ? floor(high)
                         : fit_least(&choice, fmax(low, 1), high, fmax(ratio, 1.001));
        cycles.T_0 = fmin(cycles.T_0, high);
        offer_cycles(search, &cycles);
        if (fit_done(search, FIT_RESTARTS))
            return;
    }
}

static double height_ratio(const struct fit_data *data, size_t first,
                           const struct restarts *restarts)
{
    double last = data->y[restarts->at[restarts->count - 1]];
    double ratio = pow(last / data->y[first], 1 / (double)restarts->count);
    return ratio > 0.98 ? 1 : round_to(ratio, 0.01);
}

void fit_restarts(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct restarts restarts;
    size_t first = course->top < data->count ? course->top : 0;
    find_restarts(data, first, &restarts);
    if (!restarts.count || data->count - first < 3 * restarts.count)
        return;
    struct cycles cycles = {.top = data->high,
                            .decay = height_ratio(data, first, &restarts),
                            .count = restarts.count,
                            .ends = fit_before_level(data, first) < data->count};
    try_shapes(search, &restarts, &cycles);
    double start = fit_climb_end(data, course, data->high);
    double earlier = start; /* when the log begins within a cycle */
    if (restarts.count > 1)
        earlier = 2 * data->x[restarts.at[0]] - data->x[restarts.at[1]];
    const double starts[] = {start, start - 1, start + 1, earlier};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        cycles.start = starts[i];
        if (!fit_done(search, FIT_RESTARTS))
            try_start(search, &restarts, &cycles);
    }
    cycles.cuts_in = course->climbs;
    cycles.start = data->natural;
    if (cycles.cuts_in && !fit_done(search, FIT_RESTARTS))
        try_start(search, &restarts, &cycles);
}
