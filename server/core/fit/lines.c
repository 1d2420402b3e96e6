/* Columns of straight pieces: climb, hold, fall, stay; in any number of falls. */
#include "core/fit/trial.h"

#include <math.h>

/* Loops that average the rate over an epoch bend the corners, fp16's loss scaler skips
   steps: lines get more room than curves. */
static const double line_limit = 0.02;
/* Falls of one column, and the points that each must have when there are several: more
   falls, or shorter ones, trace any curve. */
enum { FALLS_MAX = 3, FALL_POINTS = 8 };

/* One fall: a line, and the steps and rates at its ends. */
struct fall {
    size_t first; /* its first point */
    double at, slope;
    double from, to;
    double high, low;
    bool ends; /* its end was seen */
};

struct pieces {
    struct fall falls[FALLS_MAX];
    size_t count;
    size_t least_points; /* of the falls */
    bool held;
    double top; /* the rate that the first fall starts from */
};

/* Whether a piece only bridges a corner that lies between two points. */
static bool is_corner(const struct fit_course *course, size_t i)
{
    const struct fit_segment *segment = &course->segments[i];
    bool before_others = i + 1 < course->count;
    return segment->last == segment->first ||
           (before_others && segment->last == segment->first + 1);
}

/* Where a fall meets a level. */
static double meets(const struct fall *fall, double level)
{
    return (level - fall->at) / fall->slope;
}

static bool add_fall(const struct fit_segment *segment, struct pieces *p)
{
    if (p->count == FALLS_MAX)
        return false;
    struct fall *fall = &p->falls[p->count++];
    size_t points = segment->last - segment->first + 1;
    if (p->count == 1 || points < p->least_points)
        p->least_points = points;
    *fall = (struct fall){.first = segment->first,
                          .at = segment->at,
                          .slope = segment->slope};
    if (p->count < 2)
        return true;
    struct fall *before = fall - 1;
    /* Without a level between them, the falls meet each other. */
    if (!before->ends) {
        before->to = (before->at - fall->at) / (fall->slope - before->slope);
        before->low = before->at + before->slope * before->to;
        before->ends = true;
    }
    fall->high = before->low;
    fall->from = meets(fall, fall->high);
    return true;
}

/* A level after a fall is where it ends. */
static void end_fall(const struct fit_data *data, size_t at, struct pieces *p)
{
    struct fall *fall = &p->falls[p->count - 1];
    fall->low = data->y[at];
    fall->to = meets(fall, fall->low);
    fall->ends = true;
}

static bool find_pieces(const struct fit_search *search, struct pieces *p)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    *p = (struct pieces){.held = course->held};
    for (size_t i = 0; i < course->count; i++) {
        const struct fit_segment *segment = &course->segments[i];
        double rise = fit_rise(data, segment);
        if (segment->first < course->top || segment->last < course->body)
            continue;
        bool corner = is_corner(course, i);
        if (corner && p->count && i + 1 == course->count &&
            data->y[segment->last] >= data->y[segment->last - 1])
            end_fall(data, segment->last, p);
        if (corner)
            continue;
        if (rise > 0 || (rise < 0 && !add_fall(segment, p)))
            return false;
        if (rise == 0 && p->count)
            end_fall(data, segment->first, p);
    }
    return true;
}

/* Where the first fall starts: at the hold, at the end of the climb, or with the log. */
static void find_start(const struct fit_search *search, struct pieces *p)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fall *fall = &p->falls[0];
    if (p->held)
        fall->from = rint(meets(fall, data->high));
    else if (course->climbs)
        fall->from = rint((fall->at + course->slope * course->zero) /
                          (course->slope - fall->slope));
    else
        fall->from = data->natural;
    p->top = p->held ? data->high : fall->at + fall->slope * fall->from;
    fall->high = p->top;
}

/* --- the trials --- */

static enum fit_kind kind_of(const struct pieces *p)
{
    return p->held || p->count > 1 ? FIT_HELD_LINE : FIT_LINE;
}

