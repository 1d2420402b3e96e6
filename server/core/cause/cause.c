/* All mistakes are told; the one that explains the column is named. */
#include "core/cause/cause.h"

#include "core/cause/story.h"
#include "core/fit/fit.h"

#include <math.h>

#define POINTS_MIN 4
/* A column that moves by less than this share of its rate tells nothing. */
static const double still = 1e-6;
/* Another schedule is believed from this confidence on. */
static const double confidence_min = 0.8;

const char *const schedule_cause_names[CAUSE_COUNT] = {
    [CAUSE_NEVER_STEPPED] = "never_stepped",
    [CAUSE_STEPPED_PER_BATCH] = "stepped_per_batch",
    [CAUSE_STEPPED_TOO_OFTEN] = "stepped_too_often",
    [CAUSE_STEPPED_PER_EPOCH] = "stepped_per_epoch",
    [CAUSE_STEPPED_TOO_SELDOM] = "stepped_too_seldom",
    [CAUSE_OTHER_BASE_LR] = "other_base_lr",
    [CAUSE_OTHER_LENGTH] = "other_length",
    [CAUSE_OTHER_FLOOR] = "other_floor",
    [CAUSE_OTHER_MILESTONE] = "other_milestone",
    [CAUSE_OTHER_PARAMETER] = "other_parameter",
    [CAUSE_WARMUP_MISSING] = "warmup_missing",
    [CAUSE_WARMUP_ADDED] = "warmup_added",
    [CAUSE_STEPPED_BEFORE_START] = "stepped_before_start",
    [CAUSE_LATE_START] = "late_start",
    [CAUSE_LAST_EPOCH_LOST] = "last_epoch_lost",
    [CAUSE_OPTIMIZER_LR_LOST] = "optimizer_lr_lost",
    [CAUSE_STEPS_REPEATED] = "steps_repeated",
    [CAUSE_STEPS_LOST] = "steps_lost",
    [CAUSE_LENGTH_CHANGED] = "length_changed",
    [CAUSE_RESCALED] = "rescaled",
    [CAUSE_STOPPED] = "stopped",
    [CAUSE_OTHER_METRIC] = "other_metric",
    [CAUSE_OTHER_SCHEDULE] = "other_schedule",
    [CAUSE_OTHER_UNIT] = "other_unit",
};

static bool stands_still(const struct story_search *search)
{
    double low = INFINITY;
    for (size_t row = 0; row < search->count; row++)
        low = fmin(low, search->what->lr->value[row]);
    return !(search->high - low > still * search->high);
}

/* Two values that no reader would tell apart. */
static bool is_same_value(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 5e-3 * fmax(fabs(a), fabs(b));
}

/* The one parameter in which two schedules of the same types differ; false when there are
   none or several. */
static bool find_difference(const struct schedule *declared, const struct schedule *other,
                            struct schedule_cause *out)
{
    size_t different = 0;
    if (declared->part_count != 1 || other->part_count != 1 ||
        declared->parts[0].type != other->parts[0].type || declared->parts[0].type->list)
        return false;
    const struct schedule_part *a = &declared->parts[0], *b = &other->parts[0];
    for (int i = 0; a->type->params[i].name; i++) {
        if (is_same_value(a->param[i], b->param[i]))
            continue;
        different++;
        out->kind = story_param_kind(a, i);
        out->param = a->type->params[i].name;
        out->declared = a->param[i];
        out->used = b->param[i];
    }
    if (different != 1)
        *out = (struct schedule_cause){.used = NAN, .declared = NAN, .gain = 1, .at = -1};
    return different == 1;
}

/* Which schedule it follows instead. */
static void find_other(const struct schedule_case *what, struct schedule_cause *out)
{
    struct schedule_fit fit = {.found = false};
    if (!what->other || !what->units_agree)
        return;
    schedule_fit(what->lr, what->planned, what->work, &fit);
    if (!fit.found || !(fit.confidence >= confidence_min) || fit.deviation.leaves_at >= 0)
        return;
    /* Steps are what ReduceLROnPlateau leaves, too. */
    const struct schedule_part *last = &fit.schedule.parts[fit.schedule.part_count - 1];
    if (story_is_plateau(what->schedule) && !last->type->gradual)
        return;
    if (find_difference(what->schedule, &fit.schedule, out))
        return;
    out->kind = CAUSE_OTHER_SCHEDULE;
    *what->other = fit.schedule;
    out->other = what->other;
}

