/* What kind of curve a schedule is. */
#include "curves/schedules/kinds.h"

#include <math.h>
#include <string.h>

const char *const kind_names[KIND_COUNT] = {
    "none",        "constant",      "constant_warmup", "linear", "linear_warmup",
    "cosine",      "cosine_warmup", "restarts",        "step",   "plateau",
    "exponential", "polynomial",    "inverse_sqrt",    "wsd",    "cyclic",
    "k_decay",     "three_phase"};

static double param(const struct schedule_part *part, const char *name)
{
    int index = schedule_param_find(part->type, name);
    return index < 0 ? NAN : part->param[index];
}

static bool is(const struct schedule_part *part, const char *name)
{
    return !strcmp(part->type->name, name);
}

/* --- the warm-up --- */

static bool climbs(const struct schedule_part *part)
{
    return is(part, "LinearLR") &&
           param(part, "start_factor") < param(part, "end_factor");
}

static double one_cycle_total(const struct schedule_part *part)
{
    double total = param(part, "total_steps");
    return isnan(total) ? param(part, "epochs") * param(part, "steps_per_epoch") : total;
}

static double own_warmup(const struct schedule_part *part)
{
    if (is(part, "OneCycleLR"))
        return fmax(0, param(part, "pct_start") * one_cycle_total(part) - 1);
    if (is(part, "CosineLRScheduler"))
        return param(part, "warmup_t");
    if (is(part, "CosineDecay"))
        return isnan(param(part, "warmup_target")) ? 0 : param(part, "warmup_steps");
    double steps = param(part, "num_warmup_steps");
    return isnan(steps) ? 0 : steps;
}

static double warmup_of(const struct schedule *schedule)
{
    const struct schedule_part *first = &schedule->parts[0];
    if (schedule->part_count > 1)
        return climbs(first) ? (double)schedule->milestones[0] : 0;
    return climbs(first) ? param(first, "total_iters") : own_warmup(first);
}

/* --- the body --- */

static bool holds(const struct schedule_part *part)
{
    return is(part, "constant") ||
           (is(part, "ConstantLR") && param(part, "factor") == 1) ||
           (is(part, "LinearLR") &&
            param(part, "start_factor") == param(part, "end_factor"));
}

/* Steps of the hold between warm-up and descent. */
static double hold_of(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    double hold = 0;
    for (size_t i = 0; i + 1 < schedule->part_count; i++) {
        const struct schedule_part *part = &schedule->parts[i];
        double steps =
            (double)(schedule->milestones[i] - (i ? schedule->milestones[i - 1] : 0));
        if (holds(part))
            hold += steps;
        else if (is(part, "LinearLR") && !climbs(part)) /* it stays at its end */
            hold += steps - param(part, "total_iters");
    }
    if (is(last, "warmup_stable_decay")) {
        double stable = param(last, "num_stable_steps");
        hold += isnan(stable)
                    ? param(last, "num_training_steps") -
                          param(last, "num_warmup_steps") - param(last, "num_decay_steps")
                    : stable;
    }
    return hold;
}

static double start_of(const struct schedule *schedule)
{
    return schedule->part_count > 1
               ? (double)schedule->milestones[schedule->part_count - 2]
               : 0;
}

static enum kind line_or_power(double power)
{
    return power == 1 ? KIND_LINEAR : KIND_POLYNOMIAL;
}

static enum kind one_cycle_kind(const struct schedule_part *part)
{
    if (param(part, "three_phase") > 0)
        return KIND_THREE_PHASE;
    return param(part, "anneal_strategy") > 0 ? KIND_LINEAR : KIND_COSINE;
}

static enum kind timm_kind(const struct schedule_part *part, double to)
{
    double first = param(part, "t_initial");
    if (param(part, "warmup_prefix") > 0)
        first += param(part, "warmup_t");
    if (param(part, "cycle_limit") > 1 && to > first)
        return KIND_RESTARTS;
    return param(part, "k_decay") == 1 ? KIND_COSINE : KIND_K_DECAY;
}

static enum kind hard_restarts_kind(const struct schedule_part *part, double to)
{
    double warmup = param(part, "num_warmup_steps"), n = param(part, "num_cycles");
    double first = (param(part, "num_training_steps") - warmup) / n;
    return n > 1 && to > warmup + first ? KIND_RESTARTS : KIND_COSINE;
}

static enum kind wsd_kind(const struct schedule_part *part)
{
    double shape = param(part, "decay_type");
    return shape == 0 ? KIND_LINEAR : shape == 1 ? KIND_COSINE : KIND_WSD;
}

