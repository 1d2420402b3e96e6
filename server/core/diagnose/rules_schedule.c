/* Rules about the learning rate against its schedule. out->schedule and out->deviation
   hold the reference when a rule runs. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdio.h>

#define BACK_POINTS 2 /* on the curve again, besides the last that was off */
#define PERCENT     100.0

const char *reference_name(const struct diagnosis *out)
{
    return schedule_name(&out->schedule);
}

static double reference_at(const struct diagnosis *out, int64_t step)
{
    double t = (double)(step - out->schedule_origin);
    return schedule_lr(&out->schedule, fmax(t, 0));
}

struct range {
    double low, high;
};

static struct range reference_range(const struct diagnosis *out, const struct series *lr)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < lr->count; i++) {
        double value = reference_at(out, lr->step[i]);
        range.low = fmin(range.low, value);
        range.high = fmax(range.high, value);
    }
    return range;
}

static struct range observed_range(const struct series *lr)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < lr->count; i++) {
        range.low = fmin(range.low, lr->value[i]);
        range.high = fmax(range.high, lr->value[i]);
    }
    return range;
}

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
        lr->count < CONSTANT_POINTS_MIN)
        return false;
    struct range own = observed_range(lr);
    if (own.high - own.low > CONSTANT_SPREAD_MAX * fabs(own.high))
        return false;
    struct range reference = reference_range(out, lr);
    return reference.high - reference.low > CONSTANT_REFERENCE_MIN * reference.high;
}

static void lr_constant(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!stands_still(context, out))
        return;
    const struct curve *lr = &context->curve[ROLE_LR];
    double value = lr->at.value[0], expected = reference_at(out, lr->last_step);
    struct finding *finding =
        finding_add(out, &rule_lr_constant, SEVERITY_WARNING, ROLE_LR);
    finding_span(finding, lr->at.step[0], lr->last_step);
    finding_say(finding,
                "The learning rate has stayed at %.4g for %zu points, though %s is "
                "declared, which would be at %.4g by %s %lld.",
                value, lr->at.count, reference_name(out), expected, context->unit,
                (long long)lr->last_step);
    finding_evidence(finding, "lr", value, "");
    finding_evidence(finding, "expected_lr", expected, "");
    finding_evidence(finding, "points", (double)lr->at.count, "");
    finding_advise(finding,
                   "Check that scheduler.step() is called, once per %s and after "
                   "optimizer.step().",
                   out->schedule.unit == SCHEDULE_STEP ? "batch" : "epoch");
    finding_advise(finding,
                   "Check that the scheduler holds the optimiser that trains, and "
                   "that the logged value is read from it "
                   "(scheduler.get_last_lr()).");
}

const struct rule rule_lr_constant = {
    "lr_constant", "Learning rate never changes",
    "The learning rate stands still while the declared schedule has come down by more "
    "than 6 % of its start.",
    lr_constant};

/* --- lr_abrupt --- */

#define ABRUPT_POINTS_MIN 5
/* A jump this large (as a share of the LR's range) within one logged interval. */
#define ABRUPT_JUMP 0.25
/* More of them than this share of the intervals are a schedule of its own. */
#define ABRUPT_SHARE_MAX 0.25
/* A wide gap in the log may hold any legal jump; no need to look at each step. */
#define ABRUPT_GAP_MAX 1024
/* Moving gradually: a change that is neither flat nor a jump. */
#define ABRUPT_FLAT 1e-6
/* A jump back to within this of the highest LR so far is a warm restart. */
#define ABRUPT_RESTART 0.03125
/* ... and so is any jump up from the lowest part of the range. */
#define ABRUPT_FLOOR 0.125
/* Points within which an excursion is over. */
#define ABRUPT_RETURN_MAX 3

struct jumps {
    size_t count;
    size_t at; /* index of the point after the largest */
    double largest;
};

