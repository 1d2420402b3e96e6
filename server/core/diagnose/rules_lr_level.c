/* Rules that hold the training loss against the level of the learning rate. They speak
   only where that has moved enough to tell. No labelled runs exist for them: the figures
   are chosen, strict, and give information where a healthy run could look alike. */
#include "core/diagnose/rules.h"

#include <math.h>

/* A part of a curve has to have this many points to be judged. */
#define PART_POINTS_MIN 12
/* "High" is above 1/2 of the highest learning rate, "low" below 1/8 of it. */
#define LR_HIGH 0.5
#define LR_LOW  0.125
/* A learning rate that may hold the loss where it is. */
#define STUCK_LR 0.0625
/* A difference of levels counts from 3 standard errors on. */
#define LEVEL_ERRORS 3.0
/* No trend: Mann and Kendall's z is above that. A clear fall: it is below -3. */
#define TREND_NONE  (-2.0)
#define TREND_CLEAR (-3.0)

static double lr_at(const struct diagnose_context *context, int64_t step)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    size_t next = series_lower_bound(lr, step + 1);
    return next ? lr->value[next - 1] : NAN;
}

/* Which points of the training loss were logged at which level of the learning rate. */
struct spans {
    double peak;                  /* the highest learning rate; NaN without one */
    size_t high_first, high_next; /* from the first high one to after the last */
    size_t low_until;             /* low up to here */
    size_t low_from, stuck_from;  /* from here on low, and stuck, to the end */
};

static struct spans spans_of(const struct diagnose_context *context)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    const struct series *train = &context->curve[ROLE_TRAIN_LOSS].at;
    size_t best = series_best(lr, -1), next = 0;
    struct spans out = {.peak = best < lr->count ? lr->value[best] : NAN,
                        .high_first = train->count,
                        .low_until = train->count};
    for (size_t i = 0; i < train->count; i++) {
        while (next < lr->count && lr->step[next] <= train->step[i])
            next++;
        double value = next ? lr->value[next - 1] : NAN;
        if (value >= LR_HIGH * out.peak) {
            out.high_first = out.high_first < i ? out.high_first : i;
            out.high_next = i + 1;
        }
        if (!(value <= LR_LOW * out.peak)) {
            out.low_until = out.low_until < i ? out.low_until : i;
            out.low_from = i + 1;
        }
        if (!(value <= STUCK_LR * out.peak))
            out.stuck_from = i + 1;
    }
    return out;
}

/* Points [from, to) of a curve; only its points and its noise are its own. */
static struct curve part_of(const struct diagnose_context *context, enum role role,
                            size_t from, size_t to)
{
    struct curve part = context->curve[role];
    from = from < to ? from : to;
    part.at = (struct series){part.at.step + from, part.at.value + from, to - from};
    part.noise = curve_noise(&part, 0, context->scratch);
    return part;
}

static double level_of(const struct diagnose_context *context, const struct curve *part)
{
    return curve_median(part, 0, part->at.count, context->scratch);
}

/* --- lr_too_high --- */

/* Risen: to twice where it began, and near the highest so far. */
#define RISEN_RATIO 2.0
#define RISEN_NEAR  0.75

static double highest_until(const struct series *lr, int64_t step)
{
    struct series before = series_slice(lr, 0, step);
    size_t best = series_best(&before, -1);
    return best < before.count ? before.value[best] : NAN;
}

static void advise_lower(const struct diagnose_context *context, double then,
                         struct finding *finding)
{
    const struct series *train = &context->curve[ROLE_TRAIN_LOSS].at;
    double fine = train->count
                      ? lr_at(context, train->step[context->curve[ROLE_TRAIN_LOSS].best])
                      : NAN;
    if (fine > 0 && fine < then)
        finding_advise(finding,
                       "Lower base_lr: the loss was best where the learning rate was "
                       "%.3g.",
                       fine);
    else
        finding_advise(finding, "Lower base_lr, by a factor of 3 to 10 to begin with.");
    finding_advise(finding, "Lengthen the warm-up, and clip gradients.");
}

