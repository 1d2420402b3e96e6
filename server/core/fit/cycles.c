/* CyclicLR: up and down between two rates, over and over. */
#include "core/fit/trial.h"

#include <math.h>

static const double cycles_limit = 0.006;

enum { TURNS_MAX = 32 };
enum { TRIANGULAR, TRIANGULAR2, EXP_RANGE };

/* Where it turns: peaks and troughs take turns, `up` says which the first is. */
struct turns {
    double x[TURNS_MAX], y[TURNS_MAX];
    size_t count;
    bool up; /* it climbs to the first turn */
};

static bool is_short(const struct fit_segment *segment)
{
    return segment->last < segment->first + 2;
}

/* From straight pieces: the corners at which they meet. */
static bool find_corners(const struct fit_search *search, struct turns *turns)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    const struct fit_segment *before = NULL;
    for (size_t i = 0; i < course->count; i++) {
        const struct fit_segment *next = &course->segments[i];
        double rise = fit_rise(data, next);
        if (is_short(next))
            continue;
        if (rise == 0 || (before && rise * before->slope > 0) ||
            turns->count == TURNS_MAX)
            return false;
        if (before) {
            double x = (before->at - next->at) / (next->slope - before->slope);
            turns->x[turns->count] = x;
            turns->y[turns->count++] = next->at + next->slope * x;
        } else {
            turns->up = rise > 0;
        }
        before = next;
    }
    return turns->count >= 2;
}

/* From the points: the highest and lowest between changes of direction. */
static bool find_extremes(const struct fit_data *data, struct turns *turns)
{
    double direction = 0;
    for (size_t i = 1; i < data->count; i++) {
        double step = data->y[i] - data->y[i - 1];
        if (step == 0 || step * direction > 0)
            continue;
        if (direction != 0) {
            if (turns->count == TURNS_MAX)
                return false;
            turns->x[turns->count] = data->x[i - 1];
            turns->y[turns->count++] = data->y[i - 1];
        } else {
            turns->up = step > 0;
        }
        direction = step;
    }
    return turns->count >= 3;
}

/* Mean way from the turns of one kind to the next ones. */
static double mean_way(const struct turns *turns, bool from_peak)
{
    double sum = 0, n = 0;
    for (size_t i = turns->up == from_peak ? 0 : 1; i + 1 < turns->count; i += 2) {
        sum += turns->x[i + 1] - turns->x[i];
        n++;
    }
    return n > 0 ? sum / n : NAN;
}

/* What is asked of a trial. */
struct cycle {
    double trough, down_share, period, gamma;
    int mode;
};

static struct fit_trial build(const struct fit_search *search, const struct cycle *cycle,
                              double period)
{
    double natural = search->data->natural;
    double before = ceil((cycle->trough - natural - 1) / period);
    double origin = rint(cycle->trough - fmax(0, before) * period);
    struct fit_trial trial = fit_trial_at(search, FIT_CYCLES, origin);
    struct schedule_part part = fit_part("CyclicLR");
    double down = rint(period * cycle->down_share);
    fit_set(&part, "step_size_up", rint(period - down));
    if (down != rint(period - down))
        fit_set(&part, "step_size_down", down);
    fit_set(&part, "mode", cycle->mode);
    fit_set(&part, "gamma", cycle->gamma);
    fit_append(&trial, &part, origin);
    trial.free_floor = true;
    return trial;
}

/* How the heights of the peaks go on: as they are, halved, or by a factor. */
static void find_mode(const struct fit_data *data, const struct turns *turns,
                      struct cycle *cycle)
{
    size_t first = turns->up ? 0 : 1;
    cycle->mode = TRIANGULAR;
    cycle->gamma = 1;
    if (first + 2 >= turns->count)
        return;
    double ratio = (turns->y[first + 2] - data->low) / (turns->y[first] - data->low);
    if (ratio > 0.98)
        return;
    cycle->mode = fabs(ratio - 0.5) < 0.01 ? TRIANGULAR2 : EXP_RANGE;
    if (cycle->mode == EXP_RANGE)
        cycle->gamma = pow(ratio, 1 / (turns->x[first + 2] - turns->x[first]));
}

void fit_cycles(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct turns turns = {.count = 0};
    if (fit_done(search, FIT_CYCLES) ||
        !(search->course->straight ? find_corners(search, &turns)
                                   : find_extremes(data, &turns)))
        return;
    double up = mean_way(&turns, false), down = mean_way(&turns, true);
    if (isnan(up)) /* seen from a peak on: the climb is as long as the log says */
        up = turns.up ? turns.x[0] - data->natural : down;
    if (isnan(down))
        down = up;
    double trough = turns.up ? turns.x[0] - up : turns.x[0];
    struct cycle cycle = {.trough = trough,
                          .down_share = down / (up + down),
                          .period = up + down};
    find_mode(data, &turns, &cycle);
    struct fit_trial trial = build(search, &cycle, cycle.period);
    trial.covered = fmin(1, (data->x[data->count - 1] - trough) / (2 * cycle.period));
    fit_offer(search, &trial, cycles_limit);
}
