/* Whether the validation loss has come back up, while the training loss fell on. */
#include "core/diagnose/rules.h"

#include <math.h>

#define RISE_POINTS_MIN 5
/* A sharp rise is looked for in medians of three, a steady one in those of 1/16. */
#define RISE_SHARP_POINTS 3
#define RISE_STEADY_PARTS 16
/* A window of a long run moves on by half of itself. */
#define RISE_STRIDES 2
/* Fewer jumps than this since the lowest level say little about their size. */
#define RISE_JUMPS_MIN 8
#define TRAIN_PARTS    20

/* The medians of `size` points along a curve. */
struct levels {
    double lowest, now;
    double wander; /* how far they went up and came back before the lowest, or came down
                      again after it, whichever is more */
    size_t at;     /* the middle of the window with the lowest */
};

static double median_of_three(const double *v)
{
    return fmax(fmin(v[0], v[1]), fmin(fmax(v[0], v[1]), v[2]));
}

/* What a walk along the levels has seen. */
struct walk {
    double peak;  /* the highest since the lowest */
    double down;  /* the furthest below a peak since the lowest */
    double there; /* the highest peak that a new lowest took back, above the old one */
};

static void walk_on(struct walk *walk, struct levels *levels, size_t middle)
{
    if (!(levels->now < levels->lowest)) {
        walk->peak = fmax(walk->peak, levels->now);
        walk->down = fmax(walk->down, walk->peak - levels->now);
        return;
    }
    if (isfinite(levels->lowest))
        walk->there = fmax(walk->there, walk->peak - levels->lowest);
    walk->down = 0;
    walk->peak = levels->lowest = levels->now;
    levels->at = middle;
}

static struct levels levels_of(const struct curve *curve, size_t size, double *scratch)
{
    size_t last = curve->at.count - size, stride = (size - 1) / RISE_STRIDES + 1;
    struct levels found = {.lowest = INFINITY};
    struct walk walk = {0};
    for (size_t i = 0; i < last + stride; i += stride) {
        size_t from = i < last ? i : last; /* the last window always counts */
        found.now = size == RISE_SHARP_POINTS ? median_of_three(curve->at.value + from)
                                              : curve_median(curve, from, size, scratch);
        walk_on(&walk, &found, from + size / 2);
    }
    found.wander = fmax(walk.there, walk.down);
    return found;
}

/* Sigma of the jumps between medians of `size` points that lie side by side. Where the
   points are independent it is less than theirs; where they hang together it is not. */
static double level_noise(const struct diagnose_context *context, size_t size)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    double *level = context->scratch + context->longest;
    struct curve levels = {.at = {.value = level}};
    for (size_t i = val->at.count % size; i < val->at.count; i += size)
        level[levels.at.count++] = curve_median(val, i, size, context->scratch);
    return curve_noise(&levels, 0, context->scratch);
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

/* What the share has to exceed. While a run goes on: a rise that is young has come fast,
   and little of it is enough; few evaluations have not shown yet how the loss wanders. */
static double limit_of(const struct diagnose_context *context, size_t lowest_at)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    const struct limits *limits = context->limits;
    if (!val->positive)
        return limits->rise_range;
    if (context->complete)
        return limits->rise_share;
    double count = (double)val->at.count, age = (count - (double)lowest_at) / count;
    double young = fmax(limits->rise_young, limits->rise_pace * age);
    double few = fmin(limits->rise_few_share, limits->rise_few / count);
    return fmax(few, fmin(young, limits->rise_share));
}

/* Fills in the rise from the lowest level; whether it is beyond its limit, and far or
   much more than the loss has wandered. */
static bool take(const struct diagnose_context *context, const struct levels *levels,
                 struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    out->level = levels->lowest;
    out->now = levels->now;
    out->level_step = val->at.step[levels->at];
    out->share = curve_share(val, out->now - out->level, out->level);
    out->limit = limit_of(context, levels->at);
    bool far = val->positive && out->share > context->limits->rise_far;
    bool wanders = out->now - out->level <= context->limits->rise_wander * levels->wander;
    return out->share > out->limit && (far || !wanders);
}

/* All evaluations since the lowest level climb, and by more than the levels jump. */
static bool rises_steadily(const struct diagnose_context *context, struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    const struct limits *limits = context->limits;
    size_t size = curve_window(val->at.count, RISE_STEADY_PARTS);
    struct levels levels = levels_of(val, size, context->scratch);
    return take(context, &levels, out) &&
           curve_trend(val, levels.at, context->scratch) > limits->rise_trend &&
           out->now - out->level > limits->rise_errors * level_noise(context, size);
}

/* The last three lie above the lowest three by more than the evaluations jump. */
static bool rises_sharply(const struct diagnose_context *context, struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    struct levels levels = levels_of(val, RISE_SHARP_POINTS, context->scratch);
    double noise = noise_since(val, levels.at, context->scratch);
    double error = curve_error(noise, RISE_SHARP_POINTS);
    return take(context, &levels, out) &&
           out->now - out->level > context->limits->rise_errors * error;
}

void rise_measure(const struct diagnose_context *context, struct rise *out)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    const struct limits *limits = context->limits;
    *out = (struct rise){.train_fall = NAN};
    if (val->at.count < RISE_POINTS_MIN)
        return;
    out->judged = true;
    out->best = val->at.value[val->best];
    out->best_step = val->at.step[val->best];
    out->risen = rises_steadily(context, out);
    struct rise sharp = *out;
    if (!out->risen && rises_sharply(context, &sharp)) {
        *out = sharp;
        out->risen = true;
    }
    struct fall fall = train_fall(context, out->level_step);
    out->train_fall = fall.share;
    out->trained_on = isnan(fall.share) || (fall.share > limits->rise_train_share &&
                                            fall.errors > limits->rise_train_errors);
}
