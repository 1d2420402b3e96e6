/* Curves that a change of scale makes straight: exponentials, inverse square roots,
   powers, and the shapes in which a rate falls after a hold. */
#include "core/fit/tail.h"

#include <math.h>

static const double curve_limit = 0.001;

static const double pi = 3.14159265358979323846;

static double last_x(const struct fit_data *data)
{
    return data->x[data->count - 1];
}

/* --- straightening --- */

/* A scale on which a descent is straight; top and floor are those of the descent. */
struct scale {
    double (*of)(const struct scale *scale, double y);
    double top, floor, power;
};

static double share_left(const struct scale *scale, double y)
{
    return (y - scale->floor) / (scale->top - scale->floor);
}

static double logarithm(const struct scale *scale, double y)
{
    return log(y / scale->top);
}

static double inverse_square(const struct scale *scale, double y)
{
    return scale->top * scale->top / (y * y);
}

static double root(const struct scale *scale, double y)
{
    return pow(share_left(scale, y), 1 / scale->power);
}

static double square_of_lost(const struct scale *scale, double y)
{
    double lost = 1 - share_left(scale, y);
    return lost * lost;
}

static double angle(const struct scale *scale, double y)
{
    return acos(2 * share_left(scale, y) - 1);
}

struct straight {
    double at, slope;
    double residual; /* of y, root mean square relative to top - floor */
};

/* Weighted least squares: a point counts as much as the scale magnifies its error. Points
   at which the scale is not finite are passed over. */
static bool straighten(const struct fit_tail *tail, const struct scale *scale,
                       struct straight *out)
{
    double n = 0, x = 0, u = 0, xx = 0, xu = 0, uu = 0, x0 = tail->x[0];
    double step = 1e-4 * (scale->top - scale->floor), used = 0;
    for (size_t i = 0; i < tail->count; i++) {
        double value = scale->of(scale, tail->y[i]);
        double bend =
            (scale->of(scale, tail->y[i] + step) - scale->of(scale, tail->y[i] - step)) /
            (2e-4);
        double weight = 1 / (bend * bend), dx = tail->x[i] - x0;
        if (!isfinite(value) || !isfinite(weight))
            continue;
        used++;
        n += weight;
        x += weight * dx;
        u += weight * value;
        xx += weight * dx * dx;
        xu += weight * dx * value;
        uu += weight * value * value;
    }
    double spread = n * xx - x * x;
    if (used < 4 || !(spread > 0))
        return false;
    out->slope = (n * xu - x * u) / spread;
    double at = (u - out->slope * x) / n;
    out->residual = sqrt(fmax(0, uu - at * u - out->slope * xu) / used);
    out->at = at - out->slope * x0;
    return true;
}

/* Where the straightened descent has this value. */
static double where(const struct straight *line, double value)
{
    return (value - line->at) / line->slope;
}

/* The step at which the climb, when there is one, reaches the descent: between the last
   point of the one and the first of the other. */
static double meet_climb(const struct fit_search *search, const struct straight *line,
                         double (*rate)(const struct scale *, double),
                         const struct scale *scale)
{
    const struct fit_course *course = search->course;
    const struct fit_data *data = search->data;
    if (!course->climbs)
        return data->natural;
    double low = data->x[course->top - 1], high = data->x[course->body];
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        double climb = course->slope * (middle - course->zero);
        if (climb > rate(scale, line->at + line->slope * middle))
            high = middle;
        else /* also where the descent is not defined yet */
            low = middle;
    }
    return rint(high);
}

/* --- exponentials --- */

static double from_logarithm(const struct scale *scale, double u)
{
    return scale->top * exp(u);
}

void fit_exponential(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct scale scale = {.of = logarithm, .top = data->high};
    struct straight line;
    struct fit_tail tail;
    if (fit_done(search, FIT_EXPONENTIAL) || course->held || course->curved)
        return;
    fit_take_tail(data, course->body, data->count, &tail);
    if (!straighten(&tail, &scale, &line) || !(line.slope < 0))
        return;
    double start = meet_climb(search, &line, from_logarithm, &scale);
    double top = from_logarithm(&scale, line.at + line.slope * start);
    struct fit_trial trial = fit_begin(search, FIT_EXPONENTIAL, start, top);
    struct schedule_part part = fit_part("ExponentialLR");
    fit_set(&part, "gamma", exp(line.slope));
    fit_append(&trial, &part, start);
    fit_offer(search, &trial, curve_limit);
}

/* --- inverse square roots --- */

static double from_inverse_square(const struct scale *scale, double u)
{
    return scale->top / sqrt(u);
}

