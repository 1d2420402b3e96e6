/* Curved falls after a hold: warm-up, stable, decay. Straight ones are among the lines.
 */
#include "core/fit/scale.h"

#include <math.h>

static const double held_limit = 0.001;

static double square_of_lost(const struct fit_scale *scale, double y)
{
    double lost = 1 - fit_share_left(scale, y);
    return lost * lost;
}

static double angle(const struct fit_scale *scale, double y)
{
    return acos(2 * fit_share_left(scale, y) - 1);
}

/* Shapes of get_wsd_schedule; "linear" is among the lines. */
enum { SHAPE_COSINE = 1, SHAPE_ROOT = 2 };

static void offer_stable_decay(struct fit_search *search, const struct fit_straight *line,
                               int shape, double floor)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    double start = rint(fit_where(line, 0));
    double steps = rint(fit_where(line, shape == SHAPE_COSINE ? FIT_PI : 1)) - start;
    double top = fit_climb_end(data, course, data->high);
    bool from_zero = course->from_zero;
    if (steps < 2 || start < top)
        return;
    struct fit_trial trial = from_zero
                                 ? fit_trial_at(search, FIT_HELD_CURVE, course->origin)
                                 : fit_begin(search, FIT_HELD_CURVE, top, data->high);
    double from = from_zero ? trial.origin : top;
    struct schedule_part part = fit_part("warmup_stable_decay");
    fit_set(&part, "num_warmup_steps", top - from);
    fit_set(&part, "num_stable_steps", start - top);
    fit_set(&part, "num_decay_steps", steps);
    fit_set(&part, "decay_type", shape);
    fit_append(&trial, &part, from);
    trial.free_floor = floor > 0;
    trial.covered = fmin(1, (fit_last_x(data) - start) / steps);
    fit_offer(search, &trial, held_limit);
}

static void offer_held_exponential(struct fit_search *search,
                                   const struct fit_straight *line)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    double start = rint(fit_where(line, 0));
    double top = fit_climb_end(data, course, data->high);
    struct fit_trial trial = fit_begin(search, FIT_HELD_CURVE, top, data->high);
    struct schedule_part hold = fit_part("ConstantLR"), fall = fit_part("ExponentialLR");
    if (!(line->slope < 0) || start <= top)
        return;
    fit_set(&hold, "factor", 1);
    fit_append(&trial, &hold, top);
    fit_set(&fall, "gamma", exp(line->slope));
    fit_append(&trial, &fall, start);
    fit_offer(search, &trial, held_limit);
}

/* A fall by the root whose beginning was not logged: (top - y)^2 is straight in x, so y^2
   is a sum of y, x and a constant. Returns the top; 0: none. */
static double top_of_root(const struct fit_tail *tail)
{
    double m[3][4] = {{0}}, scale = tail->y[0];
    for (size_t i = 0; i < tail->count; i++) {
        double y = tail->y[i] / scale;
        double x = (tail->x[i] - tail->x[0]) / (tail->x[tail->count - 1] - tail->x[0]);
        double row[4] = {1, x, y, y * y};
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 4; k++)
                m[j][k] += row[j] * row[k];
        }
    }
    return fit_solve3(m) ? scale * m[2][3] / m[2][2] / 2 : 0;
}

static void offer_root_alone(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct fit_tail tail;
    struct fit_straight line;
    fit_take_tail(data, 0, data->count, &tail);
    double top = top_of_root(&tail);
    struct fit_scale scale = {square_of_lost, top, 0, 1};
    if (tail.count < 6 || !(top > data->high) || !fit_straighten(&tail, &scale, &line))
        return;
    double start = rint(fit_where(&line, 0)), steps = rint(fit_where(&line, 1)) - start;
    struct fit_trial trial = fit_trial_at(search, FIT_HELD_CURVE, start);
    struct schedule_part part = fit_part("warmup_stable_decay");
    if (!(line.slope > 0) || steps < 2 || start > data->x[0])
        return;
    fit_set(&part, "num_warmup_steps", 0);
    fit_set(&part, "num_stable_steps", 0);
    fit_set(&part, "num_decay_steps", steps);
    fit_set(&part, "decay_type", SHAPE_ROOT);
    fit_append(&trial, &part, start);
    trial.covered = fmin(1, (fit_last_x(data) - start) / steps);
    fit_offer(search, &trial, fit_bent_limit(search->data));
}

void fit_held_curves(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_tail tail;
    struct fit_straight line;
    if (fit_done(search, FIT_HELD_CURVE))
        return;
    if (!course->held) {
        if (!course->top)
            offer_root_alone(search);
        return;
    }
    size_t end = fit_before_level(data, course->body);
    double floor = end < data->count ? data->y[data->count - 1] : 0;
    fit_take_tail(data, course->body, end, &tail);
    if (tail.count < 4)
        return;
    struct fit_scale scale = {fit_logarithm, data->high, 0, 1};
    if (fit_straighten(&tail, &scale, &line))
        offer_held_exponential(search, &line);
    double lowest = tail.y[tail.count - 1];
    const double floors[] = {floor, 0.1 * data->high, lowest};
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++) {
        if (floors[i] > lowest || fit_done(search, FIT_HELD_CURVE))
            continue;
        scale = (struct fit_scale){square_of_lost, data->high, floors[i], 1};
        if (fit_straighten(&tail, &scale, &line) && line.slope > 0)
            offer_stable_decay(search, &line, SHAPE_ROOT, floors[i]);
        scale.of = angle;
        if (fit_straighten(&tail, &scale, &line) && line.slope > 0)
            offer_stable_decay(search, &line, SHAPE_COSINE, floors[i]);
    }
}
