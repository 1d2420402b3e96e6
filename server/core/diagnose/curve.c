/* Figures of one curve: what the rules compare. All are robust: one wild value moves none
   of them. */
#include "core/diagnose/rules.h"
#include "core/stats.h"

#include <math.h>

#define HEAD_PARTS      50 /* head: the first 1/50 */
#define TAIL_PARTS      10 /* tail: the last 1/10 */
#define LOWEST_PARTS    20 /* lowest: windows of 1/20 */
#define WINDOW_MIN      3
#define SPREAD_QUANTILE 0.05
/* A half second difference of independent noise has 3/2 of its variance. */
#define SECOND_DIFFERENCE 1.5
/* The middle size of a normal jump, and the one at 3/4, in sigmas. */
#define MEDIAN_SIGMAS  0.67449
#define JUMPS_QUANTILE 0.75
#define JUMPS_SIGMAS   1.1503
/* The median of normal values has pi / 2 times the variance of their mean. */
#define MEDIAN_VARIANCE 1.5708
/* A regular log of 10 points begins at 1/10 of where it ends. */
#define START_PART 8
/* Above this a loss is as good as infinite; differences of what is below are finite. */
#define FINITE_MAX 1e300
/* A learning rate outside of this is none; products of what is inside are finite. */
#define LR_SMALLEST 1e-100
#define LR_LARGEST  1e100
/* A larger share says no more, and fills no sentence with digits. */
#define SHARE_MAX 1e6
/* Mann and Kendall compare each pair: more points than this are put together. */
#define TREND_POINTS_MAX 64

size_t curve_room(size_t count)
{
    return 2 * count;
}

size_t curve_window(size_t count, size_t parts)
{
    size_t size = (count + parts - 1) / parts;
    return size < WINDOW_MIN ? WINDOW_MIN : size;
}

double curve_median(const struct curve *curve, size_t from, size_t count, double *scratch)
{
    if (from >= curve->at.count)
        return NAN;
    size_t left = curve->at.count - from;
    return stats_median(curve->at.value + from, count < left ? count : left, scratch);
}

/* The sizes of the half second differences from index `from` on, to out; how many. */
static size_t jumps_of(const struct curve *curve, size_t from, double *out)
{
    const double *v = curve->at.value;
    size_t found = 0;
    for (size_t i = from + 1; i + 1 < curve->at.count; i++)
        out[found++] = fabs(v[i] - (v[i - 1] / 2 + v[i + 1] / 2));
    return found;
}

double curve_noise(const struct curve *curve, size_t from, double *scratch)
{
    if (curve->at.count < from + 4)
        return 0;
    size_t found = jumps_of(curve, from, scratch);
    return stats_median(scratch, found, scratch + found) /
           (MEDIAN_SIGMAS * sqrt(SECOND_DIFFERENCE));
}

/* The noise, and the jump that three of four are smaller than. */
static void measure_jumps(struct curve *curve, double *scratch)
{
    static const double q[2] = {0.5, JUMPS_QUANTILE};
    double found[2];
    if (curve->at.count < 4)
        return;
    size_t count = jumps_of(curve, 0, scratch);
    stats_quantiles(scratch, count, q, scratch + count, found);
    curve->noise = found[0] / (MEDIAN_SIGMAS * sqrt(SECOND_DIFFERENCE));
    curve->jumps = found[1] / (JUMPS_SIGMAS * sqrt(SECOND_DIFFERENCE));
}

double curve_error(double noise, size_t size)
{
    return noise * sqrt(2 * MEDIAN_VARIANCE / (double)size);
}

double curve_roughness(const struct curve *curve)
{
    if (curve->at.count < NOISE_POINTS_MIN)
        return NAN;
    return curve->spread > 0 ? curve->jumps / curve->spread : 0;
}