static void append_fall(struct fit_trial *trial, const struct pieces *p,
                        const struct fall *fall)
{
    double end_factor = fall->low / p->top, from = rint(fall->from);
    struct schedule_part part = fit_part("LinearLR");
    fit_set(&part, "start_factor", fall->high / p->top);
    fit_set(&part, "end_factor", end_factor);
    fit_set(&part, "total_iters", fmax(1, rint(fall->to) - from));
    fit_append(trial, &part, from);
}

static double covered(const struct fit_data *data, const struct fall *fall)
{
    return fmin(1, (fit_last_x(data) - fall->from) / (fall->to - fall->from));
}

/* Pieces one after the other; the first fall starts at `from`. */
static void offer_parts(struct fit_search *search, const struct pieces *p)
{
    double start = p->falls[0].from, hold = start;
    const struct fit_course *course = search->course;
    if (p->held)
        hold = fit_climb_end(search->data, course, p->top);
    struct fit_trial trial = fit_begin(search, kind_of(p), hold, p->top);
    struct schedule_part part = fit_part("ConstantLR");
    fit_set(&part, "factor", 1);
    if (p->held)
        fit_append(&trial, &part, hold);
    for (size_t i = 0; i < p->count; i++)
        append_fall(&trial, p, &p->falls[i]);
    trial.covered = covered(search->data, &p->falls[p->count - 1]);
    fit_offer(search, &trial, line_limit);
}

/* fp16's loss scaler skips the first few steps; all comes that much later. */
#define SKIPPED_MAX 0.02

/* Up from 0, maybe along, down to 0: Hugging Face's names. */
static void offer_hugging_face(struct fit_search *search, const struct pieces *p)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    const struct fall *fall = &p->falls[0];
    double origin = course->climbs ? rint(course->zero) : data->natural;
    double late = course->from_zero ? 0 : fabs(origin - data->natural);
    if (late > fmax(1, SKIPPED_MAX * (fall->from - data->natural)))
        return;
    double top = course->climbs ? fit_climb_end(data, course, p->top) : origin;
    struct fit_trial trial = fit_trial_at(search, kind_of(p), origin);
    struct schedule_part part =
        fit_part(p->held ? "warmup_stable_decay" : "linear_with_warmup");
    double warmup = p->held ? top - origin : fall->from - origin;
    fit_set(&part, "num_warmup_steps", course->climbs ? fmax(0, warmup) : 0);
    if (p->held) {
        fit_set(&part, "num_stable_steps", fall->from - top);
        fit_set(&part, "num_decay_steps", rint(fall->to) - fall->from);
        fit_set(&part, "decay_type", 0);
    } else {
        fit_set(&part, "num_training_steps", rint(fall->to) - origin);
    }
    fit_append(&trial, &part, origin);
    trial.covered = covered(data, fall);
    fit_offer(search, &trial, line_limit);
}

/* A climb that ends in a plateau. */
static void offer_held_climb(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    if (!course->climbs || data->y[data->count - 1] < data->high * (1 - 1e-6))
        return;
    double top = fit_climb_end(data, course, data->high);
    struct fit_trial trial;
    struct schedule_part part = fit_part("constant");
    if (course->from_zero) {
        double origin = course->origin;
        part = fit_part("constant_with_warmup");
        fit_set(&part, "num_warmup_steps", fmax(0, top - origin));
        trial = fit_trial_at(search, FIT_LINE, origin);
        fit_append(&trial, &part, origin);
    } else {
        trial = fit_begin(search, FIT_LINE, top, data->high);
        fit_append(&trial, &part, top);
    }
    trial.covered = 0.5; /* what follows the climb may still be to come */
    fit_offer(search, &trial, line_limit);
}

/* Where a fall that was cut off would end, as people choose ends: the share of the top at
   which it meets a whole step. Else just before it reaches 0. */
