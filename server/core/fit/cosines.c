/* Cosines: with or without a warm-up, on and on or staying at the end. */
#include "core/fit/least_squares.h"
#include "core/fit/tail.h"

#include <math.h>

/* Measured on real logs: true cosines lie below 0.0026 of the range, the nearest other
   shape at 0.0156 (docs/schedules-fit.md). */
static const double cosine_limit = 0.006;

/* What is asked of a cosine. */
struct cosine {
    const struct fit_tail *tail;
    double start;
    bool free_floor;
    bool stays; /* at its floor, once there */
};

/* Root mean square of what the best amplitudes leave over. */
static double residual(const struct fit_choice *choice, double T)
{
    const struct cosine *cosine = choice->with;
    const struct fit_tail *tail = cosine->tail;
    struct fit_amplitudes sums = {0};
    for (size_t i = 0; i < tail->count; i++) {
        double share = fmax(0, tail->x[i] - cosine->start) / T;
        double wave = 0.5 * (1 + cos(FIT_PI * share));
        fit_amplitudes_add(&sums, wave, 1 - wave, tail->y[i]);
    }
    double squares = fit_amplitudes_rest(&sums, cosine->free_floor);
    return sqrt(fmax(0, squares) / (double)tail->count);
}

/* --- names --- */

/* Long before the log: such a cosine can bend to much. */
static bool began_earlier(const struct fit_search *search, double start)
{
    return start < search->data->natural - 2;
}

static void offer(struct fit_search *search, const struct cosine *cosine, double T,
                  struct fit_trial *trial)
{
    trial->free_floor = cosine->free_floor;
    trial->covered = (fit_last_x(search->data) - cosine->start) / T;
    /* One that began long before the log can bend to much. */
    bool earlier = cosine->start < search->data->natural - 2;
    fit_offer(search, trial,
              earlier ? fmax(1e-5, 2 * search->data->noise) : cosine_limit);
}

/* Up from 0, then a cosine: Hugging Face's names for the same curve. */
static void offer_hugging_face(struct fit_search *search, const struct cosine *cosine,
                               double T)
{
    double origin = search->course->origin, warmup = cosine->start - origin;
    struct fit_trial trial = fit_trial_at(search, FIT_COSINE, origin);
    struct schedule_part part =
        fit_part(cosine->free_floor ? "cosine_with_min_lr" : "cosine_with_warmup");
    fit_set(&part, "num_warmup_steps", warmup);
    fit_set(&part, "num_training_steps", warmup + T);
    fit_append(&trial, &part, origin);
    offer(search, cosine, T, &trial);
}

/* Those that stay at their end: Keras counts steps, timm epochs. */
static void offer_staying(struct fit_search *search, const struct cosine *cosine,
                          double T)
{
    const struct fit_course *course = search->course;
    struct fit_trial trial;
    if (course->climbs || search->data->unit == SCHEDULE_EPOCH) {
        double origin = course->climbs ? search->data->natural : cosine->start;
        struct fit_timm timm = fit_timm_once(origin, T);
        timm.warmup_t = cosine->start - origin;
        timm.prefix = true;
        double top = course->slope * (cosine->start - course->zero);
        trial = fit_timm_trial(search, FIT_COSINE, &timm, top);
    } else {
        struct schedule_part part = fit_part("CosineDecay");
        fit_set(&part, "decay_steps", T);
        trial = fit_trial_at(search, FIT_COSINE, cosine->start);
        fit_append(&trial, &part, trial.origin);
    }
    offer(search, cosine, T, &trial);
}

static void offer_torch(struct fit_search *search, const struct cosine *cosine, double T)
{
    struct schedule_part part = fit_part("CosineAnnealingLR");
    const struct fit_course *course = search->course;
    double top = course->slope * (cosine->start - course->zero);
    struct fit_trial trial = fit_begin(search, FIT_COSINE, cosine->start, top);
    fit_set(&part, "T_max", T);
    fit_append(&trial, &part, cosine->start);
    offer(search, cosine, T, &trial);
}

static void offer_cosine(struct fit_search *search, const struct cosine *cosine, double T)
{
    const struct fit_course *course = search->course;
    if (T < 1 || cosine->start >= fit_last_x(search->data))
        return;
    if (course->from_zero && cosine->start > course->origin)
        offer_hugging_face(search, cosine, T);
    offer_torch(search, cosine, T);
    if (cosine->stays)
        offer_staying(search, cosine, T);
}