/* Of one part, up to its own t = to, its warm-up and hold left aside. */
static enum kind body_kind(const struct schedule_part *part, double to)
{
    static const struct {
        const char *type;
        enum kind kind;
    } plain[] = {
        {"constant", KIND_CONSTANT},         {"constant_with_warmup", KIND_CONSTANT},
        {"CosineAnnealingLR", KIND_COSINE},  {"cosine_with_warmup", KIND_COSINE},
        {"cosine_with_min_lr", KIND_COSINE}, {"cosine_warmup_with_min_lr", KIND_COSINE},
        {"CosineDecay", KIND_COSINE},        {"linear_with_warmup", KIND_LINEAR},
        {"LinearLR", KIND_LINEAR},           {"ExponentialLR", KIND_EXPONENTIAL},
        {"inverse_sqrt", KIND_INVERSE_SQRT}, {"CyclicLR", KIND_CYCLIC},
        {"ReduceLROnPlateau", KIND_PLATEAU}, {"StepLR", KIND_STEP},
        {"MultiStepLR", KIND_STEP},          {"ConstantLR", KIND_STEP}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (is(part, plain[i].type))
            return plain[i].kind;
    }
    if (is(part, "PolynomialLR") || is(part, "polynomial_decay_with_warmup"))
        return line_or_power(param(part, "power"));
    if (is(part, "OneCycleLR"))
        return one_cycle_kind(part);
    if (is(part, "CosineLRScheduler"))
        return timm_kind(part, to);
    if (is(part, "cosine_with_restarts"))
        return hard_restarts_kind(part, to);
    if (is(part, "warmup_stable_decay"))
        return wsd_kind(part);
    const char *first = is(part, "CosineDecayRestarts") ? "first_decay_steps" : "T_0";
    return to > param(part, first) ? KIND_RESTARTS : KIND_COSINE;
}

static bool steps_down(enum kind kind)
{
    return kind == KIND_STEP || kind == KIND_PLATEAU;
}

static bool still_flat(const struct schedule *schedule, double from, double to)
{
    double first = schedule_lr(schedule, from);
    for (int i = 1; i <= 64; i++) {
        double lr = schedule_lr(schedule, from + (to - from) * i / 64);
        if (fabs(lr - first) > 1e-9 * first)
            return false;
    }
    return true;
}

static enum kind with_warmup(enum kind kind)
{
    return kind == KIND_CONSTANT ? KIND_CONSTANT_WARMUP
           : kind == KIND_LINEAR ? KIND_LINEAR_WARMUP
           : kind == KIND_COSINE ? KIND_COSINE_WARMUP
                                 : kind;
}

enum kind kind_seen(const struct schedule *schedule, double from, double to)
{
    if (!schedule->part_count)
        return KIND_NONE;
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    double warmup = warmup_of(schedule), hold = hold_of(schedule);
    enum kind kind = body_kind(last, to - start_of(schedule));
    bool flat_top = hold > 0 || steps_down(kind);
    if (climbs(last) || still_flat(schedule, fmax(from, warmup), fmax(to, warmup)))
        kind = KIND_CONSTANT;
    else if (flat_top && !steps_down(kind) && from < warmup + hold - 1)
        kind = KIND_WSD;
    return warmup >= 1 && from < warmup ? with_warmup(kind) : kind;
}

enum kind kind_of(const struct schedule *schedule)
{
    if (!schedule->part_count)
        return KIND_NONE;
    /* Far beyond the end, at no multiple of anything. */
    double length = schedule_length(schedule),
           end = length > 0 ? 97.3 * length : 1e9 + 0.3;
    return kind_seen(schedule, 0, end);
}

/* --- figures --- */

static double floor_of(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    if (is(last, "ExponentialLR") || is(last, "inverse_sqrt") ||
        steps_down(body_kind(last, 0)))
        return NAN;
    if (is(last, "CyclicLR"))
        return last->param[0];
    double length = schedule_length(schedule);
    const char *jumping[] = {"CosineAnnealingWarmRestarts", "CosineDecayRestarts"};
    for (size_t i = 0; i < 2; i++) {
        if (is(last, jumping[i])) /* just before it goes up again */
            return schedule_lr(schedule, length * (1 - 1e-12));
    }
    return length > 0 ? schedule_lr(schedule, length) : NAN;
}

static double base_of(const struct schedule_part *last)
{
    double target = param(last, "warmup_target"), top = param(last, "max_lr");
    if (!isnan(target))
        return target;
    return is(last, "CyclicLR") ? top : last->param[0];
}

void figures_of(const struct schedule *schedule, struct figures *out)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    *out = (struct figures){NAN, NAN, NAN, NAN};
    out->base = base_of(last);
    out->warmup = warmup_of(schedule);
    out->floor = floor_of(schedule);
    out->length = schedule_length(schedule);
    if (is(last, "CyclicLR"))
        out->length = param(last, "step_size_up");
    else if (is(last, "StepLR"))
        out->length = param(last, "step_size");
    else if (is(last, "CosineLRScheduler"))
        out->length = param(last, "t_initial") +
                      (param(last, "warmup_prefix") > 0 ? param(last, "warmup_t") : 0);
    else if (is(last, "cosine_with_restarts"))
        out->length =
            out->warmup + (out->length - out->warmup) / param(last, "num_cycles");
    else if (!(out->length > 0))
        out->length = NAN;
}