/* The loss blew up where the learning rate had risen to. */
static bool blew_up_high(const struct diagnose_context *context, struct diagnosis *out)
{
    if (curve_blow_up(context, ROLE_TRAIN_LOSS) == BLOW_UP_NONE)
        return false;
    const struct series *lr = &context->curve[ROLE_LR].at;
    int64_t since = blow_up_start(context, ROLE_TRAIN_LOSS);
    double then = lr_at(context, since), first = lr->value[0];
    if (since > context->curve[ROLE_LR].last_step || !(then >= RISEN_RATIO * first) ||
        !(then >= RISEN_NEAR * highest_until(lr, since)))
        return false;
    struct finding *finding =
        finding_add(out, &rule_lr_too_high, SEVERITY_WARNING, ROLE_LR);
    finding_span(finding, since, context->curve[ROLE_TRAIN_LOSS].last_step);
    finding_say(finding,
                "The training loss blew up at %s %lld, where the learning rate had risen "
                "from %.3g to %.3g: that is too high.",
                context->unit, (long long)since, first, then);
    finding_evidence(finding, "since", (double)since, context->unit);
    finding_evidence(finding, "lr_then", then, "");
    finding_evidence(finding, "lr_first", first, "");
    advise_lower(context, then, finding);
    return true;
}

/* The points of the training loss while the learning rate was high, and after it had
   come down to low. */
struct high_low {
    struct curve high, low;
    double lr_high, lr_low; /* what that means */
};

static bool find_high_low(const struct diagnose_context *context,
                          const struct spans *spans, struct high_low *out)
{
    size_t count = context->curve[ROLE_TRAIN_LOSS].at.count;
    if (spans->high_next < spans->high_first + PART_POINTS_MIN ||
        count < spans->low_from + PART_POINTS_MIN)
        return false;
    *out = (struct high_low){part_of(context, ROLE_TRAIN_LOSS, spans->high_first,
                                     spans->high_next),
                             part_of(context, ROLE_TRAIN_LOSS, spans->low_from, count),
                             LR_HIGH * spans->peak, LR_LOW * spans->peak};
    return true;
}

/* Jumps while high are this many times those while low, in shares of the level. */
#define JUMPS_RATIO 2.0
/* What the loss gained by coming down: this share of its level at least. */
#define GAIN_MIN 0.125

static void jumps_high(const struct diagnose_context *context, struct diagnosis *out)
{
    struct spans spans = spans_of(context);
    struct high_low parts;
    if (!context->curve[ROLE_TRAIN_LOSS].positive ||
        !find_high_low(context, &spans, &parts))
        return;
    double high = level_of(context, &parts.high), low = level_of(context, &parts.low);
    double error = curve_error(parts.high.noise, parts.high.at.count);
    if (curve_trend(&parts.high, 0, context->scratch) < TREND_NONE ||
        !(high - low > GAIN_MIN * high) || !(high - low > LEVEL_ERRORS * error) ||
        !(parts.high.noise / high > JUMPS_RATIO * parts.low.noise / low))
        return;
    struct finding *finding = finding_add(out, &rule_lr_too_high, SEVERITY_INFO, ROLE_LR);
    const struct series *at = &parts.high.at;
    finding_span(finding, at->step[0], at->step[at->count - 1]);
    finding_say(finding,
                "While the learning rate was above %.3g the training loss jumped by %.3g "
                "from point to point and did not fall; below %.3g it came down from %.4g "
                "to %.4g, with jumps of %.3g.",
                parts.lr_high, parts.high.noise, parts.lr_low, high, low,
                parts.low.noise);
    finding_evidence(finding, "lr_high", parts.lr_high, "");
    finding_evidence(finding, "level_high", high, "");
    finding_evidence(finding, "noise_high", parts.high.noise, "");
    finding_evidence(finding, "lr_low", parts.lr_low, "");
    finding_evidence(finding, "level_low", low, "");
    finding_evidence(finding, "noise_low", parts.low.noise, "");
    finding_advise(finding, "Try a lower base_lr, or let it fall earlier: what it gained "
                            "came at low values.");
}

static void lr_too_high(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!context->curve[ROLE_LR].at.count)
        return;
    if (!blew_up_high(context, out))
        jumps_high(context, out);
}

const struct rule rule_lr_too_high = {
    "lr_too_high", "Learning rate too high",
    "The loss blew up where the learning rate had risen to twice its start; as "
    "information when it jumped and did not fall while the learning rate was above half "
    "of its highest, and came down with it.",
    lr_too_high};

/* --- lr_too_low --- */

/* Low for the last quarter of the run. */
#define STUCK_PARTS 4
/* Stuck: less than 1/64 of its level since, and still above this share of the first. */
#define STUCK_GAIN_MAX 0.015625
#define STUCK_LEFT     0.25

