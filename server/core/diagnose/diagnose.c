/* The runner: measures the curves, finds the reference schedule, applies every rule,
   orders what they found. */
#include "core/diagnose/diagnose.h"

#include "core/diagnose/rules.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const severity_names[SEVERITY_COUNT] = {"info", "warning", "error"};
const char *const check_status_names[3] = {"pass", "fail", "unknown"};
const char *const check_names[CHECK_COUNT] = {"train_loss_falls_smoothly",
                                              "val_loss_falls_smoothly",
                                              "lr_follows_schedule",
                                              "val_loss_not_rising",
                                              "better_than_constant_lr"};
const char *const verdict_names[4] = {"good", "watch", "bad", "too_early"};
const char *const schedule_source_names[3] = {"declared", "fitted", "none"};
const char *const role_words[ROLE_COUNT + 1] = {"training loss",     "validation loss",
                                                "learning rate",     "training metric",
                                                "validation metric", "run"};

const struct rule *const rules[] = {&rule_overfitting,
                                    &rule_validation_plateau,
                                    &rule_noisy_loss,
                                    &rule_loss_spike,
                                    &rule_divergence,
                                    &rule_not_learning,
                                    &rule_lr_constant,
                                    &rule_lr_abrupt,
                                    &rule_lr_off_schedule,
                                    &rule_lr_climbs_back,
                                    &rule_cycle_too_long,
                                    &rule_cycle_too_short,
                                    &rule_lr_too_high,
                                    &rule_lr_too_low,
                                    &rule_leakage_suspected,
                                    &rule_unstable_but_accurate,
                                    &rule_worse_than_baseline,
                                    &rule_no_validation,
                                    &rule_no_loss,
                                    &rule_no_lr,
                                    &rule_stalled,
                                    NULL};

/* Points of a curve before a run gets a verdict: from there on the overfitting rule may
   speak. */
#define VERDICT_POINTS_MIN 5

/* --- room --- */

static size_t longest_curve(const struct history *history)
{
    size_t longest = 0;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (history->curve[role].count > longest)
            longest = history->curve[role].count;
    }
    return longest;
}

size_t diagnose_work_size(const struct history *history)
{
    size_t doubles = 2 * longest_curve(history);
    for (enum role role = 0; role < ROLE_COUNT; role++)
        doubles += curve_room(history->curve[role].count);
    return (doubles + 1) * sizeof(double);
}

/* --- what is derived once --- */

static void measure(struct diagnose_context *context, double *work)
{
    const struct history *history = context->history;
    context->scratch = work;
    context->longest = longest_curve(history);
    double *room = work + 2 * context->longest;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        curve_measure(context, role, room);
        room += curve_room(history->curve[role].count);
    }
}

/* The curve that says which steps there are: the LR, or else the first that is logged. */
static const struct curve *axis(const struct diagnose_context *context)
{
    if (context->curve[ROLE_LR].at.count)
        return &context->curve[ROLE_LR];
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (context->curve[role].at.count)
            return &context->curve[role];
    }
    return &context->curve[ROLE_LR];
}

/* Whether everything that is planned has come. Jobs that only post epochs never say that
   they ended; the plan, or the length of the one descent they declared, says it too. */
static bool is_complete(const struct diagnose_context *context)
{
    const struct history *history = context->history;
    const struct curve *x = axis(context);
    if (history->ended || !x->at.count)
        return history->ended;
    double done = (double)(x->last_step - x->at.step[0]) + 1;
    if (history->epochs_planned > 0)
        return done >= (double)history->epochs_planned;
    if (!history->declared || history->declared->part_count != 1 ||
        (history->declared->unit == SCHEDULE_STEP) != history->counts_steps)
        return false;
    double length = schedule_length(history->declared);
    const struct schedule_type *type = history->declared->parts[0].type;
    return type->gradual && type->past != SCHEDULE_RESTARTS && length > 0 &&
           done >= length;
}

/* --- order and verdict --- */

static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->ongoing != b->ongoing)
        return a->ongoing ? -1 : 1;
    if (a->from_step != b->from_step)
        return a->from_step < b->from_step ? -1 : 1;
    return strcmp(a->rule->name, b->rule->name);
}

/* Insertion: few findings, and large; libc's qsort may allocate. */
static void sort_findings(struct diagnosis *out)
{
    for (size_t i = 1; i < out->finding_count; i++) {
        for (size_t j = i; j > 0; j--) {
            struct finding *a = &out->findings[j - 1], *b = &out->findings[j];
            if (compare_findings(a, b) <= 0)
                break;
            struct finding kept = *a;
            *a = *b;
            *b = kept;
        }
    }
}

