/* Descents without an end: exponentials, inverse square roots. */
#include "core/fit/scale.h"

#include <math.h>

static const double exponential_limit = 0.001;

/* --- exponentials --- */

static double from_logarithm(const struct fit_scale *scale, double u)
{
    return scale->top * exp(u);
}

void fit_exponential(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_scale scale = {.of = fit_logarithm, .top = data->high};
    struct fit_straight line;
    struct fit_tail tail;
    if (fit_done(search, FIT_EXPONENTIAL) || course->held || course->curved)
        return;
    fit_take_tail(data, course->body, data->count, &tail);
    if (!fit_straighten(&tail, &scale, &line) || !(line.slope < 0))
        return;
    double start = fit_meet_climb(search, &line, from_logarithm, &scale);
    double top = from_logarithm(&scale, line.at + line.slope * start);
    struct fit_trial trial = fit_begin(search, FIT_EXPONENTIAL, start, top);
    struct schedule_part part = fit_part("ExponentialLR");
    fit_set(&part, "gamma", exp(line.slope));
    fit_append(&trial, &part, start);
    fit_offer(search, &trial, exponential_limit);
}

/* --- inverse square roots --- */

static double inverse_square(const struct fit_scale *scale, double y)
{
    return scale->top * scale->top / (y * y);
}

static double from_inverse_square(const struct fit_scale *scale, double u)
{
    return scale->top / sqrt(u);
}

void fit_inverse_sqrt(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_scale scale = {.of = inverse_square, .top = data->high};
    struct fit_straight line;
    struct fit_tail tail;
    if (fit_done(search, FIT_INVERSE_SQRT) || course->held || course->curved)
        return;
    fit_take_tail(data, course->body, data->count, &tail);
    if (!fit_straighten(&tail, &scale, &line) || !(line.slope > 0))
        return;
    double start = fit_meet_climb(search, &line, from_inverse_square, &scale);
    double top = from_inverse_square(&scale, line.at + line.slope * start);
    double timescale = rint(start - fit_where(&line, 0));
    struct fit_trial trial;
    struct schedule_part part = fit_part("inverse_sqrt");
    if (course->from_zero) {
        trial = fit_trial_at(search, FIT_INVERSE_SQRT, course->origin);
        fit_set(&part, "num_warmup_steps", start - trial.origin);
    } else {
        trial = fit_begin(search, FIT_INVERSE_SQRT, start, top);
        fit_set(&part, "num_warmup_steps", 0);
    }
    fit_set(&part, "timescale", timescale);
    fit_append(&trial, &part,
               course->climbs && trial.schedule.part_count ? start : trial.origin);
    trial.covered = fmin(1, (fit_last_x(data) - start) / timescale);
    fit_offer(search, &trial, fit_bent_limit(search->data));
}
