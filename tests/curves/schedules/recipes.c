/* Schedules as people choose them: one function for each type. */
#include "curves/schedules/synthetic.h"

#include <string.h>

/* --- what people choose --- */

static double round_to(double value, int digits)
{
    double scale = pow(10, digits - 1 - floor(log10(value)));
    return rint(value * scale) / scale;
}

static double some_rate(struct dice *dice)
{
    static const double usual[] = {0.1,  0.05, 0.01, 0.02, 0.001, 5e-4, 3e-4,
                                   1e-4, 2e-4, 5e-5, 2e-5, 1e-5,  6e-4, 1.5e-3};
    if (dice_chance(dice, 0.75))
        return DICE_PICK(dice, usual);
    return round_to(pow(10, dice_between(dice, -5, -0.5)), 3);
}

/* 0, a share of the rate, or a small rate of its own */
static double some_floor(struct dice *dice, double rate)
{
    static const double shares[] = {0.1, 0.01, 0.001, 0.05, 0.2};
    static const double rates[] = {1e-5, 1e-6, 1e-7};
    if (dice_chance(dice, 0.4))
        return 0;
    if (dice_chance(dice, 0.6))
        return rate * DICE_PICK(dice, shares);
    double floor = DICE_PICK(dice, rates);
    return floor < 0.5 * rate ? floor : 0;
}

double recipe_total(struct dice *dice, bool by_step)
{
    static const double epochs[] = {10, 20, 24,  30,  40,  50,  60,
                                    80, 90, 100, 120, 150, 200, 300};
    static const double steps[] = {500, 1000, 2000, 5000, 10000, 20000, 50000, 100000};
    if (dice_chance(dice, 0.6))
        return by_step ? DICE_PICK(dice, steps) : DICE_PICK(dice, epochs);
    return by_step ? floor(pow(10, dice_between(dice, 2.5, 5.3)))
                   : dice_whole(dice, 8, 300);
}

/* A share of the total, at least 1: warm-ups and the like. */
static double some_part(struct dice *dice, double total, double low, double high)
{
    double part = total * dice_between(dice, low, high);
    return fmax(1, dice_chance(dice, 0.6) ? round_to(fmax(1, part), 1) : floor(part));
}

static double some_warmup(struct dice *dice, double total)
{
    return some_part(dice, total, 0.01, 0.2);
}

/* --- building --- */

static struct schedule_part part_of(const char *type, double rate)
{
    struct schedule_part part = schedule_part_default(schedule_type_find(type));
    part.param[0] = rate;
    return part;
}

static void set(struct schedule_part *part, const char *param, double value)
{
    part->param[schedule_param_find(part->type, param)] = value;
}

static void append(struct recipe *recipe, const struct schedule_part *part, double from)
{
    struct schedule *schedule = &recipe->schedule;
    if (schedule->part_count)
        schedule->milestones[schedule->part_count - 1] = (int64_t)from;
    schedule->parts[schedule->part_count++] = *part;
}

static void alone(struct recipe *recipe, const struct schedule_part *part, double cycle,
                  double total)
{
    append(recipe, part, 0);
    recipe->cycle = cycle;
    recipe->total = total;
}

/* A LinearLR before what follows; returns where it ends. */
static double climb(struct dice *dice, double total, double rate, struct recipe *recipe)
{
    static const double starts[] = {0.1, 0.01, 0.001, 1e-3, 1.0 / 3, 1e-6};
    struct schedule_part part = part_of("LinearLR", rate);
    double warmup = some_warmup(dice, total);
    set(&part, "start_factor", DICE_PICK(dice, starts));
    set(&part, "total_iters", warmup);
    append(recipe, &part, 0);
    return warmup;
}

/* --- torch --- */

static void constant(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = part_of("constant", some_rate(dice));
    alone(out, &part, total, total);
}

static struct schedule_part cosine_part(struct dice *dice, double T)
{
    struct schedule_part part = part_of("CosineAnnealingLR", some_rate(dice));
    set(&part, "T_max", T);
    set(&part, "eta_min", some_floor(dice, part.param[0]));
    return part;
}

static void cosine(struct dice *dice, double total, struct recipe *out)
{
    double T = dice_chance(dice, 0.1) ? fmax(4, floor(total / 4)) : total;
    struct schedule_part part = cosine_part(dice, T);
    alone(out, &part, T, total);
}

static void climb_cosine(struct dice *dice, double total, struct recipe *out)
{
    double from = climb(dice, total, some_rate(dice), out);
    struct schedule_part part = cosine_part(dice, fmax(1, total - from));
    out->schedule.parts[0].param[0] = part.param[0];
    append(out, &part, from);
    out->cycle = out->total = total;
}

