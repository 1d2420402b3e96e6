/* Whether the validation loss has come back up, while the training loss fell on. */
#include "core/diagnose/rules.h"

#include <math.h>

#define RISE_POINTS_MIN 5
/* A sharp rise is looked for in medians of three, a steady one in those of 1/10. */
#define RISE_SHARP_POINTS 3
#define RISE_STEADY_PARTS 10
/* A window of a long run moves on by half of itself. */
#define RISE_STRIDES 2
/* Fewer jumps than this since the lowest level say little about their size. */
#define RISE_JUMPS_MIN 8
#define TRAIN_PARTS    20

/* The lowest median of `size` points, where, and the median of the last ones. */
struct levels {
    double lowest, now;
    size_t at; /* the middle of the window with the lowest */
};

static double median_of_three(const double *v)
{
    return fmax(fmin(v[0], v[1]), fmin(fmax(v[0], v[1]), v[2]));
}

static struct levels levels_of(const struct curve *curve, size_t size, double *scratch)
{
    size_t last = curve->at.count - size, stride = (size - 1) / RISE_STRIDES + 1;
    struct levels found = {.lowest = INFINITY};
    for (size_t i = 0; i < last + stride; i += stride) {
        size_t from = i < last ? i : last; /* the last window always counts */
        found.now = size == RISE_SHARP_POINTS ? median_of_three(curve->at.value + from)
                                              : curve_median(curve, from, size, scratch);
        if (!(found.now < found.lowest))
            continue;
        found.lowest = found.now;
        found.at = from + size / 2;
    }
    return found;
}

struct fall train_fall(const struct diagnose_context *context, int64_t since)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    if (train->at.count < RISE_SHARP_POINTS)
        return (struct fall){NAN, NAN};
    size_t size = curve_window(train->at.count, TRAIN_PARTS);
    size_t at = series_lower_bound(&train->at, since);
    at = at > size / 2 ? at - size / 2 : 0;
    if (at + size > train->at.count)
        at = train->at.count - size;
    double then = curve_median(train, at, size, context->scratch);
    double now = curve_median(train, train->at.count - size, size, context->scratch);
    double error = curve_error(train->noise, size);
    return (struct fall){curve_share(train, then - now, then),
                         error > 0 ? (then - now) / error : INFINITY};
}

/* The noise after the lowest level: what came before is another question. */
static double noise_since(const struct curve *curve, size_t at, double *scratch)
{
    bool enough = curve->at.count - at >= RISE_JUMPS_MIN + 1;
    return enough ? curve_noise(curve, at - 1, scratch) : curve->noise;
}

static void take(const struct curve *val, const struct levels *levels, struct rise *out)
{
    out->level = levels->lowest;
    out->now = levels->now;
    out->level_step = val->at.step[levels->at];
    out->share = curve_share(val, out->now - out->level, out->level);
}

void rise_measure(const struct diagnose_context *context, struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    const struct limits *limits = context->limits;
    *out = (struct rise){.train_fall = NAN};
    size_t count = val->at.count;
    if (count < RISE_POINTS_MIN)
        return;
    out->judged = true;
    out->best = val->at.value[val->best];
    out->best_step = val->at.step[val->best];
    out->limit = val->positive ? limits->rise_share : limits->rise_range;
    size_t size = curve_window(count, RISE_STEADY_PARTS);
    struct levels steady = levels_of(val, size, context->scratch);
    take(val, &steady, out);
    out->risen = out->share > out->limit &&
                 curve_trend(val, steady.at, context->scratch) > limits->rise_trend;
    struct fall fall = train_fall(context, out->level_step);
    if (!out->risen) {
        struct levels sharp = levels_of(val, RISE_SHARP_POINTS, context->scratch);
        double noise = noise_since(val, sharp.at, context->scratch);
        double error = curve_error(noise, RISE_SHARP_POINTS);
        struct rise other = *out;
        take(val, &sharp, &other);
        if (other.share > out->limit &&
            other.now - other.level > limits->rise_errors * error) {
            *out = other;
            out->risen = true;
            fall = train_fall(context, out->level_step);
        }
    }
    out->train_fall = fall.share;
    out->trained_on = isnan(fall.share) || (fall.share > limits->rise_train_share &&
                                            fall.errors > limits->rise_train_errors);
}
