/* The reference curve of a run: the schedule that it declares, or the one that its
   learning rate follows; where the LR left it and why. */
#include "core/diagnose/rules.h"
#include "core/fit/plateau.h"

#include <math.h>
#include <string.h>

/* Below this a fitted schedule is a guess that no rule may rest on. */
#define FIT_CONFIDENCE_MIN 0.5

/* --- what ReduceLROnPlateau watches --- */

static bool is_plateau(const struct schedule *schedule)
{
    return schedule->part_count == 1 &&
           !strcmp(schedule->parts[0].type->name, "ReduceLROnPlateau");
}

static void watch(struct diagnose_context *context, size_t *count, enum role role)
{
    const struct series *series = &context->history->curve[role];
    for (size_t i = 0; i < *count; i++) {
        if (context->watched[i].series == series)
            return;
    }
    if (series->count && *count < SCHEDULE_WATCHED_MAX)
        context->watched[(*count)++] =
            (struct schedule_watched){series, context->history->metric[role]};
}

/* First what it most likely watches: a validation metric where more is better, otherwise
   the validation loss, or the training loss of a run without one. */
static void find_watched(struct diagnose_context *context,
                         const struct schedule_part *part)
{
    static const enum role losses[] = {ROLE_VAL_LOSS, ROLE_TRAIN_LOSS},
                           metrics[] = {ROLE_VAL_METRIC, ROLE_TRAIN_METRIC};
    bool more = part->param[schedule_param_find(part->type, "mode")] > 0;
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        watch(context, &count, more ? metrics[i] : losses[i]);
    for (size_t i = 0; i < 2; i++)
        watch(context, &count, more ? losses[i] : metrics[i]);
}

/* By the metric that it watches: false when there is none, or it falls more often than
   fits. */
static bool compare_replayed(struct diagnose_context *context, struct diagnosis *out)
{
    find_watched(context, &out->schedule.parts[0]);
    const struct plateau_column column = {.lr = &context->curve[ROLE_LR].at,
                                          .watched = context->watched[0].series,
                                          .origin = out->schedule_origin};
    return column.watched && plateau_compare(&column, &out->schedule, &out->deviation);
}

/* --- the reference --- */

static void take_declared(struct diagnose_context *context, const struct series *axis,
                          struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    out->schedule_source = SCHEDULE_DECLARED;
    out->schedule = *context->history->declared;
    out->schedule_origin = schedule_origin(&out->schedule, axis);
    context->units_agree =
        (out->schedule.unit == SCHEDULE_STEP) == context->history->counts_steps;
    if (is_plateau(&out->schedule))
        out->schedule_unwatched = !compare_replayed(context, out);
    else if (lr->count)
        schedule_compare(&out->schedule, lr, out->schedule_origin, &out->deviation);
}

/* The losses first: few watch anything else. */
static void fit_watching(const struct diagnose_context *context, struct schedule_fit *fit)
{
    static const enum role roles[] = {ROLE_VAL_LOSS, ROLE_TRAIN_LOSS, ROLE_VAL_METRIC};
    const struct series *lr = &context->curve[ROLE_LR].at;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const struct series *watched = &context->history->curve[roles[i]];
        bool maximize =
            roles[i] == ROLE_VAL_METRIC && context->history->val_metric_higher;
        if (schedule_fit_watching(lr, watched, maximize, fit))
            return;
    }
}

static void take_fitted(struct diagnose_context *context, struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    struct schedule_fit fit = {.found = false};
    if (lr->count)
        schedule_fit(lr, context->history->epochs_planned, context->scratch, &fit);
    fit_watching(context, &fit);
    if (!fit.found || !(fit.confidence >= FIT_CONFIDENCE_MIN))
        return;
    out->schedule_source = SCHEDULE_FITTED;
    out->schedule = fit.schedule;
    /* The fit only knows how dense the log is, and when its rates stand like stairs. */
    bool stairs = fit.deviation.every > 0;
    bool steps = context->history->counts_steps && !stairs;
    out->schedule.unit = steps ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    out->schedule_origin = fit.origin;
    out->deviation = fit.deviation;
    context->units_agree = !stairs;
}