static void warm_restarts(struct dice *dice, double total, struct recipe *out)
{
    double mult = dice_whole(dice, 1, 2), cycles = mult > 1 ? 7 : dice_whole(dice, 2, 5);
    struct schedule_part part = part_of("CosineAnnealingWarmRestarts", some_rate(dice));
    double T_0 = fmax(4, floor(total / cycles));
    set(&part, "T_0", T_0);
    set(&part, "T_mult", mult);
    set(&part, "eta_min", some_floor(dice, part.param[0]));
    alone(out, &part, T_0, total);
}

static double some_gamma(struct dice *dice)
{
    static const double usual[] = {0.1, 0.5, 0.2, 0.3, 0.1, 0.9, 0.8};
    return DICE_PICK(dice, usual);
}

static void step(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = part_of("StepLR", some_rate(dice));
    double size = fmax(2, floor(total / dice_whole(dice, 3, 8)));
    set(&part, "step_size", size);
    set(&part, "gamma", some_gamma(dice));
    alone(out, &part, 2 * size, total);
}

static struct schedule_part multi_step_part(struct dice *dice, double total)
{
    struct schedule_part part = part_of("MultiStepLR", some_rate(dice));
    set(&part, "gamma", some_gamma(dice));
    double at = floor(total * dice_between(dice, 0.2, 0.6));
    for (double n = dice_whole(dice, 1, 4); n > 0 && at < total; n--) {
        part.list[part.list_count++] = fmax(1, at);
        at += fmax(2, floor((total - at) * dice_between(dice, 0.2, 0.7)));
    }
    return part;
}

static void multi_step(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = multi_step_part(dice, total);
    alone(out, &part, part.list[0], total);
}

static void climb_multi_step(struct dice *dice, double total, struct recipe *out)
{
    double from = climb(dice, total / 2, some_rate(dice), out);
    struct schedule_part part = multi_step_part(dice, fmax(4, total - from));
    out->schedule.parts[0].param[0] = part.param[0];
    append(out, &part, from);
    out->cycle = from + part.list[0];
    out->total = total;
}

static void plateau(struct dice *dice, double total, struct recipe *out)
{
    static const double factors[] = {0.1, 0.5, 0.2, 0.5}, patiences[] = {2, 3, 5, 10, 4};
    struct schedule_part part = part_of("ReduceLROnPlateau", some_rate(dice));
    total = fmin(total, 1000); /* it is called once for each evaluation */
    set(&part, "factor", DICE_PICK(dice, factors));
    set(&part, "patience", DICE_PICK(dice, patiences));
    set(&part, "eps", 0);
    out->loss = (struct recipe_loss){.end = dice_between(dice, 0.01, 1),
                                     .fall = dice_between(dice, 0.5, 3),
                                     .scale = total * dice_between(dice, 0.05, 0.2),
                                     .noise = dice_between(dice, 0.002, 0.05)};
    alone(out, &part, total, total);
}

static void exponential(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = part_of("ExponentialLR", some_rate(dice));
    double end = dice_between(dice, 0.01, 0.4); /* what is left at the end */
    set(&part, "gamma", round_to(pow(end, 1 / total), total > 1000 ? 7 : 3));
    if (part.param[1] >= 1)
        set(&part, "gamma", pow(end, 1 / total));
    alone(out, &part, total, total);
}

static void line(struct dice *dice, double total, struct recipe *out)
{
    static const double ends[] = {0, 0.01, 0.1, 0, 0.05, 0.5};
    struct schedule_part part = part_of("LinearLR", some_rate(dice));
    set(&part, "start_factor", 1);
    set(&part, "end_factor", DICE_PICK(dice, ends));
    set(&part, "total_iters", total);
    alone(out, &part, total, total);
}

static void polynomial(struct dice *dice, double total, struct recipe *out)
{
    static const double powers[] = {0.9, 2, 3, 0.5, 4, 1};
    struct schedule_part part = part_of("PolynomialLR", some_rate(dice));
    set(&part, "total_iters", total);
    set(&part, "power", DICE_PICK(dice, powers));
    alone(out, &part, total, total);
}

static void one_cycle(struct dice *dice, double total, struct recipe *out)
{
    static const double starts[] = {0.3, 0.1, 0.05, 0.2, 0.25, 0.4};
    static const double divs[] = {25, 25, 10, 100};
    static const double final_divs[] = {1e4, 1e4, 1e3, 100, 0.1, 10};
    struct schedule_part part = part_of("OneCycleLR", some_rate(dice));
    set(&part, "total_steps", total);
    set(&part, "pct_start", DICE_PICK(dice, starts));
    set(&part, "anneal_strategy", dice_chance(dice, 0.2));
    set(&part, "div_factor", DICE_PICK(dice, divs));
    set(&part, "final_div_factor", DICE_PICK(dice, final_divs));
    if (part.param[schedule_param_find(part.type, "final_div_factor")] < 1)
        set(&part, "div_factor", 100); /* else it would end where its peak is */
    set(&part, "three_phase", dice_chance(dice, 0.1));
    alone(out, &part, total, total);
}

