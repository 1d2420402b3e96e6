/* Rules about the shape of the losses. docs/diagnosis.md says where each threshold comes
   from and what was measured. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdio.h>

#define PERCENT 100.0

/* A curve that stays above zero has ratios; the others are told against their range. */
static const char *of_what(const struct curve *curve)
{
    return curve->positive ? "" : " of its range";
}

/* A loss that is not 0 is not 100.0 % down. */
static double percent_down(double share)
{
    return share < 1 ? fmin(PERCENT * share, 99.9) : PERCENT * share;
}

/* --- overfitting --- */

/* Above this the end of the run is worth little against its best checkpoint. */
#define OVERFIT_ERROR_SHARE 0.5
/* A schedule shorter than this share of the run would hardly train. */
#define OVERFIT_SCHEDULE_MIN 0.125

/* Whether the LR moves at all, and the best epoch leaves a schedule some length. */
static bool schedule_may_shrink(const struct diagnose_context *context)
{
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    double first = (double)val->at.step[0], run = (double)val->last_step - first;
    return context->curve[ROLE_LR].spread > 0 &&
           (double)context->rise.best_step - first >= OVERFIT_SCHEDULE_MIN * run;
}

static void say_overfitting(const struct diagnose_context *context,
                            struct finding *finding)
{
    const struct rise *rise = &context->rise;
    char train[80] = "; training loss is not logged";
    if (!isnan(rise->train_fall))
        snprintf(train, sizeof train, " while training loss fell a further %.1f %%%s",
                 percent_down(rise->train_fall),
                 of_what(&context->curve[ROLE_TRAIN_LOSS]));
    finding_say(finding,
                "Validation loss has risen %.1f %%%s above its lowest level, %.4g around "
                "%s %lld%s.",
                PERCENT * rise->share, of_what(&context->curve[ROLE_VAL_LOSS]),
                rise->level, context->unit, (long long)rise->level_step, train);
    finding_advise(finding, "Keep the checkpoint of %s %lld%s.", context->unit,
                   (long long)rise->best_step,
                   context->complete ? ", not the last one" : ", or stop here");
    finding_advise(finding, "Regularise more: weight decay, dropout, augmentation, or "
                            "more data.");
    if (schedule_may_shrink(context))
        finding_advise(finding,
                       "Shorten the schedule, so that the learning rate has come down by "
                       "about %s %lld.",
                       context->unit, (long long)rise->best_step);
}

static void overfitting(const struct diagnose_context *context, struct diagnosis *out)
{
    const struct rise *rise = &context->rise;
    if (!rise->risen || !rise->trained_on)
        return;
    struct finding *finding =
        finding_add(out, &rule_overfitting,
                    rise->share > OVERFIT_ERROR_SHARE ? SEVERITY_ERROR : SEVERITY_WARNING,
                    ROLE_VAL_LOSS);
    finding_span(finding, rise->best_step, context->curve[ROLE_VAL_LOSS].last_step);
    say_overfitting(context, finding);
    finding_evidence(finding, "best_at", (double)rise->best_step, context->unit);
    finding_evidence(finding, "best_val_loss", rise->best, "");
    finding_evidence(finding, "lowest_level", rise->level, "");
    finding_evidence(finding, "val_loss_now", rise->now, "");
    finding_evidence(finding, "rise", PERCENT * rise->share, "%");
    finding_evidence(finding, "threshold", PERCENT * rise->limit, "%");
    if (!isnan(rise->train_fall))
        finding_evidence(finding, "train_loss_fall", PERCENT * rise->train_fall, "%");
}

const struct rule rule_overfitting = {
    "overfitting", "Overfitting",
    "The level of validation loss is 3 % above its lowest (while the run goes on 2 to 3 "
    "%, "
    "more below 160 evaluations), sharply (4.5 standard errors) or steadily (Mann and "
    "Kendall's z above 2.75), by more than 4 times what it wandered, while training loss "
    "fell 3 % further.",
    overfitting};

/* --- validation_plateau --- */

#define PLATEAU_POINTS_MIN 10
/* Over the second half: training still moves, validation does not. */
#define PLATEAU_TRAIN_FALL_MIN 0.125
#define PLATEAU_VAL_GAIN_MAX   0.015625
/* "High": this far above training where both are on one scale, else less than half of
   training's own way down. */
#define PLATEAU_GAP_MIN    1.25
#define PLATEAU_SAME_SCALE 2.0
#define PLATEAU_WAY_MAX    0.5
/* The schedule has had its say below this share of the highest LR. */
#define PLATEAU_LR_DOWN 0.25

