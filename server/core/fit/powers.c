/* Powers of what is left of the way: PolynomialLR, polynomial_decay_with_warmup. */
#include "core/fit/scale.h"

#include <math.h>

static double root(const struct fit_scale *scale, double y)
{
    return pow(fit_share_left(scale, y), 1 / scale->power);
}

static double from_root(const struct fit_scale *scale, double u)
{
    return scale->floor + (scale->top - scale->floor) * pow(u, scale->power);
}

struct powers {
    const struct fit_tail *tail;
    struct fit_scale scale;
};

static double bend_left(const struct fit_choice *choice, double power)
{
    const struct powers *powers = choice->with;
    struct fit_scale scale = powers->scale;
    struct fit_straight line;
    scale.power = power;
    return fit_straighten(powers->tail, &scale, &line) ? line.residual : INFINITY;
}

static void offer_power(struct fit_search *search, const struct powers *powers)
{
    const struct fit_course *course = search->course;
    const struct fit_data *data = search->data;
    const struct fit_scale *scale = &powers->scale;
    struct fit_straight line;
    if (!fit_straighten(powers->tail, scale, &line) || !(line.slope < 0))
        return;
    double start = fit_meet_climb(search, &line, from_root, scale),
           end = rint(fit_where(&line, 0));
    double top = from_root(scale, line.at + line.slope * start);
    bool from_zero = course->from_zero;
    struct fit_trial trial;
    struct schedule_part part;
    if (from_zero || scale->floor > 0) {
        trial = from_zero ? fit_trial_at(search, FIT_POWER, course->origin)
                          : fit_begin(search, FIT_POWER, start, top);
        double from = from_zero ? trial.origin : start;
        part = fit_part("polynomial_decay_with_warmup");
        fit_set(&part, "num_warmup_steps", start - from);
        fit_set(&part, "num_training_steps", end - from);
        fit_set(&part, "power", scale->power);
        fit_append(&trial, &part, from);
    } else {
        trial = fit_begin(search, FIT_POWER, start, top);
        part = fit_part("PolynomialLR");
        fit_set(&part, "total_iters", end - start);
        fit_set(&part, "power", scale->power);
        fit_append(&trial, &part, start);
    }
    trial.free_floor = from_zero || scale->floor > 0;
    trial.covered = fmin(1, (fit_last_x(data) - start) / (end - start));
    fit_offer(search, &trial, fit_bent_limit(search->data));
}

static double bend_by_floor(const struct fit_choice *choice, double floor)
{
    struct powers powers = *(const struct powers *)choice->with;
    struct fit_choice ask = {bend_left, choice->search, &powers};
    powers.scale.floor = floor;
    return bend_left(&ask, powers.scale.power);
}

/* A power that people choose: on this floor, or on the one below the column that bends
   it least. */
static void try_power(struct fit_search *search, struct powers *powers, double floor,
                      bool floored)
{
    struct fit_choice choice = {bend_by_floor, search, powers};
    double lowest = powers->tail->y[powers->tail->count - 1];
    double bend = bend_by_floor(&choice, powers->scale.floor = floor);
    if (bend > 0.1)
        return;
    if (bend < 1e-3)
        offer_power(search, powers);
    if (floored || fit_done(search, FIT_POWER) || !(lowest > 0))
        return;
    powers->scale.floor = fit_least(&choice, 1e-3 * lowest, 0.98 * lowest, 2);
    if (bend_by_floor(&choice, powers->scale.floor) < 1e-3)
        offer_power(search, powers);
}

void fit_powers(struct fit_search *search)
{
    static const double usual[] = {2, 0.9, 3, 0.5, 4, 1.5};
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_tail tail;
    if (fit_done(search, FIT_POWER) || course->held || course->curved)
        return;
    size_t end = fit_before_level(data, course->body);
    bool floored = end < data->count;
    fit_take_tail(data, course->body, end, &tail);
    if (tail.count < 5 || tail.turns)
        return;
    struct powers powers = {&tail, {root, data->high, 0, 1}};
    double floor = floored ? data->y[data->count - 1] : 0;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        powers.scale.power = usual[i];
        try_power(search, &powers, floor, floored);
        if (fit_done(search, FIT_POWER))
            return;
    }
    struct fit_choice choice = {bend_left, search, &powers};
    if (fit_is_coarse(data))
        return;
    powers.scale.floor = floor;
    powers.scale.power = fit_least(&choice, 0.3, 6, 1.25);
    if (fabs(powers.scale.power - 1) > 0.02) /* else a line */
        offer_power(search, &powers);
}