static bool enough_points(const struct diagnose_context *context)
{
    const enum role judged[] = {ROLE_TRAIN_LOSS, ROLE_VAL_LOSS};
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        const struct curve *curve = &context->curve[judged[i]];
        if (curve->at.count + curve->lost >= VERDICT_POINTS_MIN)
            return true;
    }
    return false;
}

/* What a person has muted on a curve excuses the checks of that curve as well. */
static bool is_excused(const struct diagnosis *out, size_t check)
{
    for (size_t i = 0; i < out->finding_count; i++) {
        const struct finding *finding = &out->findings[i];
        bool baseline = finding->rule == &rule_worse_than_baseline;
        if (finding->muted && (baseline ? check == CHECK_BASELINE
                                        : finding->role == scorecard_roles[check]))
            return true;
    }
    return false;
}

static enum verdict find_verdict(const struct diagnose_context *context,
                                 const struct diagnosis *out)
{
    enum severity worst = SEVERITY_INFO;
    for (size_t i = 0; i < out->finding_count; i++) {
        if (out->findings[i].severity > worst && !out->findings[i].muted)
            worst = out->findings[i].severity;
    }
    if (worst == SEVERITY_ERROR)
        return VERDICT_BAD;
    if (!enough_points(context))
        return VERDICT_TOO_EARLY;
    /* "good" next to a check that failed would contradict it. */
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (out->checks[i].status == CHECK_FAIL && !is_excused(out, i))
            worst = SEVERITY_WARNING;
    }
    return worst == SEVERITY_WARNING ? VERDICT_WATCH : VERDICT_GOOD;
}

/* A finding is ongoing while it reaches the last step of its curve. */
static void mark_ongoing(const struct diagnose_context *context, struct diagnosis *out)
{
    for (size_t i = 0; i < out->finding_count; i++) {
        struct finding *finding = &out->findings[i];
        finding->ongoing = finding->role == ROLE_COUNT ||
                           finding->to_step >= context->curve[finding->role].last_step;
    }
}

static void mark_muted(const struct history *history, struct diagnosis *out)
{
    for (size_t i = 0; i < out->finding_count; i++) {
        for (size_t m = 0; m < history->muted_count; m++)
            out->findings[i].muted |=
                !strcmp(history->muted[m], out->findings[i].rule->name);
    }
}

void diagnose(const struct history *history, void *work, struct diagnosis *out)
{
    struct diagnose_context context = {.history = history,
                                       .limits = history->limits ? history->limits
                                                                 : &limits_standing,
                                       .unit = history->counts_steps ? "step" : "epoch"};
    memset(out, 0, sizeof *out);
    measure(&context, work);
    reference_find(&context, &axis(&context)->at, out);
    context.complete = is_complete(&context);
    rise_measure(&context, &context.rise);
    reference_explain(&context, out);
    for (const struct rule *const *rule = rules; *rule; rule++, out->rules_checked++)
        (*rule)->apply(&context, out);
    mark_ongoing(&context, out);
    mark_muted(history, out);
    sort_findings(out);
    scorecard_fill(&context, out);
    out->verdict = find_verdict(&context, out);
}

/* --- speaking --- */

struct finding *finding_add(struct diagnosis *out, const struct rule *rule,
                            enum severity severity, enum role role)
{
    assert(out->finding_count < FINDINGS_MAX);
    struct finding *finding = &out->findings[out->finding_count++];
    *finding = (struct finding){.rule = rule, .severity = severity, .role = role};
    return finding;
}

void finding_span(struct finding *finding, int64_t from_step, int64_t to_step)
{
    finding->from_step = from_step;
    finding->to_step = to_step;
}

void finding_say(struct finding *finding, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(finding->message, sizeof finding->message, format, args);
    va_end(args);
}

void finding_advise(struct finding *finding, const char *format, ...)
{
    size_t used = strlen(finding->advice);
    if (used && used + 1 < sizeof finding->advice)
        finding->advice[used++] = '\n';
    va_list args;
    va_start(args, format);
    vsnprintf(finding->advice + used, sizeof finding->advice - used, format, args);
    va_end(args);
}

void finding_evidence(struct finding *finding, const char *name, double value,
                      const char *unit)
{
    assert(finding->evidence_count < EVIDENCE_MAX);
    finding->evidence[finding->evidence_count++] =
        (struct evidence){.name = name, .value = value, .unit = unit};
}
