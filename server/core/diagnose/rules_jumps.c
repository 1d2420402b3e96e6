/* Rules about jumps in the losses: noise, spikes, blow-ups. docs/diagnosis.md says where
   each threshold comes from and what was measured. */
#include "core/diagnose/rules.h"

#include <math.h>

#define PERCENT 100.0

/* --- noisy_loss --- */

/* The noise follows the LR when both at least halve from the first to the last third. */
#define NOISE_FOLLOWS 0.5

struct noise_ends {
    double first, last;
};

static struct noise_ends noise_ends_of(const struct diagnose_context *context,
                                       enum role role)
{
    struct curve third = context->curve[role];
    size_t count = third.at.count / 3;
    double last = curve_noise(&third, third.at.count - count, context->scratch);
    third.at.count = count;
    return (struct noise_ends){curve_noise(&third, 0, context->scratch), last};
}

static bool noise_follows_lr(const struct diagnose_context *context,
                             const struct noise_ends *noise)
{
    const struct curve *lr = &context->curve[ROLE_LR];
    size_t third = lr->at.count / 3;
    if (!third || !(noise->first > 0))
        return false;
    double first = curve_median(lr, 0, third, context->scratch);
    double last = curve_median(lr, lr->at.count - third, third, context->scratch);
    return last < NOISE_FOLLOWS * first && noise->last < NOISE_FOLLOWS * noise->first;
}

/* The loss of single batches always jumps: worth knowing, not worth worry. */
static bool is_single_batches(const struct diagnose_context *context, enum role role)
{
    return role == ROLE_TRAIN_LOSS && context->history->counts_steps;
}

static void advise_noise(const struct diagnose_context *context, enum role role,
                         struct finding *finding)
{
    struct noise_ends noise = noise_ends_of(context, role);
    finding_evidence(finding, "noise_first_third", noise.first, "");
    finding_evidence(finding, "noise_last_third", noise.last, "");
    bool batches = is_single_batches(context, role);
    const struct curve *lr = &context->curve[ROLE_LR];
    bool constant = lr->at.count && lr->spread == 0 && lr->tail > 0;
    if (noise_follows_lr(context, &noise))
        finding_advise(finding,
                       "The jumps shrank from %.3g to %.3g as the learning rate fell: "
                       "start with a lower base_lr.",
                       noise.first, noise.last);
    else if (batches)
        finding_advise(finding, "Nothing to do while the smoothed curve comes down.");
    else if (constant)
        finding_advise(finding, "Let the learning rate fall (CosineAnnealingLR, say): it "
                                "stands still, and so do the jumps.");
    else
        finding_advise(finding, "Try a lower learning rate, or a longer warm-up.");
    if (role == ROLE_TRAIN_LOSS)
        finding_advise(finding, "Use a larger batch, accumulate gradients, or log the "
                                "mean of many batches.");
    else
        finding_advise(finding, "Evaluate on more samples, and in evaluation mode (batch "
                                "norm, dropout).");
    finding_advise(finding,
                   "Compare runs by their smoothed curves, not by single points.");
}

static void noisy_curve(const struct diagnose_context *context, enum role role,
                        struct diagnosis *out)
{
    const struct curve *curve = &context->curve[role];
    if (!curve_is_noisy(context, role))
        return;
    bool batches = is_single_batches(context, role);
    struct finding *finding =
        finding_add(out, &rule_noisy_loss, batches ? SEVERITY_INFO : SEVERITY_WARNING,
                    role);
    finding_span(finding, curve->at.step[0], curve->last_step);
    finding_say(finding,
                "The %s jumps by about %.4g from point to point, %.0f %% of its range "
                "(%.4g from the 5 %% to the 95 %% quantile)%s.",
                role_words[role], curve->jumps, PERCENT * curve_roughness(curve),
                curve->spread, batches ? ", as the loss of single batches does" : "");
    finding_evidence(finding, "noise", curve->jumps, "");
    finding_evidence(finding, "range", curve->spread, "");
    finding_evidence(finding, "noise_of_range", PERCENT * curve_roughness(curve), "%");
    finding_evidence(finding, "threshold", PERCENT * rough_limit(context, role), "%");
    advise_noise(context, role, finding);
}

static void noisy_loss(const struct diagnose_context *context, struct diagnosis *out)
{
    noisy_curve(context, ROLE_TRAIN_LOSS, out);
    noisy_curve(context, ROLE_VAL_LOSS, out);
}

const struct rule rule_noisy_loss = {
    "noisy_loss", "Noisy loss",
    "The jumps from point to point (slope left out; the size that three of four stay "
    "below, as a sigma) are more than 9.4 % of the range of the loss; while the run goes "
    "on 12.5 %, and 26.6 % below 20 points.",
    noisy_loss};

