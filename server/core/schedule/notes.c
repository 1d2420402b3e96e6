/* What a person should know before running a schedule for so many steps. */
#include "core/schedule/schedule.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cycle 1.25 times the run costs about 1 % of the final loss, one twice as long 2.6 %
   (docs/diagnosis.md). */
static const double too_long = 1.25;
/* A descent that is over when this much of the run is left could as well be longer. */
static const double much_left = 0.2;
/* Below this share of the highest rate nothing is learned any more; above it a fall that
   is still under way is worth a word. */
static const double vanished = 1e-4, still_high = 0.05;

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

/* The last part, which is in charge at the end, in its own count of steps. */
struct tail {
    const struct schedule_part *part;
    const struct schedule_type *type;
    double start;         /* steps of the parts before it */
    double length, steps; /* its one descent (0: no end), and the run's from start on */
    double rate;          /* parameter 0 */
    const char *units;    /* "epochs" */
};

static struct tail tail_of(const struct schedule *schedule, int64_t steps)
{
    size_t last = schedule->part_count - 1;
    struct tail tail = {.part = &schedule->parts[last], .steps = (double)steps};
    if (last)
        tail.start = (double)schedule->milestones[last - 1];
    tail.steps -= tail.start;
    tail.type = tail.part->type;
    if (tail.type->length)
        tail.length = tail.type->length(tail.part);
    tail.rate = tail.part->param[0];
    tail.units = schedule->unit == SCHEDULE_STEP ? "steps" : "epochs";
    return tail;
}

static double lr_at(const struct tail *tail, double t)
{
    return schedule_part_lr(tail->part, t);
}

/* NaN when the type has no such parameter, or it is left out. */
static double value_of(const struct tail *tail, const char *param)
{
    int i = param ? schedule_param_find(tail->type, param) : -1;
    return i >= 0 ? tail->part->param[i] : NAN;
}

/* Whether the parameter that says how long it is says just that. */
static bool length_is_said(const struct tail *tail)
{
    return value_of(tail, tail->type->length_param) == tail->length;
}

static const char *rate_name(const struct tail *tail)
{
    return tail->type->params[0].name;
}

/* --- the start --- */

static void note_first_at_zero(struct notes *notes, const struct tail *tail)
{
    if (tail->start == 0 && !strcmp(tail->units, "epochs") && lr_at(tail, 0) == 0 &&
        tail->rate > 0)
        note(notes, "The first epoch runs at a learning rate of 0: nothing is learned in "
                    "it. Step this one after every batch (unit=step).");
}

static void note_warmup(struct notes *notes, const struct tail *tail)
{
    static const char *const names[] = {"num_warmup_steps", "warmup_t", "warmup_steps"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double warmup = value_of(tail, names[i]);
        if (warmup >= tail->steps && tail->rate > 0)
            note(notes,
                 "%s=%.10g is as long as the run's %.10g %s or longer: it ends at a "
                 "learning "
                 "rate of %g, still warming up.",
                 names[i], warmup, tail->steps, tail->units,
                 lr_at(tail, tail->steps - 1));
    }
}

/* --- what comes after the one descent --- */

/* "CosineAnnealingWarmRestarts(T_0=5), for one descent T_max=10" */
static void name_ways_out(const struct tail *tail, char *out, size_t size)
{
    double waves = value_of(tail, "num_cycles");
    if (isnan(waves))
        snprintf(out, size,
                 "CosineAnnealingWarmRestarts(T_0=%.10g), for one descent %s=%.10g",
                 tail->length, tail->type->length_param, tail->steps);
    else if (waves == 0.5)
        snprintf(out, size, "cosine_with_restarts, for one descent %s=%.10g",
                 tail->type->length_param, tail->steps);
    else
        snprintf(out, size, "cosine_with_restarts, for one descent num_cycles=0.5");
}

static void note_climbs(struct notes *notes, const struct tail *tail)
{
    char past[64] = "", ways_out[120];
    if (tail->steps - 1 <= tail->length)
        return;
    if (length_is_said(tail))
        snprintf(past, sizeof past, " (%s=%.10g)", tail->type->length_param,
                 tail->length);
    name_ways_out(tail, ways_out, sizeof ways_out);
    note(
        notes,
        "After %.10g %s%s the learning rate climbs back towards %s=%g: legal, but seldom "
        "meant. For falls only use %s.",
        ceil(tail->start + tail->length), tail->units, past, rate_name(tail), tail->rate,
        ways_out);
}

