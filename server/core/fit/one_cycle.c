/* OneCycleLR: up, down, and down again, along cosines or lines whose ends lie between two
   steps. */
#include "core/fit/tail.h"

#include <math.h>

static const double one_cycle_limit = 0.004;

/* What is asked of a cycle. */
struct cycle {
    const struct fit_tail *tail; /* of all points */
    double origin, pct_start;
    bool linear, three_phase;
    double top, low, end; /* the amplitudes that fit best */
};

/* How much of the top, of the foot and of the end there is in the rate at t. */
static void mix(const struct cycle *cycle, double total, double t, double row[3])
{
    double up = cycle->pct_start * total - 1, from = 0, to = up;
    int high = 1, low = 0; /* of the phase: places in the row */
    row[0] = row[1] = row[2] = 0;
    if (t > up && (!cycle->three_phase || t > 2 * up)) { /* the last phase */
        from = cycle->three_phase ? 2 * up : up;
        to = total - 1;
        low = cycle->three_phase ? 1 : 0;
        high = 2;
    } else if (t > up) {
        from = up;
        to = 2 * up;
    }
    double share = fmin(1, fmax(0, (t - from) / (to - from)));
    if (!cycle->linear)
        share = 0.5 * (1 - cos(FIT_PI * share));
    bool climbing = t <= up;
    row[low] = climbing ? share : 1 - share;
    row[high] += climbing ? 1 - share : share;
}

static double residual_of(struct cycle *cycle, double total)
{
    const struct fit_tail *tail = cycle->tail;
    double m[3][4] = {{0}}, yy = 0, scale = tail->top;
    for (size_t i = 0; i < tail->count; i++) {
        double row[4];
        mix(cycle, total, fmax(0, tail->x[i] - cycle->origin), row);
        row[3] = tail->y[i] / scale;
        yy += row[3] * row[3];
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 4; k++)
                m[j][k] += row[j] * row[k];
        }
    }
    double right[3] = {m[0][3], m[1][3], m[2][3]};
    for (int j = 0; j < 3; j++)
        m[j][j] += 1e-9; /* a phase that was not seen */
    if (!fit_solve3(m))
        return INFINITY;
    double a[3];
    for (int j = 0; j < 3; j++) {
        a[j] = m[j][3] / m[j][j];
        yy -= a[j] * right[j];
    }
    cycle->top = a[0] * scale;
    cycle->low = a[1] * scale;
    cycle->end = a[2] * scale;
    return yy;
}

static double residual(const struct fit_choice *choice, double total)
{
    struct cycle cycle = *(const struct cycle *)choice->with;
    return residual_of(&cycle, total);
}

static void offer(struct fit_search *search, struct cycle *cycle, double total)
{
    const struct fit_data *data = search->data;
    residual_of(cycle, total);
    double seen = fit_last_x(data) - cycle->origin;
    bool last_seen = seen > 2 * cycle->pct_start * total + 0.05 * total;
    if (!(cycle->low > 0) || !(cycle->top > cycle->low) ||
        (cycle->three_phase && !last_seen))
        return;
    double final_div = cycle->end > 0 ? cycle->low / cycle->end : 1e4;
    const double final_divs[] = {1e4, final_div};
    for (size_t i = 0; i < 2 && !fit_done(search, FIT_ONE_CYCLE); i++) {
        struct fit_trial trial = fit_trial_at(search, FIT_ONE_CYCLE, cycle->origin);
        struct schedule_part part = fit_part("OneCycleLR");
        fit_set(&part, "total_steps", total);
        fit_set(&part, "pct_start", cycle->pct_start);
        fit_set(&part, "anneal_strategy", cycle->linear);
        fit_set(&part, "three_phase", cycle->three_phase);
        fit_set(&part, "div_factor", cycle->top / cycle->low);
        fit_set(&part, "final_div_factor", final_divs[i]);
        fit_append(&trial, &part, cycle->origin);
        trial.covered = fmin(1, seen / total);
        fit_offer(search, &trial, one_cycle_limit);
    }
}

/* The share with the fewest decimals that puts the peak where it is. */
static double round_share(double peak, double total)
{
    for (double unit = 10; unit <= 1e5; unit *= 10) {
        double share = rint(peak / total * unit) / unit;
        if (share > 0 && fabs(share * total - peak) < 0.02)
            return share;
    }
    return peak / total;
}

/* The fall tells how long it is and where the peak was: the rest follows. */
static void try_fall(struct fit_search *search, const struct fit_tail *all, size_t peak)
{
    const struct fit_data *data = search->data;
    struct fit_sinusoid wave;
    struct fit_tail tail;
    fit_take_tail(data, peak + 1, data->count, &tail);
    if (!fit_find_sinusoid(search, &tail, &wave))
        return;
    for (int shift = 0; shift < 3 && !fit_done(search, FIT_ONE_CYCLE); shift++) {
        struct cycle cycle = {.tail = all};
        cycle.origin = data->natural + (shift < 2 ? -shift : 1);
        double up = wave.peak - cycle.origin, total = rint(up + wave.half + 1);
        cycle.pct_start = round_share(up + 1, total);
        if (up > 1 && total > up + 2)
            offer(search, &cycle, total);
    }
}

static double squares(const struct fit_tail *tail)
{
    double sum = 0;
    for (size_t i = 0; i < tail->count; i++)
        sum += tail->y[i] / tail->top * tail->y[i] / tail->top;
    return sum;
}

/* Shares that people choose; the peak then tells the rest, about. Returns whether any of
   them comes near the column. */
static bool try_shares(struct fit_search *search, struct cycle *cycle, size_t peak)
{
    static const double shares[] = {0.3, 0.25, 0.2, 0.1, 0.05, 0.4, 0.5};
    const struct fit_data *data = search->data;
    struct fit_choice choice = {residual, search, cycle};
    double seen = fit_last_x(data) - cycle->origin;
    bool near = false;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double about = (data->x[peak] - cycle->origin + 1) / shares[i];
        if (1.25 * about < seen)
            continue;
        cycle->pct_start = shares[i];
        double low = fmax(0.8 * about, seen);
        double total = rint(fit_least(&choice, low, 1.25 * about, 1.05));
        near |= residual(&choice, total) < 1e-3 * squares(cycle->tail);
        offer(search, cycle, total);
        if (fit_done(search, FIT_ONE_CYCLE))
            return true;
    }
    return near;
}

void fit_one_cycle(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct fit_tail all;
    size_t peak = 0;
    while (peak + 1 < data->count && data->y[peak + 1] >= data->y[peak])
        peak++;
    if (fit_done(search, FIT_ONE_CYCLE) || search->course->held || peak < 2 ||
        data->count - peak < 4 || data->y[peak] < data->high ||
        !(data->y[0] < data->high)) /* no climb */
        return;
    fit_take_tail(data, 0, data->count, &all);
    try_fall(search, &all, peak);
    int forms = data->averaged ? 0 : 3; /* nobody logs its mean */
    for (int form = 0; form < forms && !fit_done(search, FIT_ONE_CYCLE); form++) {
        struct cycle cycle = {.tail = &all,
                              .origin = data->natural,
                              .three_phase = form > 0,
                              .linear = form == 2};
        bool near = try_shares(search, &cycle, peak);
        for (int shift = -1; near && shift <= 1; shift += 2) {
            cycle.origin = data->natural + shift;
            if (!fit_is_rounded(data) && !fit_done(search, FIT_ONE_CYCLE))
                try_shares(search, &cycle, peak);
        }
    }
}
