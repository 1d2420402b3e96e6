/* Learning-rate columns of runs that made one mistake each, from any declared schedule:
   what test_schedule_cause.c holds the causes against. Row i is at t = i. */
#ifndef TESTS_UNIT_MADE_MISTAKE_H
#define TESTS_UNIT_MADE_MISTAKE_H

#include "core/cause/cause.h"
#include "near.h"

#include <stdio.h>
#include <string.h>

enum { MISTAKE_ROWS = 100, MISTAKE_ROWS_MAX = 2500, RESUMED_AT = 60 };

struct mistaken {
    struct schedule declared;
    struct schedule_cause expected;
    double lr[MISTAKE_ROWS_MAX];
    size_t count;
};

/* --- an example of each type --- */

static inline double example_value(const struct schedule_type *type,
                                   const struct schedule_param *param)
{
    if (type->length_param && !strcmp(param->name, type->length_param)) {
        if (type->past == SCHEDULE_GOES_ON)
            return 25;
        return type->past == SCHEDULE_RESTARTS || !type->gradual ? 40 : MISTAKE_ROWS;
    }
    if (param->integer)
        return strstr(param->name, "warmup") ? 10 : 30;
    if (!strcmp(param->name, "max_lr"))
        return 0.5;
    return param->min_open ? 0.97 : 0.0125;
}

/* Every type with values that somebody might choose: what is required, a length, a floor.
 */
static inline struct schedule_part example_part(const struct schedule_type *type)
{
    struct schedule_part part = schedule_part_default(type);
    for (int i = 0; type->params[i].name; i++) {
        const struct schedule_param *param = &type->params[i];
        const char *name = param->name;
        bool length = type->length_param && !strcmp(name, type->length_param);
        bool floor = type->floor_param && !strcmp(name, type->floor_param);
        if (i == 0)
            part.param[i] = 0.1;
        else if (param->required || length || floor)
            part.param[i] = example_value(type, param);
        else if (!strcmp(name, "alpha") || !strcmp(name, "min_lr_ratio"))
            part.param[i] = 0.125;
    }
    for (size_t i = 0; type->list && i < 3; i++)
        part.list[part.list_count++] = (double)(30 + 25 * i);
    return part;
}

static inline struct schedule example_of(const struct schedule_type *type)
{
    struct schedule schedule = {.part_count = 1};
    schedule.parts[0] = example_part(type);
    return schedule;
}

/* `first` for `steps`, then `second` for what is left. */
static inline struct schedule example_sequence(const char *first, int64_t steps,
                                               const char *second)
{
    struct schedule schedule = {.part_count = 2, .milestones = {steps}};
    const char *const names[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        struct schedule_part *part = &schedule.parts[i];
        *part = example_part(schedule_type_find(names[i]));
        int length = part->type->length_param
                         ? schedule_param_find(part->type, part->type->length_param)
                         : -1;
        if (length > 0)
            part->param[length] = (double)(i ? MISTAKE_ROWS - steps : steps);
    }
    return schedule;
}

/* --- columns --- */

static inline struct schedule_part *last_part(struct schedule *schedule)
{
    return &schedule->parts[schedule->part_count - 1];
}

static inline int length_index(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    int index = last->type->length_param
                    ? schedule_param_find(last->type, last->type->length_param)
                    : -1;
    return index >= 0 && isnan(last->param[index]) ? -1 : index;
}

/* The floor that torch's chained schedulers come down to. */
static inline double chained_floor(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    int index = schedule_param_find(last->type, "eta_min");
    return index >= 0 ? last->param[index] : 0;
}

static inline double lr_at(const struct schedule *schedule, double t)
{
    return schedule_lr(schedule, fmax(t, 0));
}

/* t of row i = pace i + ahead */
static inline void at_pace(struct mistaken *m, double pace, double ahead)
{
    for (size_t i = 0; i < m->count; i++)
        m->lr[i] = lr_at(&m->declared, pace * (double)i + ahead);
}

static inline void as_run(struct mistaken *m, const struct schedule *run)
{
    for (size_t i = 0; i < m->count; i++)
        m->lr[i] = lr_at(run, (double)i);
}

/* From the resume on floor + gain (run(t + ahead) - floor). */
struct resumed {
    struct schedule run;
    double ahead, gain, floor;
};

static inline void as_resumed(struct mistaken *m, const struct resumed *resumed)
{
    at_pace(m, 1, 0);
    for (size_t i = RESUMED_AT; i < m->count; i++) {
        double lr = lr_at(&resumed->run, (double)i + resumed->ahead);
        m->lr[i] = resumed->floor + resumed->gain * (lr - resumed->floor);
    }
    m->expected.at = RESUMED_AT;
}

