/* Rules about the run as a whole: what the curves say together, against a baseline, and
   what is not there to be judged. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdio.h>

#define PERCENT 100.0

/* --- leakage_suspected --- */

#define LEAK_POINTS_MIN 5
/* A metric this close to perfect in the first quarter, and this much above training. */
#define LEAK_PERFECT      0.9990234375
#define LEAK_METRIC_AHEAD 0.03125
#define LEAK_PERCENT_FROM 1.5 /* a larger best value: the metric is in percent */

struct leak {
    double ratio, first; /* medians over the last half and the first quarter */
    double below;        /* share of evaluations below training */
    double trend;        /* z of the ratio's trend */
};

/* The training loss around a validation point: the median of what was logged since the
   evaluation before it, from index *next on. */
static double train_until(const struct diagnose_context *context, int64_t step,
                          size_t *next)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    size_t from = *next;
    while (*next < train->at.count && train->at.step[*next] <= step)
        ++*next;
    if (*next == from)
        return from ? train->at.value[from - 1] : NAN;
    return curve_median(train, from, *next - from, context->scratch);
}

static struct leak leak_measure(const struct diagnose_context *context)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    size_t below = 0, count = val->at.count, quarter = (count + 3) / 4;
    /* The scratch after the longest curve's points is free while medians use the first
       part; ratios need no more than count places. */
    double *ratios = context->scratch + context->longest;
    size_t next =
        series_lower_bound(&context->curve[ROLE_TRAIN_LOSS].at, val->at.step[0]);
    for (size_t i = 0; i < count; i++) {
        double ratio = val->at.value[i] / train_until(context, val->at.step[i], &next);
        below += ratio < 1;
        ratios[i] = isnan(ratio) ? INFINITY : ratio;
    }
    struct curve all = {.at = {.value = ratios, .count = count}};
    return (struct leak){curve_median(&all, count / 2, count, context->scratch),
                         curve_median(&all, 0, quarter, context->scratch),
                         (double)below / (double)count,
                         curve_trend(&all, 0, context->scratch)};
}

static double leak_limit(const struct diagnose_context *context)
{
    const struct limits *limits = context->limits;
    return context->complete ? limits->leak_ratio : limits->leak_ratio_live;
}

/* "All along": where both start alike and grow apart the validation set is easier, or the
   model regularised; a leak is there from the start. The mean over an epoch in which the
   model learns is higher than what it ends with: that gap closes, so wait for it. */
static bool looks_too_good(const struct diagnose_context *context,
                           const struct leak *leak)
{
    const struct limits *limits = context->limits;
    if (!context->complete && leak->trend > limits->leak_trend_live)
        return false;
    double limit = leak_limit(context);
    return leak->ratio < limit && leak->first < limits->leak_ratio &&
           leak->ratio > limits->leak_scale && leak->below >= limits->leak_below;
}

static void advise_leakage(struct finding *finding)
{
    finding_advise(finding, "Check for samples (or their near copies, or their groups) "
                            "that are in both sets.");
    finding_advise(finding, "Dropout and augmentation make training loss higher too: "
                            "evaluate the training set in evaluation mode and compare.");
    finding_advise(finding, "Check that both are on one scale: a training loss that is "
                            "summed, or has extra terms, is larger.");
}

static bool leak_in_loss(const struct diagnose_context *context, struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    if (train->at.count < LEAK_POINTS_MIN || val->at.count < LEAK_POINTS_MIN ||
        !train->positive || !val->positive ||
        curve_blow_up(context, ROLE_TRAIN_LOSS) != BLOW_UP_NONE)
        return false;
    struct leak leak = leak_measure(context);
    if (!looks_too_good(context, &leak))
        return false;
    struct finding *finding =
        finding_add(out, &rule_leakage_suspected, SEVERITY_WARNING, ROLE_VAL_LOSS);
    finding_span(finding, val->at.step[0], val->last_step);
    finding_say(finding,
                "Validation loss looks too good: below training loss at %.0f %% of the "
                "evaluations, and %.2f times it over the last half. Check for leakage.",
                PERCENT * leak.below, leak.ratio);
    finding_evidence(finding, "val_over_train", leak.ratio, "ratio");
    finding_evidence(finding, "threshold", leak_limit(context), "ratio");
    finding_evidence(finding, "evaluations_below", PERCENT * leak.below, "%");
    advise_leakage(finding);
    return true;
}

static void leak_in_metric(const struct diagnose_context *context, struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_METRIC];
    const struct curve *val = &context->curve[ROLE_VAL_METRIC];
    size_t quarter = val->at.count / 4;
    if (!context->history->val_metric_higher || !quarter || !train->at.count)
        return;
    double one = val->at.value[val->best] > LEAK_PERCENT_FROM ? PERCENT : 1;
    size_t i = 0;
    while (i < quarter && !(val->at.value[i] >= LEAK_PERFECT * one))
        i++;
    size_t same = i < quarter ? series_lower_bound(&train->at, val->at.step[i]) : 0;
    if (i == quarter || same == train->at.count ||
        !(train->at.value[same] < val->at.value[i] - LEAK_METRIC_AHEAD * one))
        return;
    struct finding *finding =
        finding_add(out, &rule_leakage_suspected, SEVERITY_WARNING, ROLE_VAL_METRIC);
    finding_span(finding, val->at.step[i], val->last_step);
    finding_say(finding,
                "The validation metric is perfect early: %.4g at %s %lld, where training "
                "has %.4g. Check for leakage.",
                val->at.value[i], context->unit, (long long)val->at.step[i],
                train->at.value[same]);
    finding_evidence(finding, "val_metric", val->at.value[i], "");
    finding_evidence(finding, "train_metric", train->at.value[same], "");
    advise_leakage(finding);
}