static bool may_jump(const struct diagnosis *out, int64_t from, int64_t to)
{
    if (to - from > ABRUPT_GAP_MAX)
        return true;
    /* Logged one step late or early, the jump lies in the interval beside it. */
    for (int64_t step = from - 1; step <= to; step++) {
        double t = (double)(step - out->schedule_origin);
        if (t >= 0 && schedule_jumps(&out->schedule, t))
            return true;
    }
    return false;
}

/* Jumps that the reference does not have. */
static struct jumps jumps_off_reference(const struct diagnosis *out,
                                        const struct series *lr, double range)
{
    struct jumps found = {0};
    for (size_t i = 1; i < lr->count; i++) {
        double own = lr->value[i] - lr->value[i - 1];
        bool final_zero = i + 1 == lr->count && lr->value[i] == 0;
        if (!(fabs(own) > ABRUPT_JUMP * range) || final_zero)
            continue;
        double expected =
            reference_at(out, lr->step[i]) - reference_at(out, lr->step[i - 1]);
        if (!(fabs(own - expected) > ABRUPT_JUMP * range) ||
            may_jump(out, lr->step[i - 1], lr->step[i]))
            continue;
        found.count++;
        if (fabs(own) > found.largest) {
            found.largest = fabs(own);
            found.at = i;
        }
    }
    return found;
}

static bool is_gradual(const struct series *lr, size_t i, double range)
{
    if (i == 0 || i >= lr->count)
        return false;
    double change = fabs(lr->value[i] - lr->value[i - 1]);
    return change > ABRUPT_FLAT * range && change < ABRUPT_JUMP * range;
}

/* Up to the highest so far, or up from the floor: a warm restart, maybe a shrinking one.
 */
static bool is_restart(const struct series *lr, size_t i, double highest,
                       const struct range *own)
{
    double range = own->high - own->low, value = lr->value[i];
    return value > lr->value[i - 1] && value <= highest + ABRUPT_RESTART * range &&
           (value >= highest - ABRUPT_RESTART * range ||
            lr->value[i - 1] <= own->low + ABRUPT_FLOOR * range);
}

/* Back within a few points to about where it was before point i. */
static bool is_excursion(const struct series *lr, size_t i)
{
    double before = lr->value[i - 1], jump = fabs(lr->value[i] - before);
    for (size_t j = i + 1; j < lr->count && j <= i + ABRUPT_RETURN_MAX; j++) {
        if (fabs(lr->value[j] - before) <= ABRUPT_JUMP * jump)
            return true;
    }
    return false;
}

/* Without a declared reference a jump between flat stretches is a step, unless it goes
   above everything before, late in the run: no schedule does that. Where no schedule fits
   either, a jump out of a gradual movement on both sides, or one that comes back, is
   abrupt too. */
static struct jumps jumps_by_themselves(const struct series *lr, const struct range *own,
                                        bool fitted)
{
    struct jumps found = {0};
    double range = own->high - own->low, highest = lr->value[0];
    bool restarts = false;
    for (size_t i = 1; i < lr->count; i++) {
        double change = lr->value[i] - lr->value[i - 1];
        bool restart = is_restart(lr, i, highest, own);
        bool above = i > lr->count / 4 && lr->value[i] > highest + ABRUPT_JUMP * range;
        highest = fmax(highest, lr->value[i]);
        if (!(fabs(change) > ABRUPT_JUMP * range))
            continue;
        restarts |= restart;
        if (restart)
            continue;
        bool gradual = is_gradual(lr, i - 1, range) && is_gradual(lr, i + 1, range);
        if (!above && (fitted || (!gradual && !is_excursion(lr, i))))
            continue;
        found.count++;
        if (fabs(change) > found.largest) {
            found.largest = fabs(change);
            found.at = i;
        }
    }
    /* Cycles logged once in an epoch jump down as well as up. */
    return restarts ? (struct jumps){0} : found;
}

