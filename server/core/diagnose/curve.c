/* Figures of one curve: what the rules compare. All are robust: one wild value moves none
   of them. */
#include "core/diagnose/rules.h"
#include "core/stats.h"

#include <math.h>

#define HEAD_PARTS      50 /* head: the first 1/50 */
#define TAIL_PARTS      10 /* tail: the last 1/10 */
#define LOWEST_PARTS    20 /* lowest: windows of 1/20 */
#define WINDOW_MIN      3  /* a median of fewer keeps outliers */
#define SPREAD_QUANTILE 0.05
/* A half second difference of independent noise has 3/2 of its variance. */
#define SECOND_DIFFERENCE 1.5

size_t curve_room(size_t count)
{
    return 2 * count;
}

static size_t window(size_t count, size_t parts)
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

double curve_noise(const struct curve *curve, size_t from, double *scratch)
{
    size_t count = curve->at.count;
    if (count < from + 4)
        return 0;
    const double *v = curve->at.value;
    size_t found = 0;
    for (size_t i = from + 1; i + 1 < count; i++)
        scratch[found++] = v[i] - (v[i - 1] + v[i + 1]) / 2;
    return stats_mad(scratch, found, scratch + found) / sqrt(SECOND_DIFFERENCE);
}

double curve_roughness(const struct curve *curve)
{
    if (curve->at.count < NOISE_POINTS_MIN)
        return NAN;
    return curve->spread > 0 ? curve->noise / curve->spread : 0;
}

double curve_share(const struct curve *curve, double change, double from)
{
    double whole = curve->positive ? fabs(from) : curve->spread;
    if (change == 0 || whole == 0)
        return 0;
    return change / whole;
}

static double lowest_median(const struct curve *curve, double *scratch)
{
    size_t size = window(curve->at.count, LOWEST_PARTS), stride = size / 2;
    double lowest = INFINITY;
    for (size_t i = 0; i + size <= curve->at.count; i += stride)
        lowest = fmin(lowest, curve_median(curve, i, size, scratch));
    return isfinite(lowest) ? lowest : curve_median(curve, 0, size, scratch);
}