double curve_share(const struct curve *curve, double change, double from)
{
    double whole = curve->positive ? fabs(from) : curve->spread;
    if (change == 0 || whole == 0)
        return 0;
    return fmax(-SHARE_MAX, fmin(change / whole, SHARE_MAX));
}

double curve_trend(const struct curve *curve, size_t from, double *scratch)
{
    size_t count = curve->at.count > from ? curve->at.count - from : 0;
    if (count <= TREND_POINTS_MAX)
        return stats_kendall(curve->at.value + (count ? from : 0), count);
    double parts[TREND_POINTS_MAX];
    for (size_t i = 0; i < TREND_POINTS_MAX; i++) {
        size_t first = count * i / TREND_POINTS_MAX;
        size_t next = count * (i + 1) / TREND_POINTS_MAX;
        parts[i] = curve_median(curve, from + first, next - first, scratch);
    }
    return stats_kendall(parts, TREND_POINTS_MAX);
}

bool curve_shows_start(const struct curve *curve)
{
    return curve->at.count && curve->at.step[0] <= curve->last_step / START_PART;
}

static double lowest_median(const struct curve *curve, double *scratch)
{
    size_t size = curve_window(curve->at.count, LOWEST_PARTS), stride = size / 2;
    double lowest = INFINITY;
    for (size_t i = 0; i + size <= curve->at.count; i += stride)
        lowest = fmin(lowest, curve_median(curve, i, size, scratch));
    return isfinite(lowest) ? lowest : curve_median(curve, 0, size, scratch);
}

static bool is_finite(double value, enum role role)
{
    double size = fabs(value);
    if (role == ROLE_LR)
        return size == 0 || (size >= LR_SMALLEST && size <= LR_LARGEST);
    return size <= FINITE_MAX;
}

/* Splits the points into finite ones, copied to room, and the account of the others. */
static void separate(const struct series *series, enum role role, double *room,
                     struct curve *out)
{
    int64_t *step = (int64_t *)(void *)room;
    double *value = room + series->count;
    size_t count = 0, stretch = 0;
    for (size_t i = 0; i < series->count; i++) {
        if (is_finite(series->value[i], role)) {
            if (stretch > out->lost_longest)
                out->lost_longest = stretch;
            stretch = 0;
            step[count] = series->step[i];
            value[count++] = series->value[i];
            continue;
        }
        if (!out->lost++)
            out->lost_first = series->step[i];
        if (!stretch++)
            out->lost_from = series->step[i];
    }
    out->lost_tail = stretch;
    out->at = (struct series){step, value, count};
    if (series->count)
        out->last_step = series->step[series->count - 1];
}

static bool all_positive(const struct series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        if (!(series->value[i] > 0))
            return false;
    }
    return true;
}

static int sign_of(const struct history *history, enum role role)
{
    bool metric = role == ROLE_TRAIN_METRIC || role == ROLE_VAL_METRIC;
    return metric && history->val_metric_higher ? -1 : 1;
}

void curve_measure(struct diagnose_context *context, enum role role, double *room)
{
    struct curve *out = &context->curve[role];
    *out = (struct curve){.head = NAN, .tail = NAN, .lowest = NAN};
    separate(&context->history->curve[role], role, room, out);
    size_t count = out->at.count;
    if (!count)
        return;
    double *scratch = context->scratch;
    out->best = series_best(&out->at, sign_of(context->history, role));
    out->positive = all_positive(&out->at);
    out->head = curve_median(out, 0, count / HEAD_PARTS + !(count / HEAD_PARTS), scratch);
    size_t tail = curve_window(count, TAIL_PARTS);
    out->tail = curve_median(out, count > tail ? count - tail : 0, tail, scratch);
    out->lowest = lowest_median(out, scratch);
    measure_jumps(out, scratch);
    static const double q[2] = {SPREAD_QUANTILE, 1 - SPREAD_QUANTILE};
    double ends[2];
    stats_quantiles(out->at.value, count, q, scratch, ends);
    out->spread = ends[1] - ends[0];
}