/* A run may count tokens: no more steps than this are looked at one by one. */
static const double looks_max = 100000;

/* The first step at which a rate that was falling jumps up; the end of the run when there
   is none among those that are looked at. */
static double first_restart(const struct tail *tail)
{
    if (tail->type->past == SCHEDULE_RESTARTS)
        return tail->length;
    for (double t = 1; t < fmin(tail->steps, looks_max); t++) {
        if (tail->type->jumps(tail->part, t) && lr_at(tail, t + 1) > lr_at(tail, t) &&
            lr_at(tail, t - 1) > lr_at(tail, t))
            return t + 1;
    }
    return tail->steps;
}

static void note_restarts(struct notes *notes, const struct tail *tail)
{
    double first = tail->type->jumps ? first_restart(tail) : tail->steps;
    if (first >= tail->steps)
        return;
    note(notes,
         "After %.10g %s it jumps back to %g and falls again: a legal restart, not a "
         "fault.",
         tail->start + first, tail->units, lr_at(tail, first));
}

static void note_cut(struct notes *notes, const struct tail *tail)
{
    double last = lr_at(tail, tail->steps - 1), floor = lr_at(tail, tail->length - 1);
    if (tail->steps > tail->length && last > floor + still_high * (tail->rate - floor))
        note(notes, "The run ends in the middle of a fall, at a learning rate of %g.",
             last);
}

static void note_stays(struct notes *notes, const struct tail *tail)
{
    double held = lr_at(tail, tail->length);
    char more[64] = "";
    if (tail->steps <= tail->length)
        return;
    if (tail->type->gradual && held < lr_at(tail, 0) && length_is_said(tail) &&
        tail->length < (1 - much_left) * tail->steps)
        snprintf(more, sizeof more, " For one descent over the run use %s=%.10g.",
                 tail->type->length_param, tail->steps);
    if (held == 0)
        note(notes, "After %.10g %s the learning rate is 0: nothing more is learned.%s",
             tail->start + tail->length, tail->units, more);
    else
        note(notes, "After %.10g %s the learning rate stays at %g.%s",
             tail->start + tail->length, tail->units, held, more);
}

static void note_ends(struct notes *notes, const struct tail *tail)
{
    if (tail->steps > tail->length)
        note(notes,
             "It ends after %.10g %s: a further scheduler.step() raises a ValueError. "
             "Make "
             "it as many as the run has, %.10g.",
             tail->length, tail->units, tail->steps);
}

/* --- what is beyond the run --- */

#define OF_RUN_MAX 64

/* "the run's 20 epochs", or what the parts before leave of it. */
static void name_run(const struct tail *tail, char out[OF_RUN_MAX])
{
    snprintf(out, OF_RUN_MAX,
             tail->start > 0 ? "the %.10g %s that are left for it" : "the run's %.10g %s",
             tail->steps, tail->units);
}

static void note_too_long(struct notes *notes, const struct tail *tail)
{
    double last = lr_at(tail, tail->steps - 1);
    double end = lr_at(tail, tail->length - (tail->type->past == SCHEDULE_RESTARTS));
    char what[80], fewer[80] = "", run[OF_RUN_MAX];
    name_run(tail, run);
    if (tail->type->list || tail->length < too_long * tail->steps)
        return;
    if (length_is_said(tail)) {
        snprintf(what, sizeof what, "%s=%.10g is", tail->type->length_param,
                 tail->length);
        snprintf(fewer, sizeof fewer, " For all of it use %s=%.10g.",
                 tail->type->length_param, tail->steps);
    } else {
        snprintf(what, sizeof what, "Its %.10g %s are", tail->length, tail->units);
    }
    if (end > last)
        note(notes,
             "%s far beyond %s: the learning rate never gets up to %g, it ends at %g.%s",
             what, run, end, last, fewer);
    else
        note(notes,
             "%s far beyond %s: the learning rate never comes down, it ends at %g.%s",
             what, run, last, fewer);
}

