/* What holds for every type: finding it, checking it, and several parts in sequence. */
#include "core/schedule/rows.h"

#include <math.h>
#include <string.h>

#define TEXT_(number) #number
#define TEXT(number)  TEXT_(number)

/* Above it a double no longer tells neighbouring integers apart. */
static const double integer_max = 9007199254740991.0;

struct schedule_part schedule_part_default(const struct schedule_type *type)
{
    struct schedule_part part = {.type = type};
    for (size_t i = 0; type->params[i].name; i++)
        part.param[i] = type->params[i].required || type->params[i].optional
                            ? NAN
                            : type->params[i].value_default;
    return part;
}

static const char *param_fault(const struct schedule_param *param, double value)
{
    if (isnan(value) && param->optional)
        return NULL;
    if (isnan(value))
        return param->required ? "is required" : "must be a number";
    if (isinf(value))
        return "must be finite";
    if (param->integer && (value != floor(value) || fabs(value) > integer_max))
        return "must be a whole number";
    if (param->min_open && value <= param->min)
        return "must be above 0";
    if (value < param->min)
        return param->min > 0 ? "must be at least 1" : "must not be negative";
    if (param->max > 0 && value > param->max)
        return "must be at most 1";
    return NULL;
}

static const char *list_fault(const struct schedule_part *part)
{
    if (!part->list_count)
        return "must name at least one step";
    if (part->list_count > SCHEDULE_LIST_MAX)
        return "has too many steps (at most " TEXT(SCHEDULE_LIST_MAX) ")";
    for (size_t i = 0; i < part->list_count; i++) {
        double before = i ? part->list[i - 1] : 0;
        if (!(part->list[i] >= 1) || part->list[i] > integer_max ||
            part->list[i] != floor(part->list[i]))
            return "must be whole numbers of at least 1";
        if (part->list[i] <= before)
            return "must rise";
    }
    return NULL;
}

const char *schedule_part_check(const struct schedule_part *part, const char **why)
{
    if (!part->type) {
        *why = "is required";
        return "type";
    }
    for (size_t i = 0; part->type->params[i].name; i++) {
        *why = param_fault(&part->type->params[i], part->param[i]);
        if (*why)
            return part->type->params[i].name;
    }
    *why = part->type->list ? list_fault(part) : NULL;
    if (*why)
        return part->type->list;
    return part->type->check ? part->type->check(part, why) : NULL;
}

static const char *sequence_check(const struct schedule *schedule, const char **why)
{
    for (size_t i = 1; i < schedule->part_count; i++) {
        int64_t before = i > 1 ? schedule->milestones[i - 2] : 0;
        if (schedule->milestones[i - 1] <= before) {
            *why = "must rise and be at least 1";
            return "milestones";
        }
        if (schedule->parts[i].type->alone || schedule->parts[0].type->alone) {
            *why = "can only hold types that multiply the optimizer's own rate";
            return "schedulers";
        }
    }
    return NULL;
}

/* Whether an optimizer's one rate serves every part. */
static bool is_one_rate(const struct schedule *schedule)
{
    for (size_t i = 1; i < schedule->part_count; i++) {
        if (schedule->parts[i].param[0] != schedule->parts[0].param[0])
            return false;
    }
    return true;
}

static const char *chain_check(const struct schedule *schedule, const char **why)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        if (!schedule->parts[i].type->multiplies) {
            *why = "can only hold types that multiply the rate when chained: StepLR, "
                   "MultiStepLR, ConstantLR, LinearLR, ExponentialLR, PolynomialLR";
            return "schedulers";
        }
    }
    return NULL;
}

const char *schedule_check(const struct schedule *schedule, const char **why)
{
    *why = NULL;
    if (!schedule->part_count || schedule->part_count > SCHEDULE_PARTS_MAX) {
        *why = "must have 1 to 8 parts";
        return "schedulers";
    }
    for (size_t i = 0; i < schedule->part_count; i++) {
        const char *param = schedule_part_check(&schedule->parts[i], why);
        if (param)
            return param;
    }
    const char *param =
        schedule->chained ? chain_check(schedule, why) : sequence_check(schedule, why);
    if (param || is_one_rate(schedule))
        return param;
    *why = "must be the same in every part: an optimizer has only one";
    return "base_lr";
}

double schedule_part_lr(const struct schedule_part *part, double t)
{
    struct schedule_stretch stretch;
    if (part->type->lr)
        return part->type->lr(part, t);
    part->type->stretch(part, t, &stretch);
    return part->type->along(&stretch, t);
}

