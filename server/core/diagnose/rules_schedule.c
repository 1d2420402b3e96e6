/* Rules about the learning rate against its schedule. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdio.h>

#define BACK_POINTS 2 /* on the curve again, besides the last that was off */
#define PERCENT     100.0

/* --- lr_constant --- */

#define CONSTANT_POINTS_MIN 3
/* The reference has to have come this far down before standing still can be told. */
#define CONSTANT_REFERENCE_MIN 0.0625
/* Equal up to a rounded print. */
#define CONSTANT_SPREAD_MAX 1e-6

static bool stands_still(const struct diagnose_context *context,
                         const struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    if (out->schedule_source != SCHEDULE_DECLARED || !context->units_agree ||
        out->deviation.leaves_at < 0 || reference_is_unsure(context, out) ||
        lr->count < CONSTANT_POINTS_MIN)
        return false;
    struct lr_range own = lr_observed_range(lr);
    if (own.high - own.low > CONSTANT_SPREAD_MAX * fabs(own.high))
        return false;
    struct lr_range reference = reference_range(out, lr);
    return reference.high - reference.low > CONSTANT_REFERENCE_MIN * reference.high;
}

static void lr_constant(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!stands_still(context, out))
        return;
    const struct curve *lr = &context->curve[ROLE_LR];
    double value = lr->at.value[0], expected = reference_at(out, lr->last_step);
    struct schedule_cause cause = context->cause;
    if (cause.kind != CAUSE_WARMUP_MISSING)
        cause = (struct schedule_cause){CAUSE_NEVER_STEPPED, .used = NAN, .declared = NAN,
                                        .gain = 1, .at = -1};
    char words[CAUSE_TEXT_MAX];
    cause_describe(&cause, context, out, words);
    struct finding *finding =
        finding_add(out, &rule_lr_constant, SEVERITY_WARNING, ROLE_LR);
    finding_span(finding, lr->at.step[0], lr->last_step);
    finding_say(finding,
                "The learning rate has stayed at %.4g for %zu points, though %s is "
                "declared, which would be at %.4g by %s %lld; %s.",
                value, lr->at.count, reference_name(out), expected, context->unit,
                (long long)lr->last_step, words);
    finding_evidence(finding, "lr", value, "");
    finding_evidence(finding, "expected_lr", expected, "");
    finding_evidence(finding, "points", (double)lr->at.count, "");
    cause_tell(&cause, context, out, finding);
}

const struct rule rule_lr_constant = {
    "lr_constant", "Learning rate never changes",
    "The learning rate stands still while the declared schedule has come down by more "
    "than 6 % of its start.",
    lr_constant};

/* --- lr_off_schedule --- */

/* Off the reference to the end; a single last row is a log's way of saying "done". */
static bool is_off(const struct diagnose_context *context, const struct diagnosis *out)
{
    const struct curve *lr = &context->curve[ROLE_LR];
    return out->schedule_source == SCHEDULE_DECLARED && out->deviation.leaves_at >= 0 &&
           lr->at.count && out->deviation.leaves_at < lr->at.step[lr->at.count - 1] &&
           context->cause.kind != CAUSE_OTHER_UNIT &&
           !reference_is_unsure(context, out) && !stands_still(context, out);
}

/* Back on the reference, for long enough to believe it, though nothing explains why. */
static bool is_back(const struct diagnose_context *context, const struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    return context->cause.kind == CAUSE_UNKNOWN &&
           series_lower_bound(lr, out->deviation.off_until) + BACK_POINTS < lr->count;
}

static void lr_off_schedule(const struct diagnose_context *context, struct diagnosis *out)
{
    bool explained = context->cause.kind != CAUSE_UNKNOWN;
    /* In another unit than x only a mistake that fits is evidence; and what one abrupt
       jump did is said already. */
    if (!is_off(context, out) ||
        (!explained && (!context->units_agree || lr_jumps(context, out))))
        return;
    const struct curve *lr = &context->curve[ROLE_LR];
    const struct schedule_deviation *deviation = &out->deviation;
    size_t at = series_lower_bound(&lr->at, deviation->max_at);
    double observed = at < lr->at.count ? lr->at.value[at] : NAN;
    double expected = reference_at(out, deviation->max_at);
    char cause[CAUSE_TEXT_MAX], end[80] = "";
    cause_describe(&context->cause, context, out, cause);
    struct finding *finding =
        finding_add(out, &rule_lr_off_schedule, SEVERITY_WARNING, ROLE_LR);
    bool back = is_back(context, out);
    int64_t until = back ? deviation->off_until : lr->last_step;
    finding_span(finding, deviation->leaves_at, until);
    if (back)
        snprintf(end, sizeof end, ", and is back on it after %s %lld", context->unit,
                 (long long)until);
    finding_say(finding,
                "The learning rate leaves %s at %s %lld (at %s %lld it is %.4g instead "
                "of %.4g)%s; %s.",
                reference_name(out), context->unit, (long long)deviation->leaves_at,
                context->unit, (long long)deviation->max_at, observed, expected, end,
                cause);
    finding_evidence(finding, "leaves_at", (double)deviation->leaves_at, context->unit);
    finding_evidence(finding, "largest_at", (double)deviation->max_at, context->unit);
    finding_evidence(finding, "observed_lr", observed, "");
    finding_evidence(finding, "expected_lr", expected, "");
    finding_evidence(finding, "deviation", PERCENT * deviation->max_relative, "%");
    finding_evidence(finding, "threshold", PERCENT * deviation->tolerance, "%");
    cause_tell(&context->cause, context, out, finding);
}

const struct rule rule_lr_off_schedule = {
    "lr_off_schedule", "Learning rate off schedule",
    "The learning rate leaves its declared schedule for good; one step late or early is "
    "no fault. Names the mistake that explains every point, if one does.",
    lr_off_schedule};

bool reference_is_followed(const struct diagnose_context *context,
                           const struct diagnosis *out)
{
    return out->schedule_source != SCHEDULE_NONE && context->units_agree &&
           !reference_is_unsure(context, out) && !is_off(context, out) &&
           !stands_still(context, out);
}
