/* What is said about each cause: half a sentence, figures, and what to change in the
   code. One row for each kind; %-words are filled from the cause. */
#include "core/diagnose/rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that is built bit by bit and cut at its end. */
struct words {
    char *text;
    size_t size, used;
};

static void put(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length =
        vsnprintf(words->text + words->used, words->size - words->used, format, args);
    va_end(args);
    if (length > 0)
        words->used += (size_t)length;
    if (words->used >= words->size)
        words->used = words->size - 1;
}

/* --- values --- */

/* The parameter of this name, in any part; NULL when there is none. */
static const struct schedule_param *find_param(const struct schedule *schedule,
                                               const char *name)
{
    for (size_t i = 0; name && i < schedule->part_count; i++) {
        int index = schedule_param_find(schedule->parts[i].type, name);
        if (index >= 0)
            return &schedule->parts[i].type->params[index];
    }
    return NULL;
}

static void put_value(struct words *words, const struct schedule_param *param,
                      double value)
{
    if (param && param->words && value >= 0)
        put(words, "\"%s\"", param->words[(int)value]);
    else
        put(words, "%.7g", value);
}

/* "CosineAnnealingLR(T_max=40, eta_min=0.001)", the rate left out. */
static void put_part(struct words *words, const struct schedule_part *part)
{
    const char *separator = "(";
    put(words, "%s", part->type->name);
    for (int i = 1; part->type->params[i].name; i++) {
        const struct schedule_param *param = &part->type->params[i];
        double value = part->param[i];
        if (isnan(value) || (!param->required && value == param->value_default &&
                             param->name != part->type->length_param))
            continue;
        put(words, "%s%s=", separator, param->name);
        put_value(words, param, value);
        separator = ", ";
    }
    for (size_t i = 0; part->type->list && i < part->list_count; i++)
        put(words, "%s%.7g",
            i                         ? ", "
            : !strcmp(separator, "(") ? "(milestones=["
                                      : ", milestones=[",
            part->list[i]);
    put(words, "%s", part->type->list ? "])" : strcmp(separator, "(") ? ")" : "");
}

static void put_schedule(struct words *words, const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        put(words, "%s", i ? ", then " : "");
        put_part(words, &schedule->parts[i]);
    }
}

/* "4 times the declared 0.1", "0.7 times ..." */
static void put_factor(struct words *words, const struct schedule_cause *cause)
{
    double times = cause->used / cause->declared, parts = cause->declared / cause->used;
    if (fabs(parts - rint(parts)) <= 1e-3 && parts > 1.5)
        put(words, "1/%.0f of the declared %.4g", parts, cause->declared);
    else
        put(words, "%.4g times the declared %.4g", times, cause->declared);
}

static const char *more(const struct schedule_cause *cause)
{
    return cause->or_more ? " or more" : "";
}

/* --- one writer for each shape of sentence --- */

struct teller {
    const struct schedule_cause *cause;
    const struct schedule *schedule;
    const char *unit;
};

static void say_often(const struct teller *t, struct words *words)
{
    put(words, "the scheduler is stepped %.0f%s times per %s%s", t->cause->used,
        more(t->cause), t->unit,
        t->cause->kind == CAUSE_STEPPED_PER_BATCH ? ", as if once per batch" : "");
}

static void say_seldom(const struct teller *t, struct words *words)
{
    put(words, "the scheduler is stepped only once in %.0f %ss%s", t->cause->used,
        t->unit,
        t->cause->kind == CAUSE_STEPPED_PER_EPOCH ? ", as if once per epoch" : "");
}

static void say_base_lr(const struct teller *t, struct words *words)
{
    put(words, "%s is %.4g in the run, ", t->cause->param, t->cause->used);
    put_factor(words, t->cause);
}

static void say_value(const struct teller *t, struct words *words)
{
    const struct schedule_param *param = find_param(t->schedule, t->cause->param);
    put(words, "%s is ", t->cause->param);
    put_value(words, param, t->cause->used);
    put(words, "%s in the run, declared is ", more(t->cause));
    put_value(words, param, t->cause->declared);
}

static void say_floor(const struct teller *t, struct words *words)
{
    const struct schedule_param *param = find_param(t->schedule, t->cause->param);
    bool missing = param && !param->required && t->cause->used == param->value_default;
    say_value(t, words);
    if (missing)
        put(words, ": it does not reach the scheduler");
}

static void say_milestone(const struct teller *t, struct words *words)
{
    put(words, "the milestone declared at %.0f is at %.0f in the run", t->cause->declared,
        t->cause->used);
}

static void say_no_warmup(const struct teller *t, struct words *words)
{
    put(words, "the declared warm-up of %.0f %ss was not run, or not logged",
        t->cause->declared, t->unit);
}

static void say_added_warmup(const struct teller *t, struct words *words)
{
    put(words, "a warm-up of %.0f %ss comes first that is not declared", t->cause->used,
        t->unit);
}

