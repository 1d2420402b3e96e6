/* The rule about a learning rate that jumps. */
#include "core/diagnose/rules.h"

#include <math.h>

#define ABRUPT_POINTS_MIN 5
/* A jump this large (as a share of the LR's range) within one logged interval. */
#define ABRUPT_JUMP 0.25
/* More of them than this share of the intervals are a schedule of its own. */
#define ABRUPT_SHARE_MAX 0.25
/* A wide gap in the log may hold any legal jump; no need to look at each step. */
#define ABRUPT_GAP_MAX 1024
/* Steps that are looked at for a whole column; beyond it any interval may hold a jump. */
#define ABRUPT_LOOKS_MAX 16384
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

static bool may_jump(const struct diagnosis *out, int64_t from, int64_t to,
                     int64_t *looks)
{
    *looks -= to - from + 2;
    if (to - from > ABRUPT_GAP_MAX || *looks < 0)
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
    int64_t looks = ABRUPT_LOOKS_MAX;
    for (size_t i = 1; i < lr->count; i++) {
        double own = lr->value[i] - lr->value[i - 1];
        bool final_zero = i + 1 == lr->count && lr->value[i] == 0;
        if (!(fabs(own) > ABRUPT_JUMP * range) || final_zero)
            continue;
        double expected =
            reference_at(out, lr->step[i]) - reference_at(out, lr->step[i - 1]);
        if (!(fabs(own - expected) > ABRUPT_JUMP * range) ||
            may_jump(out, lr->step[i - 1], lr->step[i], &looks))
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
                       const struct lr_range *own)
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
static struct jumps jumps_by_themselves(const struct series *lr,
                                        const struct lr_range *own, bool fitted)
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
    struct lr_range own = lr_observed_range(lr);
    if (!(own.high > own.low))
        return none;
    struct jumps found = none;
    if (reference_is_unsure(context, out))
        found = jumps_by_themselves(lr, &own, true);
    else if (out->schedule_source != SCHEDULE_DECLARED)
        found = jumps_by_themselves(lr, &own, out->schedule_source == SCHEDULE_FITTED);
    else if (context->units_agree)
        found = jumps_off_reference(out, lr, own.high - own.low);
    bool rare = (double)found.count <= ABRUPT_SHARE_MAX * (double)lr->count;
    return rare ? found : none;
}

bool lr_jumps(const struct diagnose_context *context, const struct diagnosis *out)
{
    return find_jumps(context, out).count > 0;
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