/* The loss fell until the learning rate was low, and has not since. */
static bool stuck_low(const struct diagnose_context *context, const struct spans *spans,
                      struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    double limit = STUCK_LR * spans->peak;
    size_t count = train->at.count, from = spans->stuck_from, left = count - from;
    if (left < PART_POINTS_MIN || left < count / STUCK_PARTS || from < left ||
        !train->positive || !(train->tail > STUCK_LEFT * train->head))
        return false;
    struct curve before = part_of(context, ROLE_TRAIN_LOSS, from - left, from);
    struct curve after = part_of(context, ROLE_TRAIN_LOSS, from, count);
    size_t third = left / 3;
    double then = curve_median(&after, 0, third, context->scratch);
    double now = curve_median(&after, left - third, third, context->scratch);
    if (!(curve_trend(&before, 0, context->scratch) < TREND_CLEAR) ||
        !(curve_trend(&after, 0, context->scratch) > TREND_NONE) ||
        !(then - now < STUCK_GAIN_MAX * then))
        return false;
    struct finding *finding = finding_add(out, &rule_lr_too_low, SEVERITY_INFO, ROLE_LR);
    int64_t since = train->at.step[from];
    finding_span(finding, since, context->curve[ROLE_TRAIN_LOSS].last_step);
    finding_say(finding,
                "Training loss still fell when the learning rate came below %.3g at %s "
                "%lld, and has stood at %.4g since: the learning rate may be too low for "
                "it to move on.",
                limit, context->unit, (long long)since, now);
    finding_evidence(finding, "since", (double)since, context->unit);
    finding_evidence(finding, "lr_limit", limit, "");
    finding_evidence(finding, "level_then", then, "");
    finding_evidence(finding, "level_now", now, "");
    finding_advise(finding, "Let the learning rate fall later, or to a higher floor "
                            "(eta_min).");
    finding_advise(finding, "If this is as good as the task gets, stop earlier.");
    return true;
}

/* A warm-up that takes this part of the run, and over which the rate of the fall grows at
   least so. */
#define SLOW_PARTS 4
#define SLOW_RATE  4.0

/* How much the loss falls per step, from the first to the last third of a part, and
   whether out of its noise. */
struct rate {
    double fall;
    bool clear;
};

static struct rate rate_of(const struct diagnose_context *context,
                           const struct curve *part)
{
    size_t third = part->at.count / 3, last = part->at.count - third;
    double first = curve_median(part, 0, third, context->scratch);
    double now = curve_median(part, last, third, context->scratch);
    double steps = (double)(part->at.step[last] - part->at.step[0]);
    return (struct rate){(first - now) / steps,
                         first - now > LEVEL_ERRORS * curve_error(part->noise, third)};
}

/* Until the learning rate had risen the loss hardly fell. */
static void slow_start(const struct diagnose_context *context, const struct spans *spans,
                       struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    size_t count = train->at.count, low = spans->low_until;
    if (low < PART_POINTS_MIN || low < count / SLOW_PARTS || count - low < low)
        return;
    struct curve slow = part_of(context, ROLE_TRAIN_LOSS, 0, low);
    struct curve fast = part_of(context, ROLE_TRAIN_LOSS, low, 2 * low);
    struct rate then = rate_of(context, &slow), later = rate_of(context, &fast);
    if (!later.clear || !(later.fall > SLOW_RATE * fmax(then.fall, 0)))
        return;
    struct finding *finding = finding_add(out, &rule_lr_too_low, SEVERITY_INFO, ROLE_LR);
    finding_span(finding, train->at.step[0], train->at.step[low - 1]);
    finding_say(
        finding,
        "Until %s %lld the learning rate was below %.3g and training loss fell by "
        "%.3g per %s; after that by %.3g: so low a learning rate lost time.",
        context->unit, (long long)train->at.step[low - 1], LR_LOW * spans->peak,
        then.fall, context->unit, later.fall);
    finding_evidence(finding, "until", (double)train->at.step[low - 1], context->unit);
    finding_evidence(finding, "lr_limit", LR_LOW * spans->peak, "");
    finding_evidence(finding, "fall_before", then.fall, "");
    finding_evidence(finding, "fall_after", later.fall, "");
    finding_advise(finding, "Shorten the warm-up, or start it higher.");
}

static void lr_too_low(const struct diagnose_context *context, struct diagnosis *out)
{
    struct spans spans = spans_of(context);
    if (spans.peak > 0 && !stuck_low(context, &spans, out))
        slow_start(context, &spans, out);
}

const struct rule rule_lr_too_low = {
    "lr_too_low", "Learning rate too low",
    "Training loss stopped falling when the learning rate came below 1/16 of its "
    "highest, "
    "or fell a quarter as fast in a long warm-up below 1/8 of it as after.",
    lr_too_low};