static void say_ahead(const struct teller *t, struct words *words)
{
    put(words,
        "it is %.0f steps ahead all along: the scheduler was stepped %.0f times before "
        "the first %s, or the run goes on from a checkpoint and counts anew",
        t->cause->used, t->cause->used, t->unit);
}

static void say_late(const struct teller *t, struct words *words)
{
    put(words, "the scheduler is first stepped %.0f %ss late", t->cause->used, t->unit);
}

static void say_restart(const struct teller *t, struct words *words)
{
    bool chained = fabs(t->cause->gain - 1) > 1e-6;
    put(words, "the curve starts again at %s %lld%s: last_epoch was lost at a resume%s",
        t->unit, (long long)t->cause->at,
        chained ? " from the learning rate that it had" : "",
        chained ? ", the optimizer's learning rate was not" : "");
}

static void say_optimizer(const struct teller *t, struct words *words)
{
    put(words,
        "from %s %lld on it is %.4g times the schedule: the scheduler was resumed, on an "
        "optimizer with its first learning rate",
        t->unit, (long long)t->cause->at, t->cause->gain);
}

static void say_moved(const struct teller *t, struct words *words)
{
    bool behind = t->cause->kind == CAUSE_STEPS_REPEATED;
    put(words, "from %s %lld on it is %.0f step%s %s: %s", t->unit,
        (long long)t->cause->at, t->cause->used, t->cause->used == 1 ? "" : "s",
        behind ? "behind" : "ahead",
        behind ? "a resume took an older state of the scheduler, or it missed steps"
               : "a resume stepped the scheduler more often than the run");
}

static void say_length_changed(const struct teller *t, struct words *words)
{
    put(words, "from %s %lld on %s is %.7g instead of %.7g", t->unit,
        (long long)t->cause->at, t->cause->param, t->cause->used, t->cause->declared);
}

static void say_rescaled(const struct teller *t, struct words *words)
{
    put(words,
        "from %s %lld on it is %.4g times the schedule: set by hand, or by a second "
        "scheduler",
        t->unit, (long long)t->cause->at, t->cause->gain);
}

static void say_stopped(const struct teller *t, struct words *words)
{
    put(words, "it stands still from %s %lld on: the scheduler is not stepped any more",
        t->unit, (long long)t->cause->at);
}

static void say_metric(const struct teller *t, struct words *words)
{
    put(words, "it falls when %.64s says, so that is what the scheduler watches",
        t->cause->param ? t->cause->param : "another metric");
}

static void say_other(const struct teller *t, struct words *words)
{
    put(words, "the column follows ");
    put_schedule(words, t->cause->other);
    put(words, " instead");
}

static void say_never(const struct teller *t, struct words *words)
{
    (void)t;
    put(words, "the scheduler is never stepped");
}

static void say_unknown(const struct teller *t, struct words *words)
{
    (void)t;
    put(words, "none of the usual mistakes explains it");
}

/* --- the table --- */

#define PASS_OR_DECLARE \
    "Pass the declared value to the scheduler, or declare the one it uses."
#define SAVE_STATE                                                                     \
    "Save scheduler.state_dict() and optimizer.state_dict() with the checkpoint, and " \
    "load both."

