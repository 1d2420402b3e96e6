/* The five checks of the good/bad scorecard. Always answered; "unknown" says what is
   missing. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PERCENT           100.0
#define PERCENT_MIN       0.01 /* smaller ones are not told apart */
#define JUMPS_PERCENT_MIN 0.1
#define SMOOTH_POINTS_MIN 5
#define LR_POINTS_MIN     3
/* A way down below 1/256 of the level is none, however smooth. */
#define FALL_MIN 0.00390625

const enum role scorecard_roles[CHECK_COUNT] = {
    [CHECK_TRAIN_SMOOTH] = ROLE_TRAIN_LOSS, [CHECK_VAL_SMOOTH] = ROLE_VAL_LOSS,
    [CHECK_LR_SCHEDULE] = ROLE_LR,          [CHECK_VAL_RISING] = ROLE_VAL_LOSS,
    [CHECK_BASELINE] = ROLE_COUNT,
};

static void answer(struct check *check, enum check_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void answer(struct check *check, enum check_status status, const char *format, ...)
{
    check->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(check->because, sizeof check->because, format, args);
    va_end(args);
}

static const struct finding *find(const struct diagnosis *out, const struct rule *rule)
{
    for (size_t i = 0; i < out->finding_count; i++) {
        if (out->findings[i].rule == rule)
            return &out->findings[i];
    }
    return NULL;
}

static void answer_missing(const struct diagnose_context *context, enum role role,
                           size_t needed, struct check *check)
{
    const struct curve *curve = &context->curve[role];
    if (!curve->at.count)
        answer(check, CHECK_UNKNOWN, "No %s is logged.", role_words[role]);
    else
        answer(check, CHECK_UNKNOWN, "This needs %zu points of %s; %zu so far.", needed,
               role_words[role], curve->at.count);
}

/* --- falls smoothly --- */

static bool is_batch_noise(const struct diagnose_context *context, enum role role)
{
    return role == ROLE_TRAIN_LOSS && context->history->counts_steps;
}

/* It rose from its best value: after a fall, or from the first value on. */
static void answer_risen(const struct diagnose_context *context, struct check *check)
{
    const struct rise *rise = &context->rise;
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    if (val->best)
        answer(check, CHECK_FAIL,
               "The validation loss fell from %.4g to %.4g at %s %lld and has risen to "
               "%.4g since.",
               val->at.value[0], rise->best, context->unit, (long long)rise->best_step,
               rise->now);
    else
        answer(check, CHECK_FAIL,
               "The validation loss has risen from the start: %.4g at %s %lld, %.4g now.",
               rise->best, context->unit, (long long)rise->best_step, rise->now);
}

/* One noisy batch says little about where a loss started: its first tenth does. */
static double first_level(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    if (!is_batch_noise(context, role) || !curve_is_noisy(context, role))
        return curve->head;
    return curve_median(curve, 0, (curve->at.count + 9) / 10, context->scratch);
}

static void answer_no_fall(const struct diagnose_context *context, enum role role,
                           struct check *check)
{
    const struct curve *curve = &context->curve[role];
    double first = first_level(context, role);
    double fall = curve_share(curve, first - curve->tail, first);
    if (fabs(fall) < FALL_MIN)
        answer(check, CHECK_FAIL, "The %s has hardly moved: %.6g at first, %.6g now.",
               role_words[role], first, curve->tail);
    else if (!curve->best)
        answer(check, CHECK_FAIL,
               "The %s is no lower than at first: %.4g then, %.4g now.", role_words[role],
               first, curve->tail);
    else
        answer(check, CHECK_FAIL,
               "The %s is no lower than at first: %.4g then, %.4g now; its best was %.4g "
               "at %s %lld.",
               role_words[role], first, curve->tail, curve->at.value[curve->best],
               context->unit, (long long)curve->at.step[curve->best]);
}

static void judge_fall(const struct diagnose_context *context, enum role role,
                       struct check *check)
{
    const struct curve *curve = &context->curve[role];
    double first = first_level(context, role);
    double rough = curve_roughness(curve), percent = PERCENT * rough;
    bool noisy = curve_is_noisy(context, role);
    if (role == ROLE_VAL_LOSS && context->rise.risen)
        answer_risen(context, check);
    else if (!(curve_share(curve, first - curve->tail, first) >= FALL_MIN))
        answer_no_fall(context, role, check);
    else if (noisy && !is_batch_noise(context, role))
        answer(check, CHECK_FAIL,
               "The %s fell from %.4g to %.4g, but its jumps of %.3g are %.0f %% of its "
               "range.",
               role_words[role], first, curve->tail, curve->jumps, percent);
    else if (isnan(rough))
        answer(check, CHECK_PASS, "The %s fell from %.4g to %.4g.", role_words[role],
               first, curve->tail);
    else
        answer(check, CHECK_PASS,
               "The %s fell from %.4g to %.4g; its jumps are %s%.1f %% of its range%s.",
               role_words[role], first, curve->tail,
               percent < JUMPS_PERCENT_MIN ? "below " : "",
               fmax(percent, JUMPS_PERCENT_MIN), noisy ? ", as single batches are" : "");
}

/* The finding that already says why a loss does not fall; NULL without one. */
static const struct finding *why_no_fall(const struct diagnosis *out, enum role role)
{
    static const struct rule *const failing[] = {&rule_divergence, &rule_not_learning};
    for (size_t i = 0; i < out->finding_count; i++) {
        const struct finding *finding = &out->findings[i];
        if (finding->role != role || finding->severity == SEVERITY_INFO)
            continue;
        for (size_t j = 0; j < sizeof failing / sizeof *failing; j++) {
            if (finding->rule == failing[j])
                return finding;
        }
    }
    return NULL;
}

static void check_fall(const struct diagnose_context *context,
                       const struct diagnosis *out, enum role role, struct check *check)
{
    const struct curve *curve = &context->curve[role];
    const struct finding *why = why_no_fall(out, role);
    if (why)
        answer(check, CHECK_FAIL, "%s", why->message);
    else if (curve->at.count < SMOOTH_POINTS_MIN)
        answer_missing(context, role, SMOOTH_POINTS_MIN, check);
    else
        judge_fall(context, role, check);
}

/* --- the learning rate --- */

#define NAME_MAX_BYTES 96

/* "StepLR", or the parts of a SequentialLR or a ChainedScheduler. */
static void name_reference(const struct diagnosis *out, char *name)
{
    const struct schedule *schedule = &out->schedule;
    int used = snprintf(name, NAME_MAX_BYTES, "%s", reference_name(out));
    for (size_t i = 0; schedule->part_count > 1 && i < schedule->part_count; i++) {
        if (used < NAME_MAX_BYTES)
            used += snprintf(name + used, (size_t)(NAME_MAX_BYTES - used), "%s%s%s",
                             !i                  ? " ("
                             : schedule->chained ? " times "
                                                 : ", then ",
                             schedule->parts[i].type->name,
                             i + 1 == schedule->part_count ? ")" : "");
    }
}

static void check_reference(const struct diagnose_context *context,
                            const struct diagnosis *out, struct check *check)
{
    const struct schedule_deviation *deviation = &out->deviation;
    char name[NAME_MAX_BYTES], logged[LOGGED_WORDS_MAX];
    name_reference(out, name);
    schedule_logged_words(deviation, context->unit, logged);
    bool may_be_plateau = out->schedule_source == SCHEDULE_FITTED &&
                          !strcmp(reference_name(out), "MultiStepLR");
    /* Closer than that is the arithmetic of the logger, not of the schedule. */
    double percent = fmax(PERCENT * deviation->max_relative, PERCENT_MIN);
    answer(check, CHECK_PASS,
           "The learning rate lies on %s%s%s within %.2g %% of its range, at %zu "
           "points%s%s.",
           out->schedule_source == SCHEDULE_FITTED ? "a fitted " : "", name,
           may_be_plateau ? " (ReduceLROnPlateau leaves the same steps)" : "", percent,
           deviation->points, *logged ? ", logged " : "", logged);
}

/* The metric that decides is not there, or it may be another one. */
static void answer_unsure(const struct diagnose_context *context,
                          const struct diagnosis *out, struct check *check)
{
    if (out->schedule_unwatched)
        answer(check, CHECK_UNKNOWN,
               "ReduceLROnPlateau is declared, and no loss or metric that it could watch "
               "is logged.");
    else
        answer(check, CHECK_UNKNOWN,
               "The learning rate steps down as ReduceLROnPlateau does, but not when "
               "%.64s says: it may watch something else.",
               context->watched[0].name ? context->watched[0].name : "the loss");
}

static void answer_other_unit(const struct diagnose_context *context,
                              const struct diagnosis *out, struct check *check)
{
    bool batches = out->schedule.unit == SCHEDULE_STEP;
    answer(check, CHECK_PASS,
           "The learning rate lies on %s, of which %.7g %ss are one %s.",
           reference_name(out), context->cause.used, batches ? "step" : context->unit,
           batches ? context->unit : "epoch");
}

static void check_lr(const struct diagnose_context *context, const struct diagnosis *out,
                     struct check *check)
{
    static const struct rule *const failing[] = {&rule_lr_constant, &rule_lr_off_schedule,
                                                 &rule_lr_abrupt};
    const struct curve *lr = &context->curve[ROLE_LR];
    if (lr->at.count < LR_POINTS_MIN) {
        answer_missing(context, ROLE_LR, LR_POINTS_MIN, check);
        return;
    }
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        const struct finding *finding = find(out, failing[i]);
        if (!finding)
            continue;
        answer(check, CHECK_FAIL, "%s", finding->message);
        return;
    }
    bool still = lr->at.value[0] == lr->tail && lr->spread == 0;
    if (still && lr->tail == 0)
        answer(check, CHECK_FAIL, "The learning rate is 0 all along.");
    else if (still && out->schedule_source != SCHEDULE_DECLARED)
        answer(check, CHECK_UNKNOWN,
               "The learning rate stays at %.4g and no schedule is declared.", lr->tail);
    else if (out->schedule_source == SCHEDULE_NONE)
        answer(check, CHECK_UNKNOWN,
               "No schedule is declared, and the learning rate fits no known one.");
    else if (reference_is_unsure(context, out))
        answer_unsure(context, out, check);
    else if (context->cause.kind == CAUSE_OTHER_UNIT)
        answer_other_unit(context, out, check);
    else if (out->deviation.leaves_at >= 0 && !context->units_agree)
        answer(check, CHECK_UNKNOWN,
               "The schedule does not count what the run counts (%ss); declare its unit.",
               context->unit);
    else
        check_reference(context, out, check);
}