/* Splits the points into finite ones, copied to room, and the account of the others. */
static void separate(const struct series *series, double *room, struct curve *out)
{
    int64_t *step = (int64_t *)(void *)room;
    double *value = room + series->count;
    size_t count = 0, stretch = 0;
    for (size_t i = 0; i < series->count; i++) {
        if (isfinite(series->value[i])) {
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

void curve_measure(const struct series *series, int sign, double *room,
                   const struct diagnose_context *context, struct curve *out)
{
    *out = (struct curve){.head = NAN, .tail = NAN, .lowest = NAN};
    separate(series, room, out);
    size_t count = out->at.count;
    if (!count)
        return;
    double *scratch = context->scratch;
    out->best = series_best(&out->at, sign);
    out->positive = all_positive(&out->at);
    out->head = curve_median(out, 0, count / HEAD_PARTS + !(count / HEAD_PARTS), scratch);
    size_t tail = window(count, TAIL_PARTS);
    out->tail = curve_median(out, count > tail ? count - tail : 0, tail, scratch);
    out->lowest = lowest_median(out, scratch);
    out->noise = curve_noise(out, 0, scratch);
    const double *v = out->at.value;
    out->spread = stats_quantile(v, count, 1 - SPREAD_QUANTILE, scratch) -
                  stats_quantile(v, count, SPREAD_QUANTILE, scratch);
}

/* --- has it come back up? --- */

/* Median of the last 1/10 above the minimum, as a share of it. 1.04 at the end of a run
   is right on 39 of 40 public labelled runs, 1.10 from epoch 20 on while it runs on 38 of
   40. In eighths of the way for losses that are not above zero, which have no ratio. */
#define RISE_AT_END    0.0390625
#define RISE_LIVE      0.1015625
#define RISE_EARLY     0.25
#define RISE_OF_SPREAD 0.125

/* The best of 25 to 100 noisy points lies 2 to 2.5 sigma below their level by chance: a
   rise within that is none. At the end one look is taken, during a run many. */
#define RISE_NOISES_AT_END 3.0
#define RISE_NOISES_LIVE   4.0

#define RISE_POINTS_AT_END 5
#define RISE_POINTS_EARLY  8
#define RISE_POINTS_LIVE   20

static double rise_limit(const struct diagnose_context *context)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    double limit = val->at.count < RISE_POINTS_LIVE ? RISE_EARLY : RISE_LIVE;
    if (context->complete)
        limit = val->at.count < NOISE_POINTS_MIN ? RISE_LIVE : RISE_AT_END;
    return val->positive ? limit : fmax(limit, RISE_OF_SPREAD);
}

/* How much the training loss fell after a step, as a share of its level there. */
static double train_fall(const struct diagnose_context *context, int64_t since)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    if (train->at.count < WINDOW_MIN)
        return NAN;
    size_t size = window(train->at.count, LOWEST_PARTS);
    size_t at = series_lower_bound(&train->at, since);
    at = at > size / 2 ? at - size / 2 : 0;
    if (at + size > train->at.count)
        at = train->at.count - size;
    double then = curve_median(train, at, size, context->scratch);
    double now = curve_median(train, train->at.count - size, size, context->scratch);
    return curve_share(train, then - now, then);
}

/* The level of the end, over no point before the best one: while a loss falls, its level
   lies above its best value, and has not risen for that. */
static double level_since_best(const struct curve *curve, double *scratch)
{
    size_t count = curve->at.count, size = window(count, TAIL_PARTS);
    size_t from = count > size ? count - size : 0;
    if (from < curve->best)
        from = curve->best;
    return curve_median(curve, from, count - from, scratch);
}

void rise_measure(const struct diagnose_context *context, struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    *out = (struct rise){.train_fall = NAN};
    size_t needed = context->complete ? RISE_POINTS_AT_END : RISE_POINTS_EARLY;
    if (val->at.count < needed)
        return;
    out->judged = true;
    out->best = val->at.value[val->best];
    out->best_step = val->at.step[val->best];
    out->now = level_since_best(val, context->scratch);
    out->share = curve_share(val, out->now - out->best, out->best);
    out->limit = rise_limit(context);
    bool many = val->at.count - val->best >= NOISE_POINTS_MIN;
    double noise = curve_noise(val, many ? val->best : 0, context->scratch);
    out->noises = noise > 0 ? (out->now - out->best) / noise : INFINITY;
    double noises = context->complete ? RISE_NOISES_AT_END : RISE_NOISES_LIVE;
    out->risen = out->share > out->limit && out->noises > noises;
    out->train_fall = train_fall(context, out->best_step);
}

/* --- is it noisy, has it blown up? --- */

/* A loss that moves less than this share of its level is flat: what is left are the last
   digits, and they always jump. */
#define FLAT_SPREAD 0.0009765625

bool curve_is_noisy(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    if (curve->positive && curve->spread < FLAT_SPREAD * curve->lowest)
        return false;
    return curve_roughness(curve) > (role == ROLE_TRAIN_LOSS ? ROUGH_TRAIN : ROUGH_VAL);
}

/* The end above 1.5 times the minimum caught every one of 9 injected faults; against the
   lowest median instead of the raw minimum that is 1.375. A quarter of the way back and
   4 sigma keep converged losses near zero, which double at nothing, out of it. */
#define BLOW_UP_RATIO  1.375
#define BLOW_UP_BACK   0.25
#define BLOW_UP_NOISES 4.0
/* Losses that are not above zero have no ratio: half of the way back. */
#define BLOW_UP_BACK_ONLY 0.5
/* Few points say little about the noise: only a plain explosion counts. */
#define BLOW_UP_POINTS_MIN   5
#define BLOW_UP_POINTS_NOISE 12
#define BLOW_UP_RATIO_FEW    3.0
/* In a long run the last tenth is late: 16 points at 3 times the level are enough. */
#define BLOW_UP_POINTS_SHORT 16

static bool far_above(const struct curve *curve, double now, double ratio)
{
    double up = now - curve->lowest;
    double way = fmax(curve->head - curve->lowest, 0);
    if (!curve->positive)
        return up > BLOW_UP_BACK_ONLY * way && up > 0;
    return now > ratio * curve->lowest && up > BLOW_UP_BACK * way;
}

static bool level_blown(const struct curve *curve, double *scratch)
{
    size_t count = curve->at.count;
    if (count < BLOW_UP_POINTS_MIN)
        return false;
    if (count < BLOW_UP_POINTS_NOISE)
        return far_above(curve, curve->tail, BLOW_UP_RATIO_FEW) &&
               far_above(curve, curve->at.value[count - 1], BLOW_UP_RATIO_FEW);
    double limit = BLOW_UP_NOISES * curve->noise;
    if (curve->tail - curve->lowest > limit &&
        far_above(curve, curve->tail, BLOW_UP_RATIO))
        return true;
    if (count < TAIL_PARTS * BLOW_UP_POINTS_SHORT)
        return false;
    double now =
        curve_median(curve, count - BLOW_UP_POINTS_SHORT, BLOW_UP_POINTS_SHORT, scratch);
    return now - curve->lowest > 2 * limit && far_above(curve, now, BLOW_UP_RATIO_FEW);
}

enum blow_up curve_blow_up(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    /* A log that writes NaN for "not measured" has had such stretches before. */
    if (curve->lost_tail > curve->lost_longest)
        return BLOW_UP_NONFINITE;
    /* A rising validation loss alone is overfitting. */
    if (role == ROLE_TRAIN_LOSS && level_blown(curve, context->scratch))
        return BLOW_UP_LEVEL;
    return BLOW_UP_NONE;
}
