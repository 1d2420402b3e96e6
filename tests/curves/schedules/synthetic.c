/* From a recipe to the log that comes of it. */
#include "curves/schedules/synthetic.h"

#include "core/fit/plateau.h"
#include "curves/schedules/kinds.h"

#include <string.h>

/* --- drawing the traps --- */

/* From row to row so that a log has 20 to 2000 rows; a few are logged at every step. */
static double some_stride(struct dice *dice, double total)
{
    static const double strides[] = {1, 5, 10, 20, 25, 50, 100, 200, 500, 1000};
    if (dice_chance(dice, 0.03))
        return total <= SYNTHETIC_POINTS_MAX ? 1 : 10;
    for (;;) {
        double stride = DICE_PICK(dice, strides), rows = total / stride;
        if (rows >= 20 && rows <= 2000)
            return stride;
    }
}

static void draw_rounding(struct dice *dice, double rate, struct traps *traps)
{
    double draw = dice_between(dice, 0, 1);
    traps->rounding = draw < 0.55   ? ROUND_NONE
                      : draw < 0.67 ? ROUND_FLOAT32
                      : draw < 0.85 ? ROUND_DIGITS
                                    : ROUND_DECIMALS;
    if (traps->rounding == ROUND_DIGITS)
        traps->digits = dice_chance(dice, 0.6) ? 4 : (int)dice_whole(dice, 3, 6);
    if (traps->rounding == ROUND_DECIMALS) /* the rate itself keeps two to four of them */
        traps->digits = (int)(dice_whole(dice, 2, 4) - 1 - floor(log10(rate)));
}

static void draw_start(struct dice *dice, double warmup, double total, bool by_step,
                       struct traps *traps)
{
    bool sparse = traps->stride > 1;
    traps->first = by_step && sparse && dice_chance(dice, 0.75) ? traps->stride : 0;
    traps->step_of_t0 = by_step && sparse ? 0 : dice_chance(dice, 0.5);
    double later = 0;
    if (dice_chance(dice, 0.12))
        later = dice_between(dice, 0, 0.3) * total;
    else if (warmup > 0 && dice_chance(dice, 0.08))
        later = warmup;
    traps->first += ceil(later / traps->stride) * traps->stride;
}

static double warmup_of(const struct recipe *recipe)
{
    const struct schedule_part *part = &recipe->schedule.parts[0];
    static const char *const names[] = {"num_warmup_steps", "warmup_t", "warmup_steps"};
    if (recipe->schedule.part_count > 1)
        return (double)recipe->schedule.milestones[0];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int index = schedule_param_find(part->type, names[i]);
        if (index >= 0)
            return part->param[index];
    }
    return 0;
}

/* The rows of an epoch: some hundred batches, every tenth logged. */
static void draw_stairs(struct dice *dice, double total, struct traps *traps)
{
    static const double strides[] = {1, 1, 5, 10, 50};
    double stride = DICE_PICK(dice, strides);
    traps->every = floor(stride * dice_between(dice, 4, 60));
    if (traps->every * total / stride > SYNTHETIC_POINTS_MAX / 2)
        stride *= 10;
    traps->stride = stride;
    traps->step_of_t0 = stride > 1 ? 0 : traps->step_of_t0;
    traps->averaged = false;
}

static void draw_traps(struct dice *dice, const struct recipe *recipe, bool by_step,
                       struct traps *traps)
{
    static const double seen[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1, 1.2};
    double draw = dice_between(dice, 0, 1);
    *traps = (struct traps){.seen = DICE_PICK(dice, seen), .every = 1};
    traps->stride = by_step                   ? some_stride(dice, recipe->total)
                    : dice_chance(dice, 0.05) ? 5
                                              : 1;
    traps->shift = draw < 0.6 ? 0 : draw < 0.85 ? 1 : -1;
    struct figures figures;
    figures_of(&recipe->schedule, &figures);
    draw_rounding(dice, figures.base, traps);
    draw_start(dice, warmup_of(recipe), recipe->total, by_step, traps);
    const struct schedule_type *type =
        recipe->schedule.parts[recipe->schedule.part_count - 1].type;
    traps->averaged = !by_step && type->gradual && dice_chance(dice, 0.08);
    traps->zero_end = dice_chance(dice, 0.06);
    traps->gaps = dice_chance(dice, 0.1);
    if (traps->averaged)
        traps->shift = 0;
    if (type->past == SCHEDULE_ENDS)
        traps->seen = fmin(1, traps->seen);
    if (!by_step && traps->stride == 1 && dice_chance(dice, 0.08))
        draw_stairs(dice, recipe->total, traps);
}

