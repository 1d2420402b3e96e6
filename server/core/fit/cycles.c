/* CyclicLR: straight up and down between two rates, over and over. */
#include "core/fit/least_squares.h"
#include "core/fit/tail.h"

#include <math.h>

static const double cycles_limit = 0.004;

enum { TRIANGULAR, TRIANGULAR2, EXP_RANGE };

/* What is asked of a trial. */
struct cycle {
    const struct fit_tail *tail;
    double origin, up, down;
    int mode;
    double gamma;
};

/* --- the peaks --- */

enum { PEAKS_MAX = 64 };

struct peaks {
    size_t at[PEAKS_MAX]; /* the highest point between two falls */
    size_t count;
};

static void find_peaks(const struct fit_data *data, struct peaks *peaks)
{
    size_t top = 0, bottom = 0;
    bool climbs = true;
    peaks->count = 0;
    for (size_t i = 1; i < data->count; i++) {
        double back = 0.05 * (data->y[top] - data->low);
        if (climbs && data->y[i] > data->y[top])
            top = i;
        if (climbs && data->y[i] < data->y[top] - back) {
            climbs = false;
            bottom = i;
            if (top > 0 && peaks->count < PEAKS_MAX)
                peaks->at[peaks->count++] = top;
        }
        if (!climbs && data->y[i] < data->y[bottom])
            bottom = i;
        if (!climbs && data->y[i] > data->y[bottom] + back) {
            climbs = true;
            top = i;
        }
    }
}

/* --- how well a cycle lies on the column --- */

static double height_at(const struct cycle *cycle, double t)
{
    double period = cycle->up + cycle->down;
    double n = floor(t / period), within = t - n * period;
    double height =
        within <= cycle->up ? within / cycle->up : (period - within) / cycle->down;
    if (cycle->mode == TRIANGULAR2)
        return height / pow(2, n);
    return cycle->mode == EXP_RANGE ? height * pow(cycle->gamma, t) : height;
}

/* What the two best rates leave over. */
static double residual(const struct cycle *cycle)
{
    const struct fit_tail *tail = cycle->tail;
    struct fit_amplitudes sums = {0};
    double a, b;
    for (size_t i = 0; i < tail->count; i++) {
        double height = height_at(cycle, fmax(0, tail->x[i] - cycle->origin));
        fit_amplitudes_add(&sums, height, 1, tail->y[i]);
    }
    return fit_amplitudes_both(&sums, &a, &b) ? fit_amplitudes_rest(&sums, true)
                                              : INFINITY;
}

static double squares(const struct fit_tail *tail)
{
    double sum = 0;
    for (size_t i = 0; i < tail->count; i++)
        sum += tail->y[i] * tail->y[i];
    return sum;
}

static double by_up(const struct fit_choice *choice, double up)
{
    struct cycle cycle = *(const struct cycle *)choice->with;
    cycle.down *= up / cycle.up;
    cycle.up = up;
    return residual(&cycle);
}

/* What is left of a peak one step later, as the share that a whole cycle loses. */
static double by_loss(const struct fit_choice *choice, double loss)
{
    struct cycle cycle = *(const struct cycle *)choice->with;
    cycle.gamma = pow(1 - loss, 1 / (cycle.up + cycle.down));
    return residual(&cycle);
}

static void offer(struct fit_search *search, const struct cycle *cycle)
{
    const struct fit_data *data = search->data;
    struct fit_trial trial = fit_trial_at(search, FIT_CYCLES, cycle->origin);
    struct schedule_part part = fit_part("CyclicLR");
    double up = rint(cycle->up), down = rint(cycle->down);
    fit_set(&part, "step_size_up", up);
    if (down != up)
        fit_set(&part, "step_size_down", down);
    fit_set(&part, "mode", cycle->mode);
    fit_set(&part, "gamma", cycle->gamma);
    fit_append(&trial, &part, cycle->origin);
    trial.free_floor = true;
    trial.covered = fmin(1, (fit_last_x(data) - cycle->origin) / (2 * (up + down)));
    fit_offer(search, &trial, cycles_limit);
}

static double by_share(const struct fit_choice *choice, double share)
{
    struct cycle cycle = *(const struct cycle *)choice->with;
    double whole = cycle.up + cycle.down;
    cycle.up = share * whole;
    cycle.down = whole - cycle.up;
    return residual(&cycle);
}