static void cyclic(struct dice *dice, double total, struct recipe *out)
{
    static const double shares[] = {0.1, 0.01, 0.2, 0.001};
    double top = some_rate(dice), up = fmax(2, floor(total / dice_whole(dice, 4, 12)));
    struct schedule_part part = part_of("CyclicLR", top * DICE_PICK(dice, shares));
    set(&part, "max_lr", top);
    set(&part, "step_size_up", up);
    if (dice_chance(dice, 0.2))
        set(&part, "step_size_down", fmax(2, floor(up * dice_between(dice, 0.5, 2))));
    set(&part, "mode", dice_chance(dice, 0.6) ? 0 : dice_whole(dice, 1, 2));
    if (part.param[schedule_param_find(part.type, "mode")] == 2)
        set(&part, "gamma", pow(dice_between(dice, 0.3, 0.8), 1 / total));
    alone(out, &part, 3 * up, total);
}

static void hold_then_line(struct dice *dice, double total, struct recipe *out)
{
    double rate = some_rate(dice), from = 0;
    if (dice_chance(dice, 0.7))
        from = climb(dice, total / 2, rate, out);
    struct schedule_part hold = part_of("ConstantLR", rate), fall;
    double fall_steps = some_part(dice, total - from, 0.1, 0.6);
    set(&hold, "factor", 1);
    append(out, &hold, from);
    bool curved = dice_chance(dice, 0.3);
    fall = part_of(curved ? "ExponentialLR" : "LinearLR", rate);
    if (curved) {
        set(&fall, "gamma", pow(0.1, 1 / fall_steps));
    } else {
        set(&fall, "start_factor", 1);
        set(&fall, "end_factor", dice_chance(dice, 0.5) ? 0 : 0.1);
        set(&fall, "total_iters", fall_steps);
    }
    append(out, &fall, fmax(from + 1, total - fall_steps));
    out->cycle = out->total = total;
}

/* --- Hugging Face --- */

static struct schedule_part warm_part(struct dice *dice, const char *type, double total)
{
    struct schedule_part part = part_of(type, some_rate(dice));
    set(&part, "num_warmup_steps",
        dice_chance(dice, 0.15) ? 0 : some_warmup(dice, total));
    if (schedule_param_find(part.type, "num_training_steps") >= 0)
        set(&part, "num_training_steps", total);
    return part;
}

static void hf_constant(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "constant_with_warmup", total);
    alone(out, &part, total, total);
}

static void hf_linear(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "linear_with_warmup", total);
    alone(out, &part, total, total);
}

static void hf_cosine(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "cosine_with_warmup", total);
    alone(out, &part, total, total);
}

static void hf_restarts(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "cosine_with_restarts", total);
    double cycles = dice_whole(dice, 1, 4), warmup = part.param[1];
    set(&part, "num_cycles", cycles);
    alone(out, &part, warmup + (total - warmup) / cycles, total);
}

static void set_min_lr(struct dice *dice, struct schedule_part *part)
{
    double floor = some_floor(dice, part->param[0]);
    if (dice_chance(dice, 0.5))
        set(part, "min_lr", floor);
    else
        set(part, "min_lr_rate", floor / part->param[0]);
}

static void hf_min_lr(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "cosine_with_min_lr", total);
    set_min_lr(dice, &part);
    alone(out, &part, total, total);
}

static void hf_warmup_min_lr(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "cosine_warmup_with_min_lr", total);
    set_min_lr(dice, &part);
    if (dice_chance(dice, 0.3))
        set(&part, "warmup_lr_rate", 0.1);
    alone(out, &part, total, total);
}

static void hf_polynomial(struct dice *dice, double total, struct recipe *out)
{
    static const double powers[] = {1, 2, 3, 0.5, 2};
    struct schedule_part part = warm_part(dice, "polynomial_decay_with_warmup", total);
    set(&part, "power", DICE_PICK(dice, powers));
    if (dice_chance(dice, 0.3))
        set(&part, "lr_end", 0.1 * part.param[0]);
    alone(out, &part, total, total);
}

static void hf_inverse_sqrt(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "inverse_sqrt", total);
    if (dice_chance(dice, 0.2))
        set(&part, "timescale", some_part(dice, total, 0.02, 0.3));
    alone(out, &part, total, total);
}

static void hf_wsd(struct dice *dice, double total, struct recipe *out)
{
    struct schedule_part part = warm_part(dice, "warmup_stable_decay", total);
    double warmup = part.param[1];
    set(&part, "num_decay_steps", some_part(dice, total - warmup, 0.1, 0.5));
    set(&part, "warmup_type", dice_chance(dice, 0.1));
    set(&part, "decay_type", dice_whole(dice, 0, 2));
    set(&part, "min_lr_ratio", dice_chance(dice, 0.5) ? 0 : 0.1);
    alone(out, &part, total, total);
}