/* --- validation, baseline --- */

static void check_rising(const struct diagnose_context *context, struct check *check)
{
    const struct rise *rise = &context->rise;
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    long long best = rise->best_step;
    if (curve_blow_up(context, ROLE_VAL_LOSS) == BLOW_UP_NONFINITE)
        answer(check, CHECK_FAIL,
               "Validation loss has been NaN or infinite since %s %lld.", context->unit,
               (long long)val->lost_from);
    else if (!rise->judged)
        answer_missing(context, ROLE_VAL_LOSS, SMOOTH_POINTS_MIN, check);
    else if (val->best + 1 == val->at.count)
        answer(check, CHECK_PASS, "Validation loss is at its best value, %.4g (%s %lld).",
               rise->best, context->unit, best);
    else
        answer(
            check, rise->risen ? CHECK_FAIL : CHECK_PASS,
            "Validation loss is %.1f %%%s above its lowest level, %.4g around %s %lld, "
            "%s the limit of %.1f %%%s.",
            PERCENT * rise->share, val->positive ? "" : " of its range", rise->level,
            context->unit, (long long)rise->level_step,
            rise->share > rise->limit ? "over" : "within", PERCENT * rise->limit,
            !rise->risen && rise->share > rise->limit ? " but inside its noise" : "");
}