/* --- divergence --- */

static void say_nonfinite(const struct diagnose_context *context, enum role role,
                          struct diagnosis *out)
{
    const struct curve *curve = &context->curve[role];
    struct finding *finding = finding_add(out, &rule_divergence, SEVERITY_ERROR, role);
    finding_span(finding, blow_up_start(context, role), curve->last_step);
    if (curve->at.count)
        finding_say(finding,
                    "The %s has been NaN or infinite since %s %lld; its last number was "
                    "%.4g.",
                    role_words[role], context->unit, (long long)curve->lost_from,
                    curve->at.value[curve->at.count - 1]);
    else
        finding_say(finding, "The %s has been NaN or infinite from the start.",
                    role_words[role]);
    finding_evidence(finding, "since", (double)curve->lost_from, context->unit);
    finding_evidence(finding, "nonfinite_points", (double)curve->lost_tail, "");
}

static void say_blown_up(const struct diagnose_context *context, enum role role,
                         struct diagnosis *out)
{
    const struct curve *curve = &context->curve[role];
    struct finding *finding = finding_add(out, &rule_divergence, SEVERITY_ERROR, role);
    int64_t since = blow_up_start(context, role);
    double now = curve->at.value[curve->at.count - 1];
    finding_span(finding, since, curve->last_step);
    finding_say(finding,
                "The %s has blown up: %.4g at the end, after a level of %.4g until %s "
                "%lld.",
                role_words[role], now, curve->lowest, context->unit, (long long)since);
    finding_evidence(finding, "since", (double)since, context->unit);
    finding_evidence(finding, "lowest_level", curve->lowest, "");
    finding_evidence(finding, "level_now", curve->tail, "");
}

static void divergence(const struct diagnose_context *context, struct diagnosis *out)
{
    const enum role losses[] = {ROLE_TRAIN_LOSS, ROLE_VAL_LOSS};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        enum blow_up how = curve_blow_up(context, losses[i]);
        if (how == BLOW_UP_NONE)
            continue;
        if (how == BLOW_UP_NONFINITE)
            say_nonfinite(context, losses[i], out);
        else
            say_blown_up(context, losses[i], out);
        struct finding *finding = &out->findings[out->finding_count - 1];
        finding_advise(finding, "Go back to a checkpoint before %s %lld.", context->unit,
                       (long long)finding->from_step);
        finding_advise(finding,
                       "Lower base_lr or lengthen the warm-up, and clip gradients "
                       "(a norm of 1 is a usual start).");
        finding_advise(finding, "With fp16: use bf16, or check the loss scaling.");
    }
}

const struct rule rule_divergence = {
    "divergence", "Divergence",
    "The log ends with NaN or infinity, or training loss ends 1.375 times above its "
    "lowest level, a quarter of the way back and out of its noise.",
    divergence};

/* --- loss_spike --- */

#define SPIKE_POINTS_MIN 24
#define SPIKE_WINDOW     8 /* points before and after that tell the level */
/* A spike is this many sigma above the level around it, and this share of the range. */
#define SPIKE_NOISES 8.0
#define SPIKE_SPREAD 0.25
/* ... and this share of the level: in a flat loss a ripple is no spike. */
#define SPIKE_LEVEL 0.015625
/* Back when this share of the jump is gone. */
#define SPIKE_BACK 0.5
/* Many: more than one point in 64, at least 4. */
#define SPIKE_MANY_MIN 4
#define SPIKE_MANY_IN  64

struct spikes {
    size_t count, unrecovered;
    int64_t first, last;
    double largest; /* above the level before it */
    int64_t largest_at;
};

static double spike_limit(const struct curve *curve)
{
    double limit = fmax(SPIKE_NOISES * curve->noise, SPIKE_SPREAD * curve->spread);
    bool told = limit > 0 && curve->positive;
    return told ? fmax(limit, SPIKE_LEVEL * curve->lowest) : limit;
}

static bool jumps_up(const struct curve *curve, size_t i)
{
    double limit = spike_limit(curve);
    return curve->at.value[i] - curve->at.value[i - 1] > limit && limit > 0;
}

static void count_spike(const struct curve *curve, size_t i, double *scratch,
                        struct spikes *out)
{
    size_t after = i + SPIKE_WINDOW / 2;
    double before = curve_median(curve, i - SPIKE_WINDOW, SPIKE_WINDOW, scratch);
    double later = curve_median(curve, after, SPIKE_WINDOW, scratch);
    double height = curve->at.value[i] - before;
    if (!(height > spike_limit(curve)))
        return;
    if (!out->count++)
        out->first = curve->at.step[i];
    out->last = curve->at.step[i];
    if (later - before > SPIKE_BACK * height &&
        curve->tail - before > SPIKE_BACK * height)
        out->unrecovered++;
    if (height > out->largest) {
        out->largest = height;
        out->largest_at = curve->at.step[i];
    }
}