static void note_late_fall(struct notes *notes, const struct tail *tail)
{
    double step_size = value_of(tail, "step_size");
    char run[OF_RUN_MAX];
    name_run(tail, run);
    if (tail->type->list && tail->part->list_count && tail->length >= tail->steps)
        note(notes, "The last of the %s, %.10g, is beyond %s.", tail->type->list,
             tail->length, run);
    if (step_size >= tail->steps)
        note(notes,
             "step_size=%.10g is not reached in %.10g %s: the learning rate stays at %g.",
             step_size, tail->steps, tail->units, tail->rate);
}

/* --- what has no end --- */

/* The first step below this rate of a schedule that only falls; the run's end: none. */
static double first_below(const struct tail *tail, double rate)
{
    double low = -1, high = tail->steps;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (lr_at(tail, middle) < rate)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void note_vanishes(struct notes *notes, const struct tail *tail)
{
    double gamma = value_of(tail, "gamma");
    if (tail->type->past != SCHEDULE_GOES_ON || tail->type->alone || isnan(gamma))
        return;
    if (gamma > 1 && lr_at(tail, tail->steps - 1) > tail->rate)
        note(notes, "gamma=%g is above 1: the learning rate grows, to %g.", gamma,
             lr_at(tail, tail->steps - 1));
    double t = gamma < 1 ? first_below(tail, vanished * tail->rate) : tail->steps;
    if (t < (1 - much_left) * tail->steps)
        note(notes,
             "After %.10g %s the learning rate is below a 10,000th of %s=%g: little more "
             "is "
             "learned.",
             tail->start + t, tail->units, rate_name(tail), tail->rate);
}

static void note_swings(struct notes *notes, const struct tail *tail)
{
    double up = value_of(tail, "step_size_up"), top = value_of(tail, "max_lr");
    double last = lr_at(tail, tail->steps - 1);
    if (isnan(up))
        return;
    if (up >= tail->steps)
        note(notes,
             "step_size_up=%.10g is not reached in %.10g %s: max_lr=%g never is, it ends "
             "at "
             "%g.",
             up, tail->steps, tail->units, top, last);
    else if (fmin(last, lr_at(tail, tail->steps)) >
             tail->rate + still_high * (top - tail->rate))
        note(notes, "The run ends in the middle of a cycle, at a learning rate of %g.",
             last);
}

static void note_losses_decide(struct notes *notes, const struct tail *tail)
{
    if (!strcmp(tail->type->name, "ReduceLROnPlateau") && !tail->part->list_count)
        note(notes, "The losses decide when it falls: what is drawn is the learning rate "
                    "as long as they get better.");
}

static void note_floor(struct notes *notes, const struct tail *tail)
{
    double floor = value_of(tail, tail->type->floor_param);
    if (floor > tail->rate)
        note(notes, "%s=%g is above %s=%g: the learning rate rises.",
             tail->type->floor_param, floor, rate_name(tail), tail->rate);
}

size_t schedule_notes(const struct schedule *schedule, int64_t steps,
                      char (*out)[SCHEDULE_NOTE_MAX], size_t max)
{
    struct notes notes = {out, max, 0};
    /* no part of a chain is in charge */
    if (!schedule->part_count || schedule->chained || steps < 1)
        return 0;
    struct tail tail = tail_of(schedule, steps);
    if (tail.steps <= 0) {
        note(&notes, "The run ends before its last scheduler starts, after %.10g %s.",
             tail.start, tail.units);
        return notes.count;
    }
    note_first_at_zero(&notes, &tail);
    note_warmup(&notes, &tail);
    note_restarts(&notes, &tail);
    if (tail.type->past == SCHEDULE_RESTARTS)
        note_cut(&notes, &tail);
    if (tail.type->past == SCHEDULE_CLIMBS)
        note_climbs(&notes, &tail);
    if (tail.type->past == SCHEDULE_STAYS)
        note_stays(&notes, &tail);
    if (tail.type->past == SCHEDULE_ENDS)
        note_ends(&notes, &tail);
    note_too_long(&notes, &tail);
    note_late_fall(&notes, &tail);
    note_vanishes(&notes, &tail);
    note_swings(&notes, &tail);
    note_losses_decide(&notes, &tail);
    note_floor(&notes, &tail);
    return notes.count;
}