void reference_find(struct diagnose_context *context, const struct series *axis,
                    struct diagnosis *out)
{
    const struct schedule *declared = context->history->declared;
    out->schedule_source = SCHEDULE_NONE;
    out->deviation = (struct schedule_deviation){.leaves_at = -1};
    if (declared && declared->part_count)
        take_declared(context, axis, out);
    else
        take_fitted(context, out);
}

void reference_explain(struct diagnose_context *context, const struct diagnosis *out)
{
    struct schedule_case what = {.schedule = &out->schedule,
                                 .lr = &context->curve[ROLE_LR].at,
                                 .origin = out->schedule_origin,
                                 .deviation = &out->deviation,
                                 .units_agree = context->units_agree,
                                 .planned = context->history->epochs_planned,
                                 .work = context->scratch,
                                 .other = &context->other};
    if (out->schedule_source != SCHEDULE_DECLARED || out->deviation.leaves_at < 0)
        return;
    memcpy(what.watched, context->watched, sizeof what.watched);
    schedule_cause_find(&what, &context->cause);
}

/* --- what the rules ask of it --- */

const char *reference_name(const struct diagnosis *out)
{
    return schedule_name(&out->schedule);
}

double reference_at(const struct diagnosis *out, int64_t step)
{
    double t = (double)(step - out->schedule_origin);
    return schedule_logged(&out->schedule, &out->deviation, t);
}

struct lr_range reference_range(const struct diagnosis *out, const struct series *lr)
{
    struct lr_range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < lr->count; i++) {
        double value = reference_at(out, lr->step[i]);
        range.low = fmin(range.low, value);
        range.high = fmax(range.high, value);
    }
    return range;
}

struct lr_range lr_observed_range(const struct series *lr)
{
    struct lr_range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < lr->count; i++) {
        range.low = fmin(range.low, lr->value[i]);
        range.high = fmax(range.high, lr->value[i]);
    }
    return range;
}

/* Steps down by the factor, or to the least rate, and never up: ReduceLROnPlateau on
   whatever metric. */
static bool falls_by_factor(const struct schedule_part *part, const struct series *lr)
{
    double factor = part->param[schedule_param_find(part->type, "factor")];
    double least = part->param[schedule_param_find(part->type, "min_lr")];
    for (size_t i = 1; i < lr->count; i++) {
        double before = lr->value[i - 1], now = lr->value[i];
        double expected = fmax(before * factor, least);
        if (fabs(now - before) > 1e-6 * before && fabs(now - expected) > 0.01 * expected)
            return false;
    }
    return true;
}

/* Whether it would have fallen on every metric that it may watch. */
static bool falls_on_all(const struct diagnose_context *context,
                         const struct diagnosis *out)
{
    for (size_t i = 0; i < SCHEDULE_WATCHED_MAX && context->watched[i].series; i++) {
        struct schedule_part part = out->schedule.parts[0];
        if (plateau_replay(&part, context->watched[i].series, out->schedule_origin) &&
            !part.list_count)
            return false;
    }
    return true;
}

bool reference_is_unsure(const struct diagnose_context *context,
                         const struct diagnosis *out)
{
    const struct series *lr = &context->curve[ROLE_LR].at;
    if (out->schedule_unwatched)
        return true;
    if (out->schedule_source != SCHEDULE_DECLARED || !is_plateau(&out->schedule) ||
        out->deviation.leaves_at < 0 || !falls_by_factor(&out->schedule.parts[0], lr))
        return false;
    struct lr_range own = lr_observed_range(lr);
    if (!(own.high - own.low > 1e-6 * own.high))
        return !falls_on_all(context, out);
    return context->cause.kind == CAUSE_UNKNOWN;
}