/* Around a first guess: length, share of the climb and loss in turn. */
static void refine(struct fit_search *search, struct cycle *cycle, double slack)
{
    bool even = cycle->up == cycle->down, loses = cycle->mode == EXP_RANGE;
    struct fit_choice choice = {by_up, search, cycle};
    for (int round = 0; round < (even ? 1 : 5) + 3 * loses; round++) {
        double low = fmax(1, cycle->up - slack), high = cycle->up + slack;
        choice.figure = by_up;
        double up = fit_least(&choice, low, high, pow(high / low, 0.1));
        double whole = (cycle->up + cycle->down) * up / cycle->up;
        cycle->down = whole - up;
        cycle->up = up;
        choice.figure = by_share;
        if (!even) {
            double share = cycle->up / whole;
            cycle->up =
                whole * fit_least(&choice, share / 1.3, fmin(0.95, 1.3 * share), 1.06);
            cycle->down = whole - cycle->up;
        }
        choice.figure = by_loss;
        if (loses)
            cycle->gamma = pow(1 - fit_least(&choice, 0.01, 0.95, 1.4), 1 / whole);
        if (round == 1 && residual(cycle) > 1e-3 * squares(cycle->tail))
            return;
    }
    offer(search, cycle);
}

/* Where straight pieces meet: the first three turns, at least two of them. */
static size_t find_turns(const struct fit_course *course, double turn[3])
{
    const struct fit_segment *before = NULL;
    size_t count = 0;
    for (size_t i = 0; i < course->count && count < 3; i++) {
        const struct fit_segment *next = &course->segments[i];
        if (next->last < next->first + 2)
            continue;
        if (before && before->slope * next->slope >= 0)
            return 0;
        if (before)
            turn[count++] = (before->at - next->at) / (next->slope - before->slope);
        before = next;
    }
    return count;
}

/* Up and down as long as the turns say, counted back to the first trough. */
static void offer_turns(struct fit_search *search, struct cycle *cycle)
{
    const struct fit_data *data = search->data;
    double turn[3], peak;
    size_t count = find_turns(search->course, turn);
    bool up_first = search->course->segments[0].slope > 0;
    if (count < (up_first ? 2u : 3u))
        return;
    if (up_first) {
        cycle->up = count > 2 ? turn[2] - turn[1] : turn[0] - data->natural;
        cycle->down = turn[1] - turn[0];
        peak = turn[0];
    } else {
        cycle->up = turn[1] - turn[0];
        cycle->down = turn[2] - turn[1];
        peak = turn[1];
    }
    double whole = cycle->up + cycle->down;
    double before = ceil((peak - cycle->up - data->natural - 1) / whole);
    cycle->origin = rint(peak - cycle->up - fmax(0, before) * whole);
    for (cycle->mode = TRIANGULAR; cycle->mode <= TRIANGULAR2; cycle->mode++)
        offer(search, cycle);
}

/* Whether the peaks follow each other at even distances. */
static bool are_regular(const struct fit_data *data, const struct peaks *peaks,
                        double slack)
{
    double period = data->x[peaks->at[1]] - data->x[peaks->at[0]];
    for (size_t i = 2; i < peaks->count; i++) {
        double way = data->x[peaks->at[i]] - data->x[peaks->at[i - 1]];
        if (fabs(way - period) > 2 * slack)
            return false;
    }
    return true;
}

void fit_cycles(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct fit_tail tail;
    struct peaks peaks;
    find_peaks(data, &peaks);
    if (fit_done(search, FIT_CYCLES) || !peaks.count)
        return;
    fit_take_tail(data, 0, data->count, &tail);
    struct cycle cycle = {.tail = &tail, .gamma = 1};
    offer_turns(search, &cycle);
    bool has_few_digits = data->digits || data->grid > 0;
    if (peaks.count < 2 || (data->exact && has_few_digits))
        return;
    double period = data->x[peaks.at[1]] - data->x[peaks.at[0]];
    double slack = period / 10 + data->x[1] - data->x[0];
    if (!are_regular(data, &peaks, slack))
        return;
    for (int choice = 0; choice < 18 && !fit_done(search, FIT_CYCLES); choice++) {
        int mode = choice % 3, shift = choice / 3 % 3;
        double origin = data->natural + (shift < 2 ? -shift : 1);
        double up = choice < 9 ? period / 2 : data->x[peaks.at[0]] - origin;
        cycle = (struct cycle){&tail, origin, up, period - up, mode, 1};
        if (up > 0 && up < period)
            refine(search, &cycle, slack);
    }
}
