/* Whether a loss is noisy, whether it has blown up. */
#include "core/diagnose/rules.h"

#include <math.h>

/* The first points of a loss fall steeply, and what is a jump among ten is none among
   twenty: while a run goes on there is time to wait, unless the jumps are plain. */
#define NOISE_POINTS_LIVE 20

double rough_limit(const struct diagnose_context *context, enum role role)
{
    const struct limits *limits = context->limits;
    if (context->complete)
        return limits->rough;
    bool few = context->curve[role].at.count < NOISE_POINTS_LIVE;
    return few ? limits->rough_few_live : limits->rough_live;
}

/* What is left of a loss that does not move are the last digits, and they always jump. */
static bool is_flat(const struct diagnose_context *context, const struct curve *curve)
{
    const struct limits *limits = context->limits;
    double share = context->complete ? limits->rough_flat : limits->rough_flat_live;
    return curve->positive && curve->spread < share * curve->lowest;
}

bool curve_is_noisy(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    if (is_flat(context, curve) || (!context->complete && !curve_shows_start(curve)))
        return false;
    return curve_roughness(curve) > rough_limit(context, role);
}

/* Few points say little about the noise: only a plain explosion counts. */
#define BLOW_UP_POINTS_MIN   5
#define BLOW_UP_POINTS_NOISE 12
#define TAIL_PARTS           10
#define LAST_PARTS           20
/* In a long run the last tenth is late: 16 points at 3 times the level are enough. */
#define BLOW_UP_POINTS_SHORT 16

static bool far_above(const struct limits *limits, const struct curve *curve, double now,
                      double ratio)
{
    double up = now - curve->lowest;
    double way = fmax(curve->head - curve->lowest, 0);
    if (!curve->positive)
        return up > limits->blow_up_back_only * way && up > 0;
    return now > ratio * curve->lowest && up > limits->blow_up_back * way;
}

static bool level_blown(const struct limits *limits, const struct curve *curve,
                        double *scratch)
{
    double few = limits->blow_up_ratio_few;
    size_t count = curve->at.count;
    if (count < BLOW_UP_POINTS_MIN)
        return false;
    if (count < BLOW_UP_POINTS_NOISE)
        return far_above(limits, curve, curve->tail, few) &&
               far_above(limits, curve, curve->at.value[count - 1], few);
    double limit = limits->blow_up_noises * curve->noise;
    /* After a sudden fall the last tenth still lies high. */
    size_t last = curve_window(count, LAST_PARTS);
    double end = fmin(curve->tail, curve_median(curve, count - last, last, scratch));
    if (end - curve->lowest > limit &&
        far_above(limits, curve, end, limits->blow_up_ratio))
        return true;
    if (count < TAIL_PARTS * BLOW_UP_POINTS_SHORT)
        return false;
    double now =
        curve_median(curve, count - BLOW_UP_POINTS_SHORT, BLOW_UP_POINTS_SHORT, scratch);
    return now - curve->lowest > 2 * limit && far_above(limits, curve, now, few);
}

enum blow_up curve_blow_up(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    /* A log that writes NaN for "not measured" has had such stretches before. */
    if (curve->lost_tail > curve->lost_longest)
        return BLOW_UP_NONFINITE;
    /* A rising validation loss alone is overfitting. */
    if (role == ROLE_TRAIN_LOSS && level_blown(context->limits, curve, context->scratch))
        return BLOW_UP_LEVEL;
    return BLOW_UP_NONE;
}

/* Up to this share of the climb a point still lies at the level that was best. */
#define CLIMB_NEAR 0.125

int64_t blow_up_start(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    if (curve_blow_up(context, role) == BLOW_UP_NONFINITE)
        return curve->lost_from;
    size_t i = curve->at.count;
    double level = curve->lowest + CLIMB_NEAR * fmax(curve->tail - curve->lowest, 0);
    while (i > 1 && curve->at.value[i - 1] > level)
        i--;
    return curve->at.step[i ? i - 1 : 0];
}