static const struct {
    void (*say)(const struct teller *teller, struct words *words);
    const char *advice;
} rows[CAUSE_COUNT] = {
    [CAUSE_UNKNOWN] = {say_unknown,
                       "Look for a second scheduler, a warm-up or a callback that also "
                       "sets the learning rate."},
    [CAUSE_NEVER_STEPPED] = {say_never,
                             "Check that the scheduler holds the optimizer that trains, "
                             "and that the logged value is read from it "
                             "(scheduler.get_last_lr())."},
    [CAUSE_STEPPED_PER_BATCH] =
        {say_often, "Move scheduler.step() out of the batch loop, or give its lengths in "
                    "batches and declare \"unit\": \"step\"."},
    [CAUSE_STEPPED_TOO_OFTEN] =
        {say_often, "Look for a second scheduler.step(): beside the trainer's own, once "
                    "per process, or once per accumulated batch."},
    [CAUSE_STEPPED_PER_EPOCH] = {say_seldom,
                                 "Move scheduler.step() into the batch loop, or give its "
                                 "lengths in epochs."},
    [CAUSE_STEPPED_TOO_SELDOM] =
        {say_seldom, "Look at what scheduler.step() waits for: gradient accumulation "
                     "steps it once per optimizer step, so give its lengths in those."},
    [CAUSE_OTHER_BASE_LR] =
        {say_base_lr, "Compare the optimizer's lr with the declared one: scaled by "
                      "the number of GPUs or the batch size?"},
    [CAUSE_OTHER_LENGTH] = {say_value, PASS_OR_DECLARE},
    [CAUSE_OTHER_FLOOR] = {say_floor, PASS_OR_DECLARE},
    [CAUSE_OTHER_MILESTONE] = {say_milestone, PASS_OR_DECLARE},
    [CAUSE_OTHER_PARAMETER] = {say_value, PASS_OR_DECLARE},
    [CAUSE_WARMUP_MISSING] =
        {say_no_warmup, "Pass the warm-up to the scheduler, or declare the schedule "
                        "without it."},
    [CAUSE_WARMUP_ADDED] = {say_added_warmup,
                            "Declare it: SequentialLR of LinearLR and the schedule, with "
                            "the milestone where the warm-up ends."},
    [CAUSE_STEPPED_BEFORE_START] =
        {say_ahead, "Call scheduler.step() only after an epoch was trained; after a "
                    "resume, log the epoch that the checkpoint says."},
    [CAUSE_LATE_START] = {say_late, "Look at what scheduler.step() waits for; if a phase "
                                    "at one learning rate is meant, declare it as "
                                    "SequentialLR with ConstantLR(factor=1)."},
    [CAUSE_LAST_EPOCH_LOST] = {say_restart, SAVE_STATE},
    [CAUSE_OPTIMIZER_LR_LOST] = {say_optimizer, SAVE_STATE},
    [CAUSE_STEPS_REPEATED] = {say_moved, SAVE_STATE},
    [CAUSE_STEPS_LOST] =
        {say_moved, "last_epoch=N takes one step as the scheduler is made: pass the "
                    "last epoch that was trained, or load the state_dict instead."},
    [CAUSE_LENGTH_CHANGED] = {say_length_changed,
                              "Resume with the length that the run began with: a chained "
                              "scheduler lands elsewhere when it changes on the way."},
    [CAUSE_RESCALED] = {say_rescaled,
                        "Look for code that sets param_group[\"lr\"], and for a second "
                        "scheduler on the same optimizer."},
    [CAUSE_STOPPED] = {say_stopped, "Look for a condition around scheduler.step(), and "
                                    "for a resume that made no scheduler."},
    [CAUSE_OTHER_METRIC] = {say_metric,
                            "Pass the metric that is meant to scheduler.step(metric)."},
    [CAUSE_OTHER_SCHEDULE] = {say_other,
                              "Declare the schedule that the run uses, or make "
                              "the declared one in the code."},
    [CAUSE_OTHER_UNIT] = {say_unknown, ""},
};

/* Another mistake that would have left the same column, where it has a figure. */
static void put_also(const struct teller *t, struct words *words)
{
    const struct schedule_cause *cause = t->cause;
    switch (cause->also) {
    case CAUSE_STEPPED_PER_BATCH:
    case CAUSE_STEPPED_TOO_OFTEN:
        put(words, " (%.0f scheduler steps per %s", cause->also_used, t->unit);
        break;
    case CAUSE_STEPPED_PER_EPOCH:
    case CAUSE_STEPPED_TOO_SELDOM:
        put(words, " (one scheduler step in %.0f %ss", cause->also_used, t->unit);
        break;
    case CAUSE_OTHER_BASE_LR:
    case CAUSE_OTHER_LENGTH:
    case CAUSE_OTHER_FLOOR:
    case CAUSE_OTHER_PARAMETER:
        put(words, " (%s=", cause->also_param);
        put_value(words, find_param(t->schedule, cause->also_param), cause->also_used);
        break;
    case CAUSE_STEPPED_BEFORE_START:
    case CAUSE_LATE_START:
        put(words, " (a start %.0f %ss %s", cause->also_used, t->unit,
            cause->also == CAUSE_LATE_START ? "late" : "early");
        break;
    default: return;
    }
    put(words, " would look the same)");
}

void cause_describe(const struct schedule_cause *cause,
                    const struct diagnose_context *context, const struct diagnosis *out,
                    char text[CAUSE_TEXT_MAX])
{
    struct teller teller = {cause, &out->schedule, context->unit};
    struct words words = {text, CAUSE_TEXT_MAX, 0};
    text[0] = '\0';
    rows[cause->kind].say(&teller, &words);
    put_also(&teller, &words);
}

void cause_tell(const struct schedule_cause *cause,
                const struct diagnose_context *context, const struct diagnosis *out,
                struct finding *finding)
{
    const char *once = out->schedule.unit == SCHEDULE_STEP ? "batch" : "epoch";
    finding->cause = schedule_cause_names[cause->kind];
    finding->param = cause->param;
    if (!isnan(cause->used))
        finding_evidence(finding, "used", cause->used, "");
    if (!isnan(cause->declared))
        finding_evidence(finding, "declared", cause->declared, "");
    if (fabs(cause->gain - 1) > 1e-6)
        finding_evidence(finding, "gain", cause->gain, "");
    if (cause->at >= 0)
        finding_evidence(finding, "begins_at", (double)cause->at, context->unit);
    finding_advise(finding, "%s", rows[cause->kind].advice);
    if (cause->kind == CAUSE_NEVER_STEPPED)
        finding_advise(finding,
                       "Check that scheduler.step() is called, once per %s and after "
                       "optimizer.step().",
                       once);
    else if (cause->kind == CAUSE_UNKNOWN)
        finding_advise(finding,
                       "Log scheduler.get_last_lr()[0] once per %s, before "
                       "scheduler.step().",
                       context->unit);
}