/* Where validation jumps about, one level less another is a jump: their error, as a share
   of the level, has to be below this. */
#define PLATEAU_ERROR_MAX 0.0625

struct halves {
    double at_half, now;
    double error; /* of their difference, as a share */
};

/* The level around the middle of the validation log, and at the end. */
static struct halves halves_of(const struct diagnose_context *context, enum role role)
{
    const struct curve *curve = &context->curve[role];
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    size_t size = curve->at.count / 10 + 3;
    size_t half = series_lower_bound(&curve->at, val->at.step[val->at.count / 2]);
    half = half > size / 2 ? half - size / 2 : 0;
    double error = curve_error(curve->noise, size);
    return (struct halves){curve_median(curve, half, size, context->scratch), curve->tail,
                           curve_share(curve, error, curve->tail)};
}

static bool stays_high(const struct curve *train, const struct curve *val)
{
    bool same_scale = train->positive && val->positive &&
                      val->head < PLATEAU_SAME_SCALE * train->head &&
                      train->head < PLATEAU_SAME_SCALE * val->head;
    if (same_scale)
        return val->tail > PLATEAU_GAP_MIN * train->tail;
    double train_way = curve_share(train, train->head - train->tail, train->head);
    double val_way = curve_share(val, val->head - val->tail, val->head);
    return val_way < PLATEAU_WAY_MAX * train_way;
}

static void say_plateau(const struct diagnose_context *context, struct finding *finding,
                        const struct halves *train, const struct halves *val)
{
    const struct curve *lr = &context->curve[ROLE_LR];
    bool moves = lr->spread > 0;
    finding_say(
        finding,
        "Training loss falls smoothly, from %.4g half-way to %.4g now, but validation "
        "loss stays high: %.4g then, %.4g now. %she model does not generalise.",
        train->at_half, train->now, val->at_half, val->now,
        moves ? "The scheduler does its work on the training loss; t" : "T");
    finding_advise(finding, "Regularise: weight decay, dropout, augmentation, label "
                            "smoothing, or a smaller model.");
    finding_advise(finding, "Look at the data: more of it, or a validation set that "
                            "differs from the training set.");
    if (moves && lr->tail > PLATEAU_LR_DOWN * lr->at.value[series_best(&lr->at, -1)])
        finding_advise(finding,
                       "Judge again when the learning rate has come down: it is "
                       "still at %.3g.",
                       lr->tail);
    else if (moves)
        finding_advise(finding,
                       "Another schedule will hardly help: the training loss already "
                       "does what it should.");
}

static void validation_plateau(const struct diagnose_context *context,
                               struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    const struct curve *val = &context->curve[ROLE_VAL_LOSS];
    if (train->at.count < PLATEAU_POINTS_MIN || val->at.count < PLATEAU_POINTS_MIN ||
        context->rise.risen || val->lost_tail || train->lost_tail)
        return;
    if (!context->history->counts_steps && curve_is_noisy(context, ROLE_TRAIN_LOSS))
        return;
    struct halves t = halves_of(context, ROLE_TRAIN_LOSS);
    struct halves v = halves_of(context, ROLE_VAL_LOSS);
    double fall = curve_share(train, t.at_half - t.now, t.at_half);
    double gain = curve_share(val, v.at_half - v.now, v.at_half);
    if (!(fall > PLATEAU_TRAIN_FALL_MIN) || !(gain < PLATEAU_VAL_GAIN_MAX) ||
        !(v.error < PLATEAU_ERROR_MAX) || !stays_high(train, val))
        return;
    struct finding *finding =
        finding_add(out, &rule_validation_plateau, SEVERITY_WARNING, ROLE_VAL_LOSS);
    finding_span(finding, val->at.step[val->at.count / 2], val->last_step);
    say_plateau(context, finding, &t, &v);
    finding_evidence(finding, "train_loss_fall", PERCENT * fall, "%");
    finding_evidence(finding, "val_loss_gain", PERCENT * gain, "%");
    finding_evidence(finding, "threshold", PERCENT * PLATEAU_VAL_GAIN_MAX, "%");
    finding_evidence(finding, "train_loss_now", t.now, "");
    finding_evidence(finding, "val_loss_now", v.now, "");
}

const struct rule rule_validation_plateau = {
    "validation_plateau", "Validation plateau",
    "Over the second half training loss fell smoothly by more than 12.5 %, validation "
    "loss by less than 1.6 %, and it stays high.",
    validation_plateau};
