/* The rule about a loss that does not move, or no longer. docs/diagnosis.md says where
   each threshold comes from and what was measured. */
#include "core/diagnose/rules.h"

#include <math.h>

/* A way as small as limits.learn_way shows with few points, a trend with more. */
#define LEARN_POINTS_MIN 10
#define TREND_POINTS_MIN 20
#define LEVEL_PARTS      10
/* While a run goes on a slow fall has time to show. */
#define TREND_POINTS_LIVE 32

/* The loss that shows whether the model learns: training loss, unless it has too few
   points and validation loss has enough. ROLE_COUNT when neither can. */
static enum role judged_role(const struct diagnose_context *context)
{
    if (context->curve[ROLE_TRAIN_LOSS].at.count >= LEARN_POINTS_MIN)
        return ROLE_TRAIN_LOSS;
    bool overfits = context->rise.risen && context->rise.trained_on;
    bool enough = context->curve[ROLE_VAL_LOSS].at.count >= TREND_POINTS_MIN;
    return enough && !overfits ? ROLE_VAL_LOSS : ROLE_COUNT;
}

/* A trend down since the point at index `from`. */
static bool falls(const struct diagnose_context *context, enum role role, size_t from)
{
    const struct limits *limits = context->limits;
    double needed = context->complete ? limits->learn_trend : limits->learn_trend_live;
    return curve_trend(&context->curve[role], from, context->scratch) < -needed;
}

/* While a run goes on a loss that moves without jumping is on its way somewhere. */
static bool noise_may_hide_a_fall(const struct diagnose_context *context,
                                  const struct curve *loss)
{
    return context->complete || curve_roughness(loss) > context->limits->learn_rough_live;
}

static bool never_moved(const struct diagnose_context *context, enum role role)
{
    const struct curve *loss = &context->curve[role];
    double way = loss->head - loss->tail;
    double little = context->limits->learn_way * fmax(fabs(loss->head), fabs(loss->tail));
    if (fabs(way) <= little && loss->spread <= little)
        return true;
    size_t needed = context->complete ? TREND_POINTS_MIN : TREND_POINTS_LIVE;
    /* In a noisy training loss a slow fall may hide that validation shows. */
    return loss->at.count >= needed && curve_shows_start(loss) &&
           noise_may_hide_a_fall(context, loss) && !falls(context, role, 0) &&
           !falls(context, ROLE_VAL_LOSS, 0);
}

/* The level a fifth into the run; NaN unless the loss has stalled there: no further down,
   out of a noise in which so little could be seen, and not still falling slowly. */
static double stalled_at(const struct diagnose_context *context)
{
    const struct curve *loss = &context->curve[ROLE_TRAIN_LOSS];
    const struct limits *limits = context->limits;
    size_t count = loss->at.count, size = curve_window(count, LEVEL_PARTS);
    if (count < TREND_POINTS_MIN || !loss->positive)
        return NAN;
    double fifth = curve_median(loss, count / 5, size, context->scratch);
    double way = loss->head - loss->tail;
    bool stalled = fabs(fifth - loss->tail) < limits->stall_gain * way &&
                   loss->tail > limits->stall_done * loss->head &&
                   curve_error(loss->noise, size) < limits->stall_error * way;
    return stalled && !falls(context, ROLE_TRAIN_LOSS, count / 2) ? fifth : NAN;
}

static void say_never_moved(const struct diagnose_context *context, enum role role,
                            struct diagnosis *out)
{
    const struct curve *loss = &context->curve[role];
    struct finding *finding =
        finding_add(out, &rule_not_learning, SEVERITY_WARNING, role);
    finding_span(finding, loss->at.step[0], loss->last_step);
    bool hidden = loss->spread >
                  context->limits->learn_way * fmax(fabs(loss->head), fabs(loss->tail));
    finding_say(finding, "The %s has not %s: %.4g at %s %lld, %.4g by %s %lld.",
                role_words[role], hidden ? "come down out of its noise" : "moved",
                loss->head, context->unit, (long long)loss->at.step[0], loss->tail,
                context->unit, (long long)loss->last_step);
    finding_evidence(finding, "first_level", loss->head, "");
    finding_evidence(finding, "level_now", loss->tail, "");
    finding_evidence(finding, "noise", loss->noise, "");
    const struct curve *lr = &context->curve[ROLE_LR];
    if (lr->at.count && lr->tail == 0 && lr->spread == 0)
        finding_advise(finding,
                       "The learning rate is 0 all along: set base_lr, and check "
                       "what the scheduler makes of it.");
    else
        finding_advise(finding,
                       "Check that the optimiser gets the model's parameters, that "
                       "the learning rate is not 0, and that gradients arrive.");
    finding_advise(finding, "Try to overfit one small batch: a sound model can.");
    finding_advise(finding, "Then try a learning rate ten times higher or lower.");
}

static void say_stalled(const struct diagnose_context *context, double level,
                        struct diagnosis *out)
{
    const struct curve *train = &context->curve[ROLE_TRAIN_LOSS];
    int64_t since = train->at.step[train->at.count / 5];
    struct finding *finding =
        finding_add(out, &rule_not_learning, SEVERITY_INFO, ROLE_TRAIN_LOSS);
    finding_span(finding, since, train->last_step);
    finding_say(finding,
                "Training loss has not improved since %s %lld: %.4g then, %.4g now. From "
                "the loss alone, converged and stuck look the same.",
                context->unit, (long long)since, level, train->tail);
    finding_evidence(finding, "since", (double)since, context->unit);
    finding_evidence(finding, "level_then", level, "");
    finding_evidence(finding, "level_now", train->tail, "");
    finding_advise(finding, "If this is as good as the task gets, stop earlier.");
    finding_advise(finding, "If not, check the labels and the inputs, then try another "
                            "learning rate.");
}

static void not_learning(const struct diagnose_context *context, struct diagnosis *out)
{
    enum role role = judged_role(context);
    if (role == ROLE_COUNT || context->curve[role].lost_tail ||
        curve_blow_up(context, ROLE_TRAIN_LOSS) != BLOW_UP_NONE)
        return;
    if (never_moved(context, role)) {
        say_never_moved(context, role, out);
        return;
    }
    double level = stalled_at(context);
    if (!isnan(level))
        say_stalled(context, level, out);
}

const struct rule rule_not_learning = {
    "not_learning", "Not learning",
    "The loss moved by less than 1.6 % of its level, or shows no trend down (Mann and "
    "Kendall's z above -2.25); as information when it only stalled, in the first fifth "
    "and above a fifth of its first level.",
    not_learning};
