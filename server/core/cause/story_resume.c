/* Mistakes that begin in the middle: what was lost when a run went on from a checkpoint.
   Torch's chained schedulers multiply the rate they find in the optimizer, so after each
   of these the column is gain times a piece of the schedule (seen by running torch 2.13:
   tests/golden/resume.py). */
#include "core/cause/story.h"

#include <math.h>
#include <string.h>

/* Rows before the break that show that the schedule was followed. */
#define BEFORE_MIN 2
/* Rows after it, one more for each figure that is free. */
#define AFTER_MIN 3
/* How near a factor has to be to the one that a lost rate gives. */
#define LOST_OFF 0.01
/* A factor nearer to 1 is no factor. */
#define GAIN_MIN 0.02
/* Steps between two rows that are tried one by one. */
#define GAP_MAX 64

/* Chained schedulers come down to this floor whatever rate they start from. */
static double chained_floor(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    const char *floor = last->type->floor_param;
    return floor && !strcmp(floor, "eta_min")
               ? last->param[schedule_param_find(last->type, floor)]
               : 0;
}

static struct story story_after(const struct story_search *search, int free)
{
    struct story story = story_declared(search);
    story.first = search->off;
    story.cause.at = search->what->lr->step[search->off];
    story.free_gain = free > 0;
    return story;
}

/* How near a factor has to be to the one that a lost rate gives. */
#define LOST_OFF 0.01
/* Steps between the last row that is as declared and the first that is not. */
static double gap(const struct story_search *search)
{
    return story_x(search, search->off) - story_x(search, search->off - 1);
}

/* Starts again: at its first step, or a little after it in a log with gaps. */
static void tell_restart(struct story_search *search)
{
    double x = story_x(search, search->off);
    for (double into = 0; into <= fmin(gap(search), GAP_MAX); into++) {
        struct story story = story_after(search, 0);
        story.cause.kind = CAUSE_LAST_EPOCH_LOST;
        story.cost = COST_UNIT;
        story.ahead = into - x;
        story_offer(search, &story);
    }
}

static void tell_moved(struct story_search *search)
{
    double last = story_x(search, search->count - 1);
    struct story story = story_after(search, 0);
    struct knob_span span = {.low = -last, .high = last, .integer = true};
    story.knob.kind = KNOB_AHEAD;
    story.value = story.ahead;
    if (!story_solve(search, &story, &span))
        return;
    double behind = search->what->deviation->shift - story.ahead;
    double into = story_x(search, search->off) + story.ahead;
    bool again = into >= 0 && into <= gap(search) + 1;
    story.cause.kind = again        ? CAUSE_LAST_EPOCH_LOST
                       : behind > 0 ? CAUSE_STEPS_REPEATED
                                    : CAUSE_STEPS_LOST;
    story.cost = again ? COST_UNIT : COST_SHIFT;
    story.cause.used = again ? NAN : fabs(behind);
    if (fabs(behind) >= 1)
        story_offer(search, &story);
}

/* The factor that carries the schedule at t to the rate that it had before the break. */
static bool is_carried(struct story_search *search, const struct story *story, double t)
{
    double x = story_x(search, search->off) + search->what->deviation->shift;
    const struct schedule *declared = search->what->schedule;
    double starts =
        story->floor + story->gain * (schedule_lr(declared, fmax(0, t)) - story->floor);
    double before = schedule_lr(declared, fmax(0, x - gap(search)));
    double after = schedule_lr(declared, x + 1);
    double room = 0.01 * search->high;
    return starts >= fmin(before, after) - room && starts <= fmax(before, after) + room;
}

/* Starts again from the rate that it had: a new scheduler on the optimizer's own rate. */
static void tell_chained_restart(struct story_search *search, double floor)
{
    double x = story_x(search, search->off);
    for (double into = 0; into <= fmin(gap(search), GAP_MAX); into++) {
        struct story story = story_after(search, 1);
        story.cause.kind = CAUSE_LAST_EPOCH_LOST;
        story.cost = COST_CHAINED;
        story.ahead = into - x;
        story.floor = floor;
        story.rms = story_rms(search, &story, STORY_POINTS, INFINITY);
        story.cause.gain = story.gain;
        if (is_carried(search, &story, 0))
            story_offer(search, &story);
    }
}

/* last_epoch=N makes the scheduler take its first step at once: a chained one then goes
   on from the rate that it had, one step ahead. */
static void tell_step_ahead(struct story_search *search, double floor)
{
    struct story story = story_after(search, 1);
    double t = story_x(search, search->off) + story.ahead;
    story.cause.kind = CAUSE_STEPS_LOST;
    story.cause.used = 1;
    story.cost = COST_CHAINED;
    story.ahead += 1;
    story.floor = floor;
    story.rms = story_rms(search, &story, STORY_POINTS, INFINITY);
    story.cause.gain = story.gain;
    if (is_carried(search, &story, t))
        story_offer(search, &story);
}