static struct jumps find_jumps(const struct diagnose_context *context,
                               const struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    struct jumps none = {0};
    if (lr->count < ABRUPT_POINTS_MIN || context->cause.kind != CAUSE_UNKNOWN)
        return none;
    struct range own = observed_range(lr);
    if (!(own.high > own.low))
        return none;
    struct jumps found = none;
    if (out->schedule_source != SCHEDULE_DECLARED)
        found = jumps_by_themselves(lr, &own, out->schedule_source == SCHEDULE_FITTED);
    else if (context->units_agree)
        found = jumps_off_reference(out, lr, own.high - own.low);
    bool rare = (double)found.count <= ABRUPT_SHARE_MAX * (double)lr->count;
    return rare ? found : none;
}

static void lr_abrupt(const struct diagnose_context *context, struct diagnosis *out)
{
    struct jumps jumps = find_jumps(context, out);
    if (!jumps.count)
        return;
    const struct series *lr = &context->curve[ROLE_LR].at;
    double before = lr->value[jumps.at - 1], after = lr->value[jumps.at];
    bool declared = out->schedule_source == SCHEDULE_DECLARED;
    struct finding *finding =
        finding_add(out, &rule_lr_abrupt, SEVERITY_WARNING, ROLE_LR);
    finding_span(finding, lr->step[jumps.at - 1], lr->step[jumps.at]);
    finding_say(finding, "The learning rate jumps from %.4g to %.4g at %s %lld%s%s.",
                before, after, context->unit, (long long)lr->step[jumps.at],
                declared ? ", where there is no jump in " : "",
                declared ? reference_name(out) : "");
    finding_evidence(finding, "at", (double)lr->step[jumps.at], context->unit);
    finding_evidence(finding, "lr_before", before, "");
    finding_evidence(finding, "lr_after", after, "");
    finding_evidence(finding, "jumps", (double)jumps.count, "");
    finding_advise(finding,
                   "Look for a second scheduler, a callback or a resume that sets "
                   "the learning rate.");
    finding_advise(finding, "If the jump is meant, declare the schedule that has it "
                            "(MultiStepLR, CosineAnnealingWarmRestarts).");
}

const struct rule rule_lr_abrupt = {
    "lr_abrupt", "Abrupt learning rate",
    "The learning rate changes by more than a quarter of its range within one logged "
    "interval in which its schedule has no step and no restart.",
    lr_abrupt};

/* --- lr_off_schedule --- */

/* Off the reference to the end; a single last row is a log's way of saying "done". */
static bool is_off(const struct diagnose_context *context, const struct diagnosis *out)
{
    const struct curve *lr = &context->curve[ROLE_LR];
    return out->schedule_source == SCHEDULE_DECLARED && out->deviation.leaves_at >= 0 &&
           lr->at.count && out->deviation.leaves_at < lr->at.step[lr->at.count - 1] &&
           !stands_still(context, out);
}

#define CAUSE_TEXT_MAX 160

static void describe_cause(const struct diagnose_context *context, char *text)
{
    const struct schedule_cause *cause = &context->cause;
    long long at = cause->at;
    switch (cause->kind) {
    case CAUSE_UNKNOWN:
        snprintf(text, CAUSE_TEXT_MAX, "none of the usual mistakes explains it");
        break;
    case CAUSE_RESUME:
        snprintf(text, CAUSE_TEXT_MAX,
                 "the curve starts again at %s %lld: last_epoch was probably lost at a "
                 "resume",
                 context->unit, at);
        break;
    case CAUSE_BASE_LR:
        snprintf(text, CAUSE_TEXT_MAX, "base_lr is %.4g in the run", cause->value);
        break;
    case CAUSE_ETA_MIN:
        snprintf(text, CAUSE_TEXT_MAX, "eta_min is %.4g in the run", cause->value);
        break;
    case CAUSE_PER_BATCH:
        snprintf(text, CAUSE_TEXT_MAX,
                 "the scheduler is stepped about %.0f times per %s, as if per batch",
                 cause->value, context->unit);
        break;
    case CAUSE_PER_EPOCH:
        snprintf(text, CAUSE_TEXT_MAX,
                 "the scheduler is stepped only once in about %.0f %ss", cause->value,
                 context->unit);
        break;
    case CAUSE_LENGTH:
        snprintf(text, CAUSE_TEXT_MAX, "%s is %.4g in the run", cause->param,
                 cause->value);
        break;
    case CAUSE_LATE_START:
        snprintf(text, CAUSE_TEXT_MAX, "the schedule started only at %s %lld",
                 context->unit, at);
        break;
    }
}