/* Where a spike takes several points to come down only its start is counted. */
static struct spikes spikes_of(const struct curve *curve, double *scratch)
{
    struct spikes found = {0};
    if (curve->at.count < SPIKE_POINTS_MIN)
        return found;
    for (size_t i = SPIKE_WINDOW; i + SPIKE_WINDOW < curve->at.count; i++) {
        if (!jumps_up(curve, i))
            continue;
        count_spike(curve, i, scratch, &found);
        i += SPIKE_WINDOW / 2;
    }
    return found;
}

static void say_spikes(const struct diagnose_context *context, enum role role,
                       const struct spikes *found, struct finding *finding)
{
    const char *after = found->unrecovered ? "did not come back" : "recovered";
    if (found->count == 1)
        finding_say(finding, "The %s jumped up once, by %.3g at %s %lld, and %s.",
                    role_words[role], found->largest, context->unit,
                    (long long)found->largest_at, after);
    else
        finding_say(finding,
                    "The %s jumped up %zu times in %zu points, by as much as %.3g at %s "
                    "%lld, and %s.",
                    role_words[role], found->count, context->curve[role].at.count,
                    found->largest, context->unit, (long long)found->largest_at, after);
}

static void spikes_on(const struct diagnose_context *context, enum role role,
                      struct diagnosis *out)
{
    const struct curve *curve = &context->curve[role];
    struct spikes found = spikes_of(curve, context->scratch);
    /* A curve that only jumps is noisy_loss, one that does not come back divergence. */
    if (!found.count || curve_is_noisy(context, role) ||
        curve_blow_up(context, role) != BLOW_UP_NONE)
        return;
    bool many =
        found.count >= SPIKE_MANY_MIN && found.count * SPIKE_MANY_IN > curve->at.count;
    bool bad = many || found.unrecovered;
    struct finding *finding =
        finding_add(out, &rule_loss_spike, bad ? SEVERITY_WARNING : SEVERITY_INFO, role);
    finding_span(finding, found.first, found.last);
    say_spikes(context, role, &found, finding);
    finding_evidence(finding, "spikes", (double)found.count, "");
    finding_evidence(finding, "unrecovered", (double)found.unrecovered, "");
    finding_evidence(finding, "largest", found.largest, "");
    finding_evidence(finding, "largest_at", (double)found.largest_at, context->unit);
    finding_evidence(finding, "noise", curve->noise, "");
    if (bad)
        finding_advise(finding, "Clip gradients, or lower the learning rate.");
    else
        finding_advise(finding, "Nothing to do for a spike that recovers; clip gradients "
                                "if they come more often.");
    finding_advise(finding, "Look at the batches around %s %lld.", context->unit,
                   (long long)found.largest_at);
}

/* NaN that recovered: the optimiser skipped the step, as loss scalers do. A log in which
   most rows are NaN writes that for "not measured". */
static void lost_and_back(const struct diagnose_context *context, struct diagnosis *out)
{
    const struct curve *curve = &context->curve[ROLE_TRAIN_LOSS];
    size_t lost = curve->lost - curve->lost_tail;
    if (!lost || lost > curve->at.count)
        return;
    struct finding *finding =
        finding_add(out, &rule_loss_spike, SEVERITY_INFO, ROLE_TRAIN_LOSS);
    finding_span(finding, curve->lost_first, curve->lost_first);
    finding_say(finding,
                "The training loss was NaN or infinite at %zu of %zu points, first at %s "
                "%lld, and came back.",
                lost, curve->at.count + curve->lost, context->unit,
                (long long)curve->lost_first);
    finding_evidence(finding, "nonfinite_points", (double)lost, "");
    finding_evidence(finding, "first", (double)curve->lost_first, context->unit);
    finding_advise(finding, "With fp16 a few are normal (the loss scaler skips them); "
                            "otherwise look at these batches.");
}

static void loss_spike(const struct diagnose_context *context, struct diagnosis *out)
{
    spikes_on(context, ROLE_TRAIN_LOSS, out);
    spikes_on(context, ROLE_VAL_LOSS, out);
    lost_and_back(context, out);
}

const struct rule rule_loss_spike = {
    "loss_spike", "Loss spike",
    "A jump of more than 8 sigma, a quarter of the range and 1.6 % of the level above "
    "the 8 points before it; a warning when many or when the loss does not come back.",
    loss_spike};
