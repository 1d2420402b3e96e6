/* The five checks of the good/bad scorecard. Always answered; "unknown" says what is
   missing. */
#include "core/rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PERCENT           100.0
#define PERCENT_MIN       0.01 /* smaller ones are not told apart */
#define SMOOTH_POINTS_MIN 5
#define LR_POINTS_MIN     3

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

static void judge_fall(const struct diagnose_context *context, enum role role,
                       struct check *check)
{
    const struct curve *curve = &context->curve[role];
    double rough = curve_roughness(curve);
    bool noisy = curve_is_noisy(context, role);
    if (!(curve->head - curve->tail > 0))
        answer(check, CHECK_FAIL, "The %s has not come down: %.4g at first, %.4g now.",
               role_words[role], curve->head, curve->tail);
    else if (noisy && !is_batch_noise(context, role))
        answer(check, CHECK_FAIL,
               "The %s fell from %.4g to %.4g, but its jumps of %.3g are %.0f %% of its "
               "range.",
               role_words[role], curve->head, curve->tail, curve->noise, PERCENT * rough);
    else if (role == ROLE_VAL_LOSS && context->rise.risen)
        answer(check, CHECK_FAIL,
               "The %s fell to %.4g at %s %lld and rose to %.4g since.", role_words[role],
               context->rise.best, context->unit, (long long)context->rise.best_step,
               context->rise.now);
    else if (isnan(rough))
        answer(check, CHECK_PASS, "The %s fell from %.4g to %.4g.", role_words[role],
               curve->head, curve->tail);
    else
        answer(check, CHECK_PASS,
               "The %s fell from %.4g to %.4g; its jumps are %.1f %% of its range%s.",
               role_words[role], curve->head, curve->tail, PERCENT * rough,
               noisy ? ", as single batches are" : "");
}

static void check_fall(const struct diagnose_context *context, enum role role,
                       struct check *check)
{
    const struct curve *curve = &context->curve[role];
    enum blow_up how = curve_blow_up(context, role);
    if (how == BLOW_UP_NONFINITE)
        answer(check, CHECK_FAIL, "The %s is NaN or infinite since %s %lld.",
               role_words[role], context->unit, (long long)curve->lost_from);
    else if (how == BLOW_UP_LEVEL)
        answer(check, CHECK_FAIL, "The %s blew up, from a level of %.4g to %.4g.",
               role_words[role], curve->lowest, curve->tail);
    else if (curve->at.count < SMOOTH_POINTS_MIN)
        answer_missing(context, role, SMOOTH_POINTS_MIN, check);
    else
        judge_fall(context, role, check);
}

/* --- the learning rate --- */

static void check_reference(const struct diagnosis *out, struct check *check)
{
    const struct schedule_deviation *deviation = &out->deviation;
    const char *shift = deviation->shift > 0   ? ", logged one step late"
                        : deviation->shift < 0 ? ", logged one step early"
                                               : "";
    /* Closer than that is the arithmetic of the logger, not of the schedule. */
    double percent = fmax(PERCENT * deviation->max_relative, PERCENT_MIN);
    answer(check, CHECK_PASS,
           "The learning rate lies on %s%s within %.2g %% of its range, at %zu points%s.",
           out->schedule_source == SCHEDULE_FITTED ? "a fitted " : "",
           reference_name(out), percent, deviation->points, shift);
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
    if (still && out->schedule_source != SCHEDULE_DECLARED)
        answer(check, CHECK_UNKNOWN,
               "The learning rate stays at %.4g and no schedule is declared.", lr->tail);
    else if (out->schedule_source == SCHEDULE_NONE)
        answer(check, CHECK_UNKNOWN,
               "No schedule is declared, and the learning rate fits no known one.");
    else if (out->deviation.leaves_at >= 0 && !context->units_agree)
        answer(check, CHECK_UNKNOWN,
               "The schedule does not count what the run counts (%ss); declare its unit.",
               context->unit);
    else
        check_reference(out, check);
}

/* --- validation, baseline --- */

static void check_rising(const struct diagnose_context *context, struct check *check)
{
    const struct rise *rise = &context->rise;
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    long long best = rise->best_step;
    if (curve_blow_up(context, ROLE_VAL_LOSS) == BLOW_UP_NONFINITE)
        answer(check, CHECK_FAIL, "Validation loss is NaN or infinite since %s %lld.",
               context->unit, (long long)val->lost_from);
    else if (!rise->judged)
        answer_missing(context, ROLE_VAL_LOSS, context->complete ? 5 : 8, check);
    else
        answer(
            check, rise->risen ? CHECK_FAIL : CHECK_PASS,
            "Validation loss is %.1f %% above its best value %.4g (%s %lld); the limit "
            "is %.1f %%%s.",
            PERCENT * rise->share, rise->best, context->unit, best, PERCENT * rise->limit,
            !rise->risen && rise->share > rise->limit ? ", but within its noise" : "");
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
               "Too few points of the metric that the baseline "
               "has.");
    else if (!(result.better > 0) && !context->complete)
        answer(check, CHECK_UNKNOWN,
               "%.64s is %.4g so far, the baseline ended at %.4g; the run goes on.",
               name ? name : "The metric", result.own, result.other);
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
    check_fall(context, ROLE_TRAIN_LOSS, &out->checks[CHECK_TRAIN_SMOOTH]);
    check_fall(context, ROLE_VAL_LOSS, &out->checks[CHECK_VAL_SMOOTH]);
    check_lr(context, out, &out->checks[CHECK_LR_SCHEDULE]);
    check_rising(context, &out->checks[CHECK_VAL_RISING]);
    check_baseline(context, &out->checks[CHECK_BASELINE]);
}