void fit_inverse_sqrt(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct scale scale = {.of = inverse_square, .top = data->high};
    struct straight line;
    struct fit_tail tail;
    if (fit_done(search, FIT_INVERSE_SQRT) || course->held || course->curved)
        return;
    fit_take_tail(data, course->body, data->count, &tail);
    if (!straighten(&tail, &scale, &line) || !(line.slope > 0))
        return;
    double start = meet_climb(search, &line, from_inverse_square, &scale);
    double top = from_inverse_square(&scale, line.at + line.slope * start);
    double timescale = rint(start - where(&line, 0));
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
    trial.covered = fmin(1, (last_x(data) - start) / timescale);
    fit_offer(search, &trial, fit_bent_limit(search->data));
}

/* --- powers --- */

static double from_root(const struct scale *scale, double u)
{
    return scale->floor + (scale->top - scale->floor) * pow(u, scale->power);
}

struct powers {
    const struct fit_tail *tail;
    struct scale scale;
};

static double bend_left(const struct fit_choice *choice, double power)
{
    const struct powers *powers = choice->with;
    struct scale scale = powers->scale;
    struct straight line;
    scale.power = power;
    return straighten(powers->tail, &scale, &line) ? line.residual : INFINITY;
}

static void offer_power(struct fit_search *search, const struct powers *powers)
{
    const struct fit_course *course = search->course;
    const struct fit_data *data = search->data;
    const struct scale *scale = &powers->scale;
    struct straight line;
    if (!straighten(powers->tail, scale, &line) || !(line.slope < 0))
        return;
    double start = meet_climb(search, &line, from_root, scale),
           end = rint(where(&line, 0));
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
    trial.covered = fmin(1, (last_x(data) - start) / (end - start));
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

/* --- after a hold --- */

/* Shapes of get_wsd_schedule; "linear" is among the lines. */
enum { SHAPE_COSINE = 1, SHAPE_ROOT = 2 };

static void offer_stable_decay(struct fit_search *search, const struct straight *line,
                               int shape, double floor)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    double start = rint(where(line, 0));
    double steps = rint(where(line, shape == SHAPE_COSINE ? pi : 1)) - start;
    double top =
        course->climbs ? rint(course->zero + data->high / course->slope) : data->natural;
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
    trial.covered = fmin(1, (last_x(data) - start) / steps);
    fit_offer(search, &trial, curve_limit);
}

static void offer_held_exponential(struct fit_search *search, const struct straight *line)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    double start = rint(where(line, 0));
    double top =
        course->climbs ? rint(course->zero + data->high / course->slope) : data->natural;
    struct fit_trial trial = fit_begin(search, FIT_HELD_CURVE, top, data->high);
    struct schedule_part hold = fit_part("ConstantLR"), fall = fit_part("ExponentialLR");
    if (!(line->slope < 0) || start <= top)
        return;
    fit_set(&hold, "factor", 1);
    fit_append(&trial, &hold, top);
    fit_set(&fall, "gamma", exp(line->slope));
    fit_append(&trial, &fall, start);
    fit_offer(search, &trial, curve_limit);
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
    struct straight line;
    fit_take_tail(data, 0, data->count, &tail);
    double top = top_of_root(&tail);
    struct scale scale = {square_of_lost, top, 0, 1};
    if (tail.count < 6 || !(top > data->high) || !straighten(&tail, &scale, &line))
        return;
    double start = rint(where(&line, 0)), steps = rint(where(&line, 1)) - start;
    struct fit_trial trial = fit_trial_at(search, FIT_HELD_CURVE, start);
    struct schedule_part part = fit_part("warmup_stable_decay");
    if (!(line.slope > 0) || steps < 2 || start > data->x[0])
        return;
    fit_set(&part, "num_warmup_steps", 0);
    fit_set(&part, "num_stable_steps", 0);
    fit_set(&part, "num_decay_steps", steps);
    fit_set(&part, "decay_type", SHAPE_ROOT);
    fit_append(&trial, &part, start);
    trial.covered = fmin(1, (last_x(data) - start) / steps);
    fit_offer(search, &trial, fit_bent_limit(search->data));
}

void fit_held_curves(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_tail tail;
    struct straight line;
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
    struct scale scale = {logarithm, data->high, 0, 1};
    if (straighten(&tail, &scale, &line))
        offer_held_exponential(search, &line);
    const double floors[] = {floor, 0.1 * data->high, data->low};
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++) {
        if (floors[i] > data->low || fit_done(search, FIT_HELD_CURVE))
            continue;
        scale = (struct scale){square_of_lost, data->high, floors[i], 1};
        if (straighten(&tail, &scale, &line) && line.slope > 0)
            offer_stable_decay(search, &line, SHAPE_ROOT, floors[i]);
        scale.of = angle;
        if (straighten(&tail, &scale, &line) && line.slope > 0)
            offer_stable_decay(search, &line, SHAPE_COSINE, floors[i]);
    }
}
