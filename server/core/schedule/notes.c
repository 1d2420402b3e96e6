/* What a person should know before running a schedule for so many steps. */
#include "core/schedule/schedule.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cycle 1.25 times the run costs about 1 % of the final loss, one twice as long 2.6 %
   (docs/diagnosis.md). */
static const double too_long = 1.25;

struct notes {
    char (*out)[SCHEDULE_NOTE_MAX];
    size_t max, count;
};

static void note(struct notes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct notes *notes, const char *format, ...)
{
    if (notes->count >= notes->max)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->out[notes->count++], SCHEDULE_NOTE_MAX, format, arguments);
    va_end(arguments);
}

/* The last part, in its own count of steps: the one that is in charge at the end. */
struct tail {
    const struct schedule_part *part;
    double length, steps, base_lr;
    const char *param; /* which parameter says how long it is */
};

static struct tail tail_of(const struct schedule *schedule, int64_t steps)
{
    size_t last = schedule->part_count - 1;
    struct tail tail = {.part = &schedule->parts[last], .steps = (double)steps};
    if (last)
        tail.steps -= (double)schedule->milestones[last - 1];
    if (tail.part->type->length)
        tail.length = tail.part->type->length(tail.part);
    tail.base_lr = tail.part->param[0];
    tail.param = tail.part->type->length_param ? tail.part->type->length_param
                                               : tail.part->type->list;
    return tail;
}

static double tail_lr(const struct tail *tail, double t)
{
    return schedule_part_lr(tail->part, t);
}

static void note_climbs(struct notes *notes, const struct tail *tail)
{
    if (tail->steps - 1 <= tail->length)
        return;
    note(notes,
         "Past %s=%g the learning rate climbs back towards base_lr=%g; legal. For falls "
         "only "
         "use CosineAnnealingWarmRestarts(T_0=%g), for one descent %s=%g.",
         tail->param, tail->length, tail->base_lr, tail->length, tail->param,
         tail->steps);
}

static void note_restarts(struct notes *notes, const struct tail *tail)
{
    if (tail->steps <= tail->length)
        return;
    note(notes,
         "It jumps back to base_lr=%g at step %g and falls again: a legal restart, "
         "not a fault.",
         tail->base_lr, tail->length);
    double t = tail->steps - 1;
    while (t + 1 > tail->length && !tail->part->type->jumps(tail->part, t) &&
           t < tail->steps + 2 * tail->length)
        t++;
    if (t - (tail->steps - 1) >= tail->length / 4)
        note(notes, "The run ends in the middle of a fall, at a learning rate of %g.",
             tail_lr(tail, tail->steps - 1));
}

static void note_stays(struct notes *notes, const struct tail *tail)
{
    if (tail->steps <= tail->length)
        return;
    double held = tail_lr(tail, tail->length);
    if (held == 0)
        note(notes, "From step %g on the learning rate is 0: nothing more is learned.",
             tail->length);
    else
        note(notes, "From step %g on the learning rate stays at %g.", tail->length, held);
}

static void note_ends(struct notes *notes, const struct tail *tail)
{
    if (tail->steps > tail->length + 1)
        note(notes,
             "After %s=%g steps a further scheduler.step() raises a ValueError: make it "
             "as many as there are.",
             tail->param, tail->length);
}

static void note_too_long(struct notes *notes, const struct tail *tail)
{
    if (tail->length < too_long * tail->steps || !tail->param)
        return;
    if (tail->part->type->list) {
        note(notes, "The last of the %s, %g, is beyond the run's %g steps.", tail->param,
             tail->length, tail->steps);
        return;
    }
    note(notes,
         "%s=%g is far beyond the run's %g steps: the learning rate never comes down, it "
         "ends "
         "at %g. For a full descent use %s=%g.",
         tail->param, tail->length, tail->steps, tail_lr(tail, tail->steps - 1),
         tail->param, tail->steps);
}

static void note_never_steps(struct notes *notes, const struct tail *tail)
{
    int i = schedule_param_find(tail->part->type, "step_size");
    if (i >= 0 && tail->part->param[i] >= tail->steps)
        note(notes,
             "step_size=%g is not reached in %g steps: the learning rate stays at %g.",
             tail->part->param[i], tail->steps, tail->base_lr);
}

static void note_floor(struct notes *notes, const struct tail *tail)
{
    const char *floor = tail->part->type->floor_param;
    int i = floor ? schedule_param_find(tail->part->type, floor) : -1;
    if (i >= 0 && tail->part->param[i] > tail->base_lr)
        note(notes, "%s=%g is above base_lr=%g: the learning rate rises.", floor,
             tail->part->param[i], tail->base_lr);
}

size_t schedule_notes(const struct schedule *schedule, int64_t steps,
                      char (*out)[SCHEDULE_NOTE_MAX], size_t max)
{
    static void (*const past[])(struct notes *, const struct tail *) = {
        [SCHEDULE_STAYS] = note_stays,         [SCHEDULE_CLIMBS] = note_climbs,
        [SCHEDULE_RESTARTS] = note_restarts,   [SCHEDULE_ENDS] = note_ends,
        [SCHEDULE_GOES_ON] = note_never_steps,
    };
    struct notes notes = {out, max, 0};
    if (!schedule->part_count)
        return 0;
    struct tail tail = tail_of(schedule, steps);
    if (tail.steps <= 0) {
        note(&notes, "The run ends before its last scheduler starts, at step %lld.",
             (long long)schedule->milestones[schedule->part_count - 2]);
        return notes.count;
    }
    past[tail.part->type->past](&notes, &tail);
    note_too_long(&notes, &tail);
    note_floor(&notes, &tail);
    return notes.count;
}