static void leakage(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!leak_in_loss(context, out))
        leak_in_metric(context, out);
}

const struct rule rule_leakage_suspected = {
    "leakage_suspected", "Leakage suspected",
    "Validation loss is below 0.8 of training loss in the first quarter and over the "
    "last "
    "half (0.5 while the run goes on), and below it at 7 of 8 evaluations; or the "
    "validation metric is perfect in the first quarter.",
    leakage};

/* --- unstable_but_accurate --- */

#define ACCURATE_POINTS_MIN 10
/* "Looks fine": the end lies within 1/32 of the best value. */
#define ACCURATE_NEAR_BEST 0.03125

static bool looks_accurate(const struct diagnose_context *context)
{
    const struct curve *metric = &context->curve[ROLE_VAL_METRIC];
    if (metric->at.count < ACCURATE_POINTS_MIN || !context->history->val_metric_higher)
        return false;
    double best = metric->at.value[metric->best];
    return metric->positive && metric->tail >= (1 - ACCURATE_NEAR_BEST) * best &&
           metric->tail > metric->head;
}

/* The loss that is unstable; ROLE_COUNT when both are steady. Single batches always jump:
   that is no instability. */
static enum role unstable_loss(const struct diagnose_context *context)
{
    if (curve_is_noisy(context, ROLE_VAL_LOSS) ||
        curve_blow_up(context, ROLE_VAL_LOSS) != BLOW_UP_NONE)
        return ROLE_VAL_LOSS;
    bool batches = context->history->counts_steps;
    if ((!batches && curve_is_noisy(context, ROLE_TRAIN_LOSS)) ||
        curve_blow_up(context, ROLE_TRAIN_LOSS) != BLOW_UP_NONE)
        return ROLE_TRAIN_LOSS;
    return ROLE_COUNT;
}

static void unstable_but_accurate(const struct diagnose_context *context,
                                  struct diagnosis *out)
{
    enum role role = unstable_loss(context);
    if (role == ROLE_COUNT || !looks_accurate(context))
        return;
    const struct curve *metric = &context->curve[ROLE_VAL_METRIC];
    const struct curve *loss = &context->curve[role];
    const char *name = context->history->metric[ROLE_VAL_METRIC];
    struct finding *finding =
        finding_add(out, &rule_unstable_but_accurate, SEVERITY_WARNING, role);
    finding_span(finding, loss->at.count ? loss->at.step[0] : loss->lost_from,
                 loss->last_step);
    bool blown = curve_blow_up(context, role) != BLOW_UP_NONE;
    char trouble[64] = "has blown up";
    if (!blown)
        snprintf(trouble, sizeof trouble,
                 "is unstable: its jumps are %.0f %% of its range",
                 PERCENT * curve_roughness(loss));
    finding_say(
        finding,
        "%.64s ends near its best (%.4g, best %.4g), but the %s %s. That metric alone "
        "would hide it.",
        name ? name : "The validation metric", metric->tail,
        metric->at.value[metric->best], role_words[role], trouble);
    finding_evidence(finding, "final_metric", metric->tail, "");
    finding_evidence(finding, "best_metric", metric->at.value[metric->best], "");
    if (!blown)
        finding_evidence(finding, "noise_of_range", PERCENT * curve_roughness(loss), "%");
    finding_advise(finding, "Repeat with other seeds before trusting the figure.");
    finding_advise(finding, "Choose the checkpoint by validation loss, not by the last "
                            "epoch's metric.");
    finding_advise(finding, "Try a lower learning rate or a schedule that ends lower.");
}

const struct rule rule_unstable_but_accurate = {
    "unstable_but_accurate", "Unstable but accurate",
    "The metric ends within 3 % of its best value while a loss is noisy or has blown up.",
    unstable_but_accurate};

/* --- worse_than_baseline --- */

/* Two runs that differ in the seed alone differ too: at least 1/256 of the value, and one
   sigma of the own jumps. */
#define BASELINE_MARGIN     0.00390625
#define BASELINE_POINTS_MIN 5

/* Half the width of the interval that holds one more run of the same kind 19 times out of
   20: Student's t, 0.975, times s sqrt(1 + 1/n). Few seeds say little, and so it says. */
static double seeds_differ_by(const struct history *history)
{
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571,
                               2.447,  2.365, 2.306, 2.262, 2.228};
    enum { TABLE = sizeof t / sizeof *t };
    size_t n = history->baseline_count;
    if (n < 2)
        return 0;
    return t[n - 2 < TABLE ? n - 2 : TABLE - 1] * history->baseline_std *
           sqrt(1 + 1 / (double)n);
}