/* --- logging --- */

static double rounded(const struct traps *traps, double lr)
{
    double unit = pow(10, -traps->digits);
    switch (traps->rounding) {
    case ROUND_FLOAT32: return (double)(float)lr;
    case ROUND_DIGITS:
        if (lr == 0)
            return 0;
        unit = pow(10, floor(log10(lr)) + 1 - traps->digits);
        return rint(lr / unit) * unit;
    case ROUND_DECIMALS: return rint(lr / unit) * unit;
    default: return lr;
    }
}

double synthetic_rounding(const struct synthetic *log, double value)
{
    const struct traps *traps = &log->traps;
    switch (traps->rounding) {
    case ROUND_FLOAT32: return 6e-8 * value;
    case ROUND_DIGITS:
        return value > 0 ? 0.5 * pow(10, floor(log10(value)) + 1 - traps->digits) : 0;
    case ROUND_DECIMALS: return 0.5 * pow(10, -traps->digits);
    default: return 0;
    }
}

static double logged(const struct synthetic *log, double batches, double t)
{
    const struct schedule *schedule = &log->recipe.schedule;
    if (!log->traps.averaged)
        return schedule_lr(schedule, fmax(0, t + log->traps.shift));
    double sum = 0;
    for (double b = 0; b < batches; b++)
        sum += schedule_lr(schedule, t + b / batches);
    return sum / batches;
}

/* The losses of the whole run, and where the rate falls by them. */
static void write_losses(struct dice *dice, struct synthetic *out)
{
    const struct recipe_loss *loss = &out->recipe.loss;
    out->loss = (struct series){out->step, out->loss_value, 0};
    if (!(loss->scale > 0))
        return;
    for (double t = 0; t < 1.3 * out->recipe.total; t++) {
        size_t i = out->loss.count++;
        out->step[i] = (int64_t)t + out->traps.step_of_t0;
        out->loss_value[i] = loss->end + loss->fall * exp(-t / loss->scale) +
                             loss->noise * dice_between(dice, -1, 1);
    }
    plateau_replay(&out->recipe.schedule.parts[0], &out->loss, out->traps.step_of_t0);
}

static void write_log(struct dice *dice, struct synthetic *out)
{
    const struct traps *traps = &out->traps;
    double batches = dice_whole(dice, 20, 400);
    double last = ceil(traps->seen * out->recipe.total * traps->every) - 1;
    size_t count = 0;
    out->first_t = out->last_t = traps->first;
    for (double step = traps->first * traps->every;
         step <= last && count < SYNTHETIC_POINTS_MAX; step += traps->stride) {
        if (traps->gaps && count && dice_chance(dice, 0.2))
            continue;
        out->last_t = floor(step / traps->every);
        out->step[count] = (int64_t)step + traps->step_of_t0;
        out->value[count++] = rounded(traps, logged(out, batches, out->last_t));
    }
    if (traps->zero_end && count)
        out->value[count - 1] = 0;
    if (out->loss.count > count)
        out->loss.count = count;
    out->lr = (struct series){out->step, out->value, count};
}

void synthetic_make(const struct recipe_type *type, uint64_t number, double cut,
                    struct synthetic *out)
{
    struct dice dice = {number * 2654435761u + 1};
    const char *why;
    for (const char *c = type->name; *c; c++)
        dice.state = dice.state * 31 + (uint64_t)*c;
    do {
        bool by_step = type->by_step || dice_chance(&dice, 0.2);
        out->recipe = (struct recipe){.total = 0};
        type->make(&dice, recipe_total(&dice, by_step), &out->recipe);
        out->recipe.schedule.unit = by_step ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    } while (schedule_check(&out->recipe.schedule, &why));
    draw_traps(&dice, &out->recipe, out->recipe.schedule.unit == SCHEDULE_STEP,
               &out->traps);
    if (out->recipe.loss.scale > 0) { /* every call of the scheduler is a row */
        out->traps.gaps = false;
        out->traps.first = 0;
        out->traps.stride = 1;
        out->traps.shift = out->traps.shift > 0;
        out->traps.every = 1;
    }
    if (cut > 0) {
        out->traps.seen = cut;
        bool from_zero = out->traps.step_of_t0 || out->traps.every > 1;
        out->traps.first = fmin(out->traps.first, from_zero ? 0 : out->traps.stride);
    }
    write_losses(&dice, out);
    write_log(&dice, out);
}