/* --- the search --- */

/* From one start: the planned length first, then the best one; a floor of 0 first. */
static void try_start(struct fit_search *search, struct cosine *cosine)
{
    const struct fit_data *data = search->data;
    struct fit_choice choice = {residual, search, cosine};
    double low, high;
    for (int free_floor = 0; free_floor < 2; free_floor++) {
        cosine->free_floor = free_floor;
        if (data->planned > cosine->start)
            offer_cosine(search, cosine, data->planned - cosine->start);
        fit_bound_half(cosine->tail, cosine->start, &low, &high);
        double T = fit_least(&choice, low, high, 1.1);
        double enough = (2 * cosine_limit + 1.2 * data->rounding) * data->range;
        if (residual(&choice, rint(T)) <= enough)
            offer_cosine(search, cosine, rint(T));
        if (fit_done(search, FIT_COSINE))
            return;
    }
}

/* A warm-up that replaces the first steps of the cosine instead of putting them off. */
static void offer_cut_in(struct fit_search *search, const struct fit_sinusoid *wave)
{
    const struct fit_course *course = search->course;
    double origin = rint(wave->peak), T = rint(wave->half);
    double top = wave->middle + wave->height;
    double warmup = rint(top / course->slope + course->zero - origin);
    if (!course->climbs || fabs(origin - search->data->natural) > 2 || T < 2 ||
        warmup < 1)
        return;
    struct fit_timm timm = fit_timm_once(origin, T);
    timm.warmup_t = warmup;
    struct fit_trial trial = fit_timm_trial(search, FIT_COSINE, &timm, top);
    trial.free_floor = true;
    trial.covered = (fit_last_x(search->data) - origin) / T;
    fit_offer(search, &trial, cosine_limit);
}

/* The log begins while the cosine climbs back: it started at a peak before. */
static void offer_from_climb(struct fit_search *search, const struct fit_tail *tail,
                             const struct fit_sinusoid *wave)
{
    struct cosine cosine = {.tail = tail, .free_floor = true};
    double T = rint(wave->half), periods = ceil((wave->peak - tail->x[0]) / (2 * T));
    cosine.start = rint(wave->peak) - 2 * T * periods;
    if (tail->turns > 0)
        offer_torch(search, &cosine, T);
}

/* The sinusoid on the descent, or on all points when the column begins with a curve. */
static bool find_wave(const struct fit_search *search, struct fit_tail *tail,
                      struct fit_sinusoid *wave)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    size_t first = course->curved ? 0 : course->body;
    fit_take_tail(data, first, fit_before_level(data, course->body), tail);
    return fit_find_sinusoid(search, tail, wave);
}

void fit_cosines(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_sinusoid wave;
    struct fit_tail tail;
    if (fit_done(search, FIT_COSINE) || course->held || !find_wave(search, &tail, &wave))
        return;
    if (course->curved) {
        offer_from_climb(search, &tail, &wave);
        return;
    }
    double start = fit_climb_end(data, course, wave.middle + wave.height);
    const double starts[] = {start, rint(wave.peak), start - 1, start + 1};
    struct cosine cosine = {.tail = &tail,
                            .stays = fit_before_level(data, course->body) < data->count};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        cosine.start = starts[i];
        if (cosine.start >= fit_last_x(data) || began_earlier(search, starts[i]) ||
            (i && starts[i] == starts[0]))
            continue;
        try_start(search, &cosine);
        if (fit_done(search, FIT_COSINE))
            return;
    }
    offer_cut_in(search, &wave);
}

/* One that began before the log. */
void fit_earlier_cosines(struct fit_search *search)
{
    enum { ENOUGH = 6 }; /* for its start, length, rate and floor */
    const struct fit_course *course = search->course;
    struct fit_sinusoid wave;
    struct fit_tail tail;
    if (fit_done(search, FIT_COSINE) || course->held || course->top ||
        search->data->count < ENOUGH || !find_wave(search, &tail, &wave) ||
        !began_earlier(search, rint(wave.peak)))
        return;
    struct cosine cosine = {.tail = &tail,
                            .start = rint(wave.peak),
                            .stays =
                                fit_before_level(search->data, 0) < search->data->count};
    try_start(search, &cosine);
}