static void check_baseline(const struct diagnose_context *context, struct check *check)
{
    struct baseline_result result = baseline_compare(context);
    const char *name =
        context->history->metric[result.is_loss ? ROLE_VAL_LOSS : ROLE_VAL_METRIC];
    if (isnan(context->history->baseline_final))
        answer(check, CHECK_UNKNOWN,
               "There is no baseline run with a constant learning rate to compare with.");
    else if (!result.known)
        answer(check, CHECK_UNKNOWN,
               "There are too few points of the metric that the baseline has.");
    else if (!(result.better > 0) && !context->complete)
        answer(check, CHECK_UNKNOWN,
               "%.64s is %.4g so far, the baseline ended at %.4g; the run goes on.",
               name ? name : "The metric", result.own, result.other);
    else if (result.seeds > 0 && fabs(result.better) <= result.seeds)
        answer(check, CHECK_UNKNOWN,
               "%.64s %s %.4g, %zu seeds of the baseline %.4g: another seed alone may "
               "differ by %.2g.",
               name ? name : "The metric", context->complete ? "ends at" : "is",
               result.own, context->history->baseline_count, result.other, result.seeds);
    else
        answer(check, result.better > 0 ? CHECK_PASS : CHECK_FAIL,
               "%.64s %s %.4g, the baseline%s%.64s ended at %.4g.",
               name ? name : "The metric", context->complete ? "ends at" : "is",
               result.own, context->history->baseline_run ? " " : "",
               context->history->baseline_run ? context->history->baseline_run : "",
               result.other);
}

void scorecard_fill(const struct diagnose_context *context, struct diagnosis *out)
{
    check_fall(context, out, ROLE_TRAIN_LOSS, &out->checks[CHECK_TRAIN_SMOOTH]);
    check_fall(context, out, ROLE_VAL_LOSS, &out->checks[CHECK_VAL_SMOOTH]);
    check_lr(context, out, &out->checks[CHECK_LR_SCHEDULE]);
    check_rising(context, &out->checks[CHECK_VAL_RISING]);
    check_baseline(context, &out->checks[CHECK_BASELINE]);
}