/* out[i] = the rate at t + i */
static void part_curve(const struct schedule_part *part, double t, size_t count,
                       double *out)
{
    struct schedule_stretch stretch = {.end = t};
    for (size_t i = 0; i < count; i++) {
        double at = t + (double)i;
        if (part->type->lr) {
            out[i] = part->type->lr(part, at);
            continue;
        }
        if (at >= stretch.end)
            part->type->stretch(part, at, &stretch);
        out[i] = part->type->along(&stretch, at);
    }
}

/* The part in charge at t. */
static size_t part_at(const struct schedule *schedule, double t)
{
    size_t i = schedule->part_count - 1;
    while (i && t < (double)schedule->milestones[i - 1])
        i--;
    return i;
}

static double part_start(const struct schedule *schedule, size_t i)
{
    return i ? (double)schedule->milestones[i - 1] : 0;
}

/* The parts of a chain as factors, which are multiplied from left to right. */
static double chain_lr(const struct schedule *schedule, double t)
{
    double lr = schedule->parts[0].param[0];
    for (size_t i = 0; i < schedule->part_count; i++) {
        struct schedule_part factor = schedule->parts[i];
        factor.param[0] = 1;
        lr *= schedule_part_lr(&factor, t);
    }
    return lr;
}

double schedule_lr(const struct schedule *schedule, double t)
{
    if (schedule->chained)
        return chain_lr(schedule, t);
    size_t i = part_at(schedule, t);
    return schedule_part_lr(&schedule->parts[i], t - part_start(schedule, i));
}

/* Enough that what a stretch looks up is shared, little enough for the stack. */
#define CHAIN_PIECE 256

static void chain_curve(const struct schedule *schedule, double t, size_t count,
                        double *out)
{
    double factors[CHAIN_PIECE];
    for (size_t i = 0; i < count; i++)
        out[i] = schedule->parts[0].param[0];
    for (size_t p = 0; p < schedule->part_count; p++) {
        struct schedule_part factor = schedule->parts[p];
        factor.param[0] = 1;
        for (size_t done = 0; done < count; done += CHAIN_PIECE) {
            size_t piece = count - done < CHAIN_PIECE ? count - done : CHAIN_PIECE;
            part_curve(&factor, t + (double)done, piece, factors);
            for (size_t i = 0; i < piece; i++)
                out[done + i] *= factors[i];
        }
    }
}

void schedule_curve(const struct schedule *schedule, int64_t first, size_t count,
                    double *out)
{
    double t = (double)first, end = t + (double)count;
    if (schedule->chained) {
        chain_curve(schedule, t, count, out);
        return;
    }
    for (size_t i = part_at(schedule, t); t < end; i++) {
        double until = i + 1 < schedule->part_count
                           ? fmin(end, (double)schedule->milestones[i])
                           : end;
        part_curve(&schedule->parts[i], t - part_start(schedule, i), (size_t)(until - t),
                   out);
        out += (size_t)(until - t);
        t = until;
    }
}

const char *schedule_name(const struct schedule *schedule)
{
    if (schedule->chained)
        return "ChainedScheduler";
    return schedule->part_count == 1 ? schedule->parts[0].type->name : "SequentialLR";
}

/* As long as the longest; without end when one is. */
static double chain_length(const struct schedule *schedule)
{
    double length = 0;
    for (size_t i = 0; i < schedule->part_count; i++) {
        const struct schedule_part *part = &schedule->parts[i];
        if (!part->type->length)
            return 0;
        length = fmax(length, part->type->length(part));
    }
    return length;
}

double schedule_length(const struct schedule *schedule)
{
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    double length = 0;
    if (schedule->chained)
        length = chain_length(schedule);
    else if (last->type->length)
        length =
            part_start(schedule, schedule->part_count - 1) + last->type->length(last);
    return fmin(length, integer_max); /* timm's cycles may add up to infinity */
}

static bool part_jumps(const struct schedule_part *part, double t)
{
    return part->type->jumps && part->type->jumps(part, t);
}

bool schedule_jumps(const struct schedule *schedule, double t)
{
    for (size_t i = 0; schedule->chained && i < schedule->part_count; i++) {
        if (part_jumps(&schedule->parts[i], t))
            return true;
    }
    if (schedule->chained)
        return false;
    for (size_t i = 1; i < schedule->part_count; i++) {
        double milestone = (double)schedule->milestones[i - 1];
        if (t < milestone && milestone <= t + 1)
            return true;
    }
    size_t i = part_at(schedule, t);
    return part_jumps(&schedule->parts[i], t - part_start(schedule, i));
}