static void guess_end(const struct fit_data *data, struct pieces *p)
{
    static const double shares[] = {0, 0.1, 0.01, 0.05, 0.001, 0.2, 0.5};
    struct fall *fall = &p->falls[p->count - 1];
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        fall->low = shares[i] * p->top;
        fall->to = meets(fall, fall->low);
        double off = fmax(1e-5, data->noise * (fall->to - fall->from));
        if (fall->to > fit_last_x(data) - off && fabs(fall->to - rint(fall->to)) < off)
            return;
    }
    double zero = meets(fall, 0), last = fit_last_x(data);
    double moved = fall->slope * (rint(zero) - zero) * (last - fall->from) / zero;
    bool blurred = data->averaged ||
                   fabs(moved) < 0.25 * fit_rounding(data, data->y[data->count - 1]);
    fall->to = fmax(last, blurred ? rint(zero) : floor(zero));
    fall->low = blurred ? 0 : fmax(0, fall->at + fall->slope * fall->to);
}

static void offer_falls(struct fit_search *search, struct pieces *p)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fall *last = &p->falls[p->count - 1];
    struct fall seen = *last;
    if (!seen.ends || seen.low <= 1e-3 * p->top) {
        last->to = meets(last, 0);
        last->low = 0;
        if (p->count == 1 &&
            (course->climbs || (data->unit == SCHEDULE_STEP && !p->held)))
            offer_hugging_face(search, p);
    }
    if (!seen.ends)
        guess_end(data, p);
    offer_parts(search, p);
    if (!seen.ends && data->planned > 0) {
        last->to = fmax(fit_last_x(data), data->planned);
        last->low = fmax(0, last->at + last->slope * last->to);
        offer_parts(search, p);
    }
    *last = seen;
}

void fit_lines(struct fit_search *search)
{
    struct pieces p;
    if (!search->course->straight)
        return;
    offer_held_climb(search);
    if (!find_pieces(search, &p) || !p.count ||
        (p.count > 1 && (search->course->loose || fit_is_coarse(search->data) ||
                         p.least_points < FALL_POINTS)))
        return;
    if (search->course->curved)
        return;
    find_start(search, &p);
    /* Several falls from long before the log would be strange. */
    if (p.count == 1 || p.held || search->course->climbs)
        offer_falls(search, &p);
    if (p.held || search->course->climbs)
        return;
    /* Nothing marks the start of a line but a round rate. */
    const struct fit_data *data = search->data;
    double stride = data->x[1] - data->x[0];
    double first_rate = rint(meets(&p.falls[0], data->y[0])); /* where it is held */
    const double starts[] = {data->x[0] - stride, data->x[0], data->natural - 1,
                             data->natural + 1, first_rate};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        p.falls[0].from = starts[i];
        p.top = p.falls[0].high = p.falls[0].at + p.falls[0].slope * p.falls[0].from;
        offer_falls(search, &p);
    }
}

/* The climb as a straight one, however it runs; the fall is exact. */
void fit_fall_alone(struct fit_search *search)
{
    static const double supposed_excess = 0.3; /* of the limit */
    const struct fit_data *data = search->data;
    const char *why;
    struct pieces p;
    struct fall *fall = &p.falls[0];
    if ((search->found && search->best.excess <= supposed_excess * line_limit) ||
        !search->course->straight || !find_pieces(search, &p) || p.count != 1 || p.held)
        return;
    double from = rint(data->x[fall->first]);
    p.top = fall->high = fall->at + fall->slope * from;
    if (4 * fall->first > data->count || data->y[0] > 0.9 * p.top)
        return;
    struct fit_trial trial = fit_trial_at(search, FIT_LINE, data->natural);
    struct schedule_part warmup = fit_part("LinearLR");
    fit_set(&warmup, "start_factor", fmin(1, fmax(data->y[0] / p.top, 1e-8)));
    fit_set(&warmup, "total_iters", fmax(1, from - data->natural));
    fall->from = from;
    if (!fall->ends)
        guess_end(data, &p);
    fit_append(&trial, &warmup, data->natural);
    append_fall(&trial, &p, fall);
    for (size_t i = 0; i < trial.schedule.part_count; i++)
        trial.schedule.parts[i].param[0] = p.top;
    trial.excess = supposed_excess * line_limit;
    if (schedule_check(&trial.schedule, &why))
        return;
    search->best = trial;
    search->limit = line_limit;
    search->found = true;
}