/* The same schedule times a factor: the optimizer's rate was lost, or set by hand. */
static void tell_rescaled(struct story_search *search, double floor)
{
    const struct schedule *declared = search->what->schedule;
    struct story story = story_after(search, 1);
    story.floor = floor;
    story.cost = COST_GAIN;
    story.rms = story_rms(search, &story, STORY_POINTS, INFINITY);
    double x = story_x(search, search->off) + story.ahead;
    double start = schedule_lr(declared, 0) - floor;
    story.cause.kind = CAUSE_RESCALED;
    story.cause.gain = story.gain;
    for (double back = 0; back <= fmin(gap(search), GAP_MAX); back++) {
        double lost = start / (schedule_lr(declared, fmax(0, x - back)) - floor);
        if (fabs(story.gain - lost) <= LOST_OFF * lost)
            story.cause.kind = CAUSE_OPTIMIZER_LR_LOST;
    }
    if (story.cause.kind == CAUSE_OPTIMIZER_LR_LOST)
        story.cost = COST_VALUE;
    story_offer(search, &story);
}

/* Chained to the rate before it, not set anew. */
static bool goes_on(struct story_search *search, const struct story *story)
{
    const double *value = search->what->lr->value;
    double step = fabs(value[search->off] - value[search->off - 1]);
    story_turn(search, story);
    double off = story_lr(search, story, search->off - 1) - value[search->off - 1];
    if (fabs(story->gain - 1) < GAIN_MIN)
        return false; /* the length all along, more likely */
    return fabs(off) <= step + 1e-3 * value[search->off - 1];
}

/* Another length from there on: by itself, or chained to the rate that it had. */
static void tell_length_changed(struct story_search *search, double floor)
{
    size_t part = search->what->schedule->part_count - 1;
    const struct schedule_part *last = &search->what->schedule->parts[part];
    const char *length = last->type->length_param;
    int index = length ? schedule_param_find(last->type, length) : -1;
    if (index < 0 || isnan(last->param[index]))
        return;
    double declared = last->param[index];
    struct knob_span span = {1, 64 * declared, declared, true};
    for (int chained = 0; chained < 2; chained++) {
        struct story story = story_after(search, chained);
        story.knob = (struct knob){KNOB_PARAM, part, index, 0};
        story.floor = chained ? floor : 0;
        story.value = declared;
        if (!story_solve(search, &story, &span))
            continue;
        story_refine(search, &story, &span);
        if (story.value == declared || (chained && !goes_on(search, &story)))
            continue;
        story.cause.kind = CAUSE_LENGTH_CHANGED;
        story.cause.param = length;
        story.cause.declared = declared;
        story.cause.used = story.value;
        story.cause.gain = chained ? story.gain : 1;
        story.cost = COST_GAIN;
        story_offer(search, &story);
    }
}

/* Whether the declared schedule moves on from row `from`; one of steps, whether it had
   moved by then. */
static bool should_move(const struct story_search *search, size_t from)
{
    const struct schedule *declared = search->what->schedule;
    double x = story_x(search, from) + search->what->deviation->shift;
    double now = schedule_lr(declared, fmax(0, x));
    double other = declared->parts[0].type->gradual ? x + gap(search) : 0;
    return fabs(schedule_lr(declared, fmax(0, other)) - now) > search->least;
}

/* Stands at the rate that it had. */
static void tell_stopped(struct story_search *search)
{
    const double *value = search->what->lr->value;
    size_t from = search->off - 1;
    double stands = value[from];
    for (size_t row = search->off; row < search->count; row++) {
        if (fabs(value[row] - stands) > 1e-6 * stands)
            return;
    }
    while (from > 0 && fabs(value[from - 1] - stands) <= 1e-6 * stands)
        from--;
    if (!should_move(search, from))
        return;
    struct story story = story_after(search, 1);
    story.cause.kind = CAUSE_STOPPED;
    story.cause.at = search->what->lr->step[from];
    story.cost = COST_VALUE;
    story.pace = 0;
    story.ahead = story_x(search, from) + search->what->deviation->shift;
    story_offer(search, &story);
}

void tell_resume(struct story_search *search)
{
    if (search->off < BEFORE_MIN || search->off + AFTER_MIN > search->count)
        return;
    tell_stopped(search);
    tell_restart(search);
    tell_moved(search);
    if (search->off + AFTER_MIN + 1 > search->count)
        return;
    double floor = chained_floor(search->what->schedule);
    tell_chained_restart(search, floor);
    tell_step_ahead(search, floor);
    tell_rescaled(search, floor);
    if (floor > 0)
        tell_rescaled(search, 0);
    if (!story_is_exact(search))
        tell_length_changed(search, floor);
}