/* --- timm, Keras --- */

static void timm_cosine(struct dice *dice, double total, struct recipe *out)
{
    static const double warmups[] = {0, 5, 3, 20}, inits[] = {1e-6, 0, 1e-5};
    static const double decays[] = {1, 0.5, 0.8}, ks[] = {1, 1, 1, 1.5, 0.5};
    struct schedule_part part = part_of("CosineLRScheduler", some_rate(dice));
    double warmup = fmin(DICE_PICK(dice, warmups), floor(total / 4));
    double limit = dice_chance(dice, 0.3) ? dice_whole(dice, 2, 3) : 1;
    double T = fmax(2, floor(total / limit));
    set(&part, "t_initial", T);
    set(&part, "lr_min", some_floor(dice, part.param[0]));
    set(&part, "warmup_t", warmup);
    set(&part, "warmup_lr_init", fmin(DICE_PICK(dice, inits), 0.1 * part.param[0]));
    set(&part, "warmup_prefix", dice_chance(dice, 0.3));
    set(&part, "cycle_limit", limit);
    set(&part, "k_decay", limit > 1 ? 1 : DICE_PICK(dice, ks));
    if (limit > 1) {
        set(&part, "cycle_decay", DICE_PICK(dice, decays));
        set(&part, "cycle_mul", dice_whole(dice, 1, 2));
    }
    alone(out, &part, T,
          schedule_length(&(struct schedule){.parts = {part}, .part_count = 1}));
}

static void keras_cosine(struct dice *dice, double total, struct recipe *out)
{
    static const double alphas[] = {0, 0, 0.01, 0.1};
    struct schedule_part part = part_of("CosineDecay", some_rate(dice));
    double warmup = dice_chance(dice, 0.5) ? some_warmup(dice, total) : 0;
    set(&part, "decay_steps", fmax(1, total - warmup));
    set(&part, "alpha", DICE_PICK(dice, alphas));
    if (warmup > 0) {
        set(&part, "warmup_target", part.param[0]);
        set(&part, "warmup_steps", warmup);
        part.param[0] *= dice_chance(dice, 0.5) ? 0 : 0.1;
    }
    alone(out, &part, total, total);
}

static void keras_restarts(struct dice *dice, double total, struct recipe *out)
{
    static const double t_muls[] = {2, 2, 1, 1.5}, m_muls[] = {1, 1, 0.9, 0.8, 0.5};
    static const double alphas[] = {0, 0, 0.01, 0.1};
    struct schedule_part part = part_of("CosineDecayRestarts", some_rate(dice));
    double first = fmax(4, floor(total / dice_whole(dice, 3, 7)));
    set(&part, "first_decay_steps", first);
    set(&part, "t_mul", DICE_PICK(dice, t_muls));
    set(&part, "m_mul", DICE_PICK(dice, m_muls));
    set(&part, "alpha", DICE_PICK(dice, alphas));
    alone(out, &part, first, total);
}

const struct recipe_type recipe_types[] = {
    {"constant", false, constant},
    {"LinearLR", false, line},
    {"CosineAnnealingLR", false, cosine},
    {"LinearLR, CosineAnnealingLR", false, climb_cosine},
    {"CosineAnnealingWarmRestarts", false, warm_restarts},
    {"StepLR", false, step},
    {"MultiStepLR", false, multi_step},
    {"LinearLR, MultiStepLR", false, climb_multi_step},
    {"ReduceLROnPlateau", false, plateau},
    {"ExponentialLR", false, exponential},
    {"PolynomialLR", false, polynomial},
    {"OneCycleLR", true, one_cycle},
    {"CyclicLR", true, cyclic},
    {"ConstantLR, then a descent", false, hold_then_line},
    {"constant_with_warmup", true, hf_constant},
    {"linear_with_warmup", true, hf_linear},
    {"cosine_with_warmup", true, hf_cosine},
    {"cosine_with_restarts", true, hf_restarts},
    {"cosine_with_min_lr", true, hf_min_lr},
    {"cosine_warmup_with_min_lr", true, hf_warmup_min_lr},
    {"polynomial_decay_with_warmup", true, hf_polynomial},
    {"inverse_sqrt", true, hf_inverse_sqrt},
    {"warmup_stable_decay", true, hf_wsd},
    {"CosineLRScheduler", false, timm_cosine},
    {"CosineDecay", true, keras_cosine},
    {"CosineDecayRestarts", true, keras_restarts},
};
const size_t recipe_type_count = sizeof recipe_types / sizeof *recipe_types;