static void name(const struct story_search *search, struct schedule_cause *out)
{
    *out = search->best.cause;
    if (!search->has_also)
        return;
    out->also = search->also.cause.kind;
    out->also_param = search->also.cause.param;
    out->also_used = search->also.cause.used;
}

/* A column that stands still: on a schedule that should have, it has another rate; else
   its warm-up is missing, or nobody stepped it. */
static void tell_still(struct story_search *search)
{
    const struct schedule *declared = search->what->schedule;
    double start = schedule_lr(declared, 0);
    double end = schedule_lr(declared, story_x(search, search->count - 1));
    double base_lr = declared->parts[0].param[0];
    struct story story = story_declared(search);
    if (fabs(end - start) <= still * start) {
        story.cause.kind = CAUSE_OTHER_BASE_LR;
        story.cause.param = declared->parts[0].type->params[0].name;
        story.cause.declared = base_lr;
        story.cause.used = base_lr * search->high / start;
        story.knob = (struct knob){KNOB_PARAM, 0, 0, 0};
        story.value = story.cause.used;
        story_offer(search, &story);
        return;
    }
    tell_start(search);
    if (search->found && search->best.cause.kind == CAUSE_WARMUP_MISSING)
        return;
    search->found = false;
    if (!(fabs(search->high - start) <= 1e-3 * start))
        tell_past_the_end(search);
    if (search->found)
        return;
    search->found = true;
    search->has_also = search->ambiguous = false;
    search->best = (struct story){.cause = {.kind = CAUSE_NEVER_STEPPED,
                                            .used = NAN,
                                            .declared = NAN,
                                            .gain = 1,
                                            .at = -1}};
}

static void tell_all(struct story_search *search)
{
    tell_parameters(search);
    if (story_is_plateau(search->what->schedule)) {
        tell_plateau(search);
        return;
    }
    tell_milestones(search);
    tell_start(search);
    tell_resume(search);
    /* What begins in the middle is no matter of pace. */
    if (!story_is_exact(search) || !search->best.first)
        tell_pace(search);
}

/* All stories of a column whose t is counted from one origin. */
static void tell(const struct schedule_case *what, struct story_search *search)
{
    story_begin(search, what);
    if (search->count < POINTS_MIN || !(search->high > 0))
        return;
    if (stands_still(search))
        tell_still(search);
    else
        tell_all(search);
}

/* Where a log that starts late has its t = 0 can only be told by the schedule that it
   follows; declared wrongly, it was guessed. */
static void tell_other_origins(const struct schedule_case *what,
                               struct story_search *search)
{
    int64_t first = what->lr->step[0], row = what->lr->step[1] - first;
    const int64_t origins[] = {first, 0, 1, first - row};
    for (size_t i = 0; i < sizeof origins / sizeof *origins && first > 1; i++) {
        struct schedule_case other = *what;
        struct schedule_deviation deviation;
        struct story_search found;
        other.origin = origins[i];
        other.deviation = &deviation;
        if (other.origin == what->origin || other.origin < 0)
            continue;
        schedule_compare(what->schedule, what->lr, other.origin, &deviation);
        tell(&other, &found);
        if (found.found && (!search->found || found.best.rms < search->best.rms))
            *search = found;
    }
}

void schedule_cause_find(const struct schedule_case *what, struct schedule_cause *out)
{
    struct story_search search;
    *out = (struct schedule_cause){.used = NAN, .declared = NAN, .gain = 1, .at = -1};
    if (what->lr->count < POINTS_MIN)
        return;
    tell(what, &search);
    if (!search.found)
        tell_other_origins(what, &search);
    if (search.found && !search.ambiguous)
        name(&search, out);
    else if (!search.found)
        find_other(what, out);
}