struct baseline_result baseline_compare(const struct diagnose_context *context)
{
    const struct history *history = context->history;
    struct baseline_result result = {.is_loss = history->baseline_is_loss};
    const struct curve *own =
        &context->curve[result.is_loss ? ROLE_VAL_LOSS : ROLE_VAL_METRIC];
    if (isnan(history->baseline_final) || own->at.count < BASELINE_POINTS_MIN)
        return result;
    size_t tenth = own->at.count / 10 ? own->at.count / 10 : 1;
    result.known = true;
    result.own = 0;
    for (size_t i = own->at.count - tenth; i < own->at.count; i++)
        result.own += own->at.value[i] / (double)tenth;
    result.other = history->baseline_final;
    result.better =
        history->baseline_higher ? result.own - result.other : result.other - result.own;
    result.seeds = seeds_differ_by(history);
    result.margin =
        fmax(fmax(BASELINE_MARGIN * fabs(result.other), own->noise), result.seeds);
    return result;
}

static void worse_than_baseline(const struct diagnose_context *context,
                                struct diagnosis *out)
{
    struct baseline_result result = baseline_compare(context);
    if (!context->complete || !result.known || !(result.better < -result.margin))
        return;
    enum role role = result.is_loss ? ROLE_VAL_LOSS : ROLE_VAL_METRIC;
    const char *name = context->history->metric[role];
    const char *baseline = context->history->baseline_run;
    int64_t last = context->curve[role].last_step;
    struct finding *finding =
        finding_add(out, &rule_worse_than_baseline, SEVERITY_WARNING, role);
    finding_span(finding, last, last);
    finding_say(finding,
                "%.64s ends at %.4g, worse than %.4g of the constant learning rate "
                "(baseline %.64s).",
                name ? name : role_words[role], result.own, result.other,
                baseline ? baseline : "run");
    finding_evidence(finding, "final", result.own, "");
    finding_evidence(finding, "baseline_final", result.other, "");
    finding_evidence(finding, "difference", -result.better, "");
    finding_evidence(finding, "threshold", result.margin, "");
    if (result.seeds > 0)
        finding_evidence(finding, "baseline_seeds",
                         (double)context->history->baseline_count, "");
    finding_advise(finding,
                   "Compare base_lr: a schedule that falls usually wants a higher "
                   "start than a constant learning rate.");
    finding_advise(finding, "Check that the learning rate does not fall too early (T_max "
                            "against the length of the run).");
    finding_advise(finding, "Repeat both with other seeds.");
}

const struct rule rule_worse_than_baseline = {
    "worse_than_baseline", "Worse than baseline",
    "The final metric (mean of the last tenth) is worse than the baseline's by more than "
    "0.4 % and by more than its own jumps.",
    worse_than_baseline};

/* --- what is not logged --- */

/* A job logs its first row before its first evaluation: wait this many points. */
#define ABSENT_POINTS_EPOCHS 5
#define ABSENT_POINTS_STEPS  200

/* Points before a missing curve is missed. */
static size_t absent_wait(const struct diagnose_context *context)
{
    if (context->complete)
        return 1;
    return context->history->counts_steps ? ABSENT_POINTS_STEPS : ABSENT_POINTS_EPOCHS;
}

static void absent(const struct diagnose_context *context, const struct rule *rule,
                   enum role role, struct diagnosis *out)
{
    const struct series *curves = context->history->curve;
    enum role longest = ROLE_TRAIN_LOSS;
    for (enum role other = 0; other < ROLE_COUNT; other++) {
        if (curves[other].count > curves[longest].count)
            longest = other;
    }
    if (curves[role].count || curves[longest].count < absent_wait(context))
        return;
    struct finding *finding = finding_add(out, rule, SEVERITY_INFO, ROLE_COUNT);
    finding_span(finding, curves[longest].step[0], context->curve[longest].last_step);
    finding_say(finding, "No %s is logged.", role_words[role]);
    finding_advise(finding,
                   "Log it as %s, or name the metric that plays this part in "
                   "\"roles\".",
                   role_names[role]);
}

static void no_validation(const struct diagnose_context *context, struct diagnosis *out)
{
    absent(context, &rule_no_validation, ROLE_VAL_LOSS, out);
}

static void no_loss(const struct diagnose_context *context, struct diagnosis *out)
{
    absent(context, &rule_no_loss, ROLE_TRAIN_LOSS, out);
}

static void no_lr(const struct diagnose_context *context, struct diagnosis *out)
{
    absent(context, &rule_no_lr, ROLE_LR, out);
}

const struct rule rule_no_validation = {
    "no_validation", "No validation",
    "No validation loss is logged: overfitting and leakage cannot be judged.",
    no_validation};

const struct rule rule_no_loss = {
    "no_loss", "No training loss",
    "No training loss is logged: whether the model learns cannot be judged.", no_loss};

const struct rule rule_no_lr = {
    "no_lr", "No learning rate",
    "No learning rate is logged: the schedule cannot be judged.", no_lr};