/* How long the schedule climbs at its start. */
static inline double climb_of(const struct schedule *schedule)
{
    double t = 0;
    if (schedule->part_count > 1)
        return lr_at(schedule, (double)schedule->milestones[0]) > lr_at(schedule, 0)
                   ? (double)schedule->milestones[0]
                   : 0;
    while (t < MISTAKE_ROWS && lr_at(schedule, t + 1) > lr_at(schedule, t))
        t++;
    return t;
}

/* --- what a named cause would have left --- */

/* Sets the parameter, in whatever part has it; of a rate all. */
static inline bool set_param(struct schedule *schedule, const char *name, double value)
{
    bool found = false;
    for (size_t i = 0; i < schedule->part_count; i++) {
        int index = schedule_param_find(schedule->parts[i].type, name);
        if (index < 0 || (found && index > 0))
            continue;
        schedule->parts[i].param[index] = value;
        found = true;
    }
    return found;
}

static inline bool set_milestone(struct schedule *schedule,
                                 const struct schedule_cause *cause)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        if (i > 0 && (double)schedule->milestones[i - 1] == cause->declared)
            schedule->milestones[i - 1] = (int64_t)cause->used;
        for (size_t k = 0; k < schedule->parts[i].list_count; k++) {
            if (schedule->parts[i].list[k] == cause->declared)
                schedule->parts[i].list[k] = cause->used;
        }
    }
    return true;
}

/* The schedule as the cause says it was run all along, and when. */
struct story_told {
    struct schedule run;
    double pace, ahead, every;
};

static inline struct story_told tell(const struct mistaken *m,
                                     const struct schedule_cause *cause)
{
    struct story_told told = {m->declared, 1, 0, 0};
    switch (cause->kind) {
    case CAUSE_STEPPED_PER_BATCH:
    case CAUSE_STEPPED_TOO_OFTEN: told.pace = cause->used; break;
    case CAUSE_STEPPED_PER_EPOCH:
    case CAUSE_STEPPED_TOO_SELDOM: told.every = cause->used; break;
    case CAUSE_OTHER_BASE_LR:
    case CAUSE_OTHER_LENGTH:
    case CAUSE_OTHER_FLOOR:
    case CAUSE_OTHER_PARAMETER: set_param(&told.run, cause->param, cause->used); break;
    case CAUSE_OTHER_MILESTONE: set_milestone(&told.run, cause); break;
    case CAUSE_STEPPED_BEFORE_START: told.ahead = cause->used; break;
    case CAUSE_LATE_START: told.ahead = -cause->used; break;
    case CAUSE_WARMUP_MISSING: told.ahead = cause->declared; break;
    default: told.pace = NAN; break;
    }
    return told;
}

/* The same from a break on: NAN in `told.pace` above. */
static inline double after_break(const struct mistaken *m,
                                 const struct schedule_cause *cause, double t, int late)
{
    struct schedule run = m->declared;
    double ahead = 0, at = (double)cause->at, floor = chained_floor(&m->declared);
    switch (cause->kind) {
    case CAUSE_LAST_EPOCH_LOST: ahead = -at - late; break;
    case CAUSE_STEPS_REPEATED: ahead = -cause->used; break;
    case CAUSE_STEPS_LOST: ahead = cause->used; break;
    case CAUSE_LENGTH_CHANGED: set_param(&run, cause->param, cause->used); break;
    case CAUSE_OPTIMIZER_LR_LOST: break;
    case CAUSE_RESCALED: floor = 0; break;
    case CAUSE_STOPPED: return m->lr[cause->at];
    default: return NAN;
    }
    if (cause->gain == 1)
        floor = 0;
    return floor + cause->gain * (lr_at(&run, t + ahead) - floor);
}

static inline double told_lr(const struct story_told *told, double t)
{
    return lr_at(&told->run,
                 told->every > 0 ? floor(t / told->every) : told->pace * t + told->ahead);
}

/* Whether the cause leaves this column, logged at once or a row late, up to what logging
   did to it. */
static inline bool leaves_the_column(const struct mistaken *m,
                                     const struct schedule_cause *cause, int late)
{
    struct story_told told = tell(m, cause);
    double high = 0, most = 0;
    for (size_t i = 0; i < m->count; i++) {
        double t = (double)i + late, lr;
        if (!isnan(told.pace))
            lr = told_lr(&told, t);
        else
            lr = (double)i < (double)cause->at ? lr_at(&m->declared, t)
                                               : after_break(m, cause, t, late);
        high = fmax(high, m->lr[i]);
        most = isnan(lr) ? INFINITY : fmax(most, fabs(lr - m->lr[i]));
    }
    return most <= 3e-3 * high;
}

#endif