static void advise_cause(const struct diagnose_context *context, struct finding *finding)
{
    static const char *const advice[] = {
        [CAUSE_UNKNOWN] =
            "Look for a second scheduler, a warm-up or a callback that also "
            "sets the learning rate.",
        [CAUSE_RESUME] = "Save and load the scheduler's state_dict with the checkpoint.",
        [CAUSE_BASE_LR] =
            "Compare the optimiser's lr with the declared base_lr (scaled by "
            "the number of GPUs or the batch size?).",
        [CAUSE_ETA_MIN] = "Pass eta_min to the scheduler, or declare the one it uses.",
        [CAUSE_PER_BATCH] = "Call scheduler.step() once per epoch, or give its length in "
                            "batches and declare \"unit\": \"step\".",
        [CAUSE_PER_EPOCH] = "Call scheduler.step() after every batch, or give its length "
                            "in epochs.",
        [CAUSE_LENGTH] = "Pass the declared length to the scheduler, or declare the one "
                         "it uses.",
        [CAUSE_LATE_START] = "If a warm-up comes first, declare it as SequentialLR."};
    finding_advise(finding, "%s", advice[context->cause.kind]);
    finding_advise(finding,
                   "Log scheduler.get_last_lr()[0] once per %s, before "
                   "scheduler.step().",
                   context->unit);
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
    if (!is_off(context, out))
        return;
    bool explained = context->cause.kind != CAUSE_UNKNOWN;
    struct jumps jumps = find_jumps(context, out);
    const struct curve *lr = &context->curve[ROLE_LR];
    int64_t since = out->deviation.leaves_at;
    /* In another unit than x only a mistake that fits is evidence; and what one abrupt
       jump did is said already. */
    if (!explained && (!context->units_agree || jumps.count))
        return;
    size_t at = series_lower_bound(&lr->at, out->deviation.max_at);
    double observed = at < lr->at.count ? lr->at.value[at] : NAN;
    double expected = reference_at(out, out->deviation.max_at);
    char cause[CAUSE_TEXT_MAX];
    describe_cause(context, cause);
    struct finding *finding =
        finding_add(out, &rule_lr_off_schedule, SEVERITY_WARNING, ROLE_LR);
    bool back = is_back(context, out);
    int64_t until = back ? out->deviation.off_until : lr->last_step;
    finding_span(finding, since, until);
    char end[80] = "";
    if (back)
        snprintf(end, sizeof end, ", and is back on it after %s %lld", context->unit,
                 (long long)until);
    finding_say(finding,
                "The learning rate leaves %s at %s %lld (at %s %lld it is %.4g instead "
                "of %.4g)%s; %s.",
                reference_name(out), context->unit, (long long)since, context->unit,
                (long long)out->deviation.max_at, observed, expected, end, cause);
    finding_evidence(finding, "leaves_at", (double)since, context->unit);
    finding_evidence(finding, "largest_at", (double)out->deviation.max_at, context->unit);
    finding_evidence(finding, "observed_lr", observed, "");
    finding_evidence(finding, "expected_lr", expected, "");
    finding_evidence(finding, "deviation", PERCENT * out->deviation.max_relative, "%");
    finding_evidence(finding, "threshold", PERCENT * out->deviation.tolerance, "%");
    advise_cause(context, finding);
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
           !is_off(context, out) && !stands_still(context, out);
}
