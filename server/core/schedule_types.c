/* The table of schedule types and their formulas. Parameters are read by their place in
   the row: p[0] is base_lr, the rest as the enum beside the formula says. Each formula is
   written in the order of operations of its framework, so that even the rounding agrees.
 */
#include "core/schedule.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* cos(angle), where angle is pi * half_turns as the framework rounds it. Exactly 0 at odd
   quarter turns, where the rounded pi gives up to 1e-15; at even ones cos is exact. */
static double cos_exact(double half_turns, double angle)
{
    double quarters = 2 * half_turns;
    if (quarters == floor(quarters) && fmod(quarters, 2) != 0)
        return 0;
    return cos(angle);
}

/* Whether a number that grows with t passes `at` between t and t + 1. */
static bool passes(double at, double t)
{
    return t < at && at <= t + 1;
}

static double constant_lr(const struct schedule_part *part, double t)
{
    (void)t;
    return part->param[0];
}

/* --- torch.optim.lr_scheduler --- */

static double cosine(double base_lr, double eta_min, double t, double T)
{
    return eta_min + (base_lr - eta_min) * (1 + cos_exact(t / T, pi * t / T)) / 2;
}

enum { COSINE_T_MAX = 1, COSINE_ETA_MIN };

static double cosine_annealing_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return cosine(p[0], p[COSINE_ETA_MIN], t, p[COSINE_T_MAX]);
}

enum { RESTARTS_T_0 = 1, RESTARTS_T_MULT, RESTARTS_ETA_MIN };

/* The cycle that t is in: where it starts and how long it is. Counted, not taken from a
   logarithm, which rounds to the wrong side at the restart itself. */
static double restarts_cycle(const struct schedule_part *part, double t, double *length)
{
    double T = part->param[RESTARTS_T_0], start = 0;
    if (part->param[RESTARTS_T_MULT] == 1) {
        start = t - fmod(t, T);
    } else {
        while (t >= start + T) {
            start += T;
            T *= part->param[RESTARTS_T_MULT];
        }
    }
    *length = T;
    return start;
}

static double warm_restarts_lr(const struct schedule_part *part, double t)
{
    double length, start = restarts_cycle(part, t, &length);
    return cosine(part->param[0], part->param[RESTARTS_ETA_MIN], t - start, length);
}

static bool warm_restarts_jumps(const struct schedule_part *part, double t)
{
    double length, start = restarts_cycle(part, t, &length);
    return passes(start + length, t);
}

enum { LINEAR_START = 1, LINEAR_END, LINEAR_ITERS };

static double linear_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return p[0] * (p[LINEAR_START] + (p[LINEAR_END] - p[LINEAR_START]) *
                                         fmin(p[LINEAR_ITERS], t) / p[LINEAR_ITERS]);
}

static double linear_length(const struct schedule_part *part)
{
    return part->param[LINEAR_ITERS];
}

enum { CONSTANT_FACTOR = 1, CONSTANT_ITERS };

static double factor_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return p[0] *
           (p[CONSTANT_FACTOR] + (t >= p[CONSTANT_ITERS]) * (1 - p[CONSTANT_FACTOR]));
}

static double factor_length(const struct schedule_part *part)
{
    return part->param[CONSTANT_ITERS];
}

static bool factor_jumps(const struct schedule_part *part, double t)
{
    return passes(part->param[CONSTANT_ITERS], t);
}

enum { POLYNOMIAL_ITERS = 1, POLYNOMIAL_POWER };

static double polynomial_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return p[0] * pow(1 - fmin(p[POLYNOMIAL_ITERS], t) / p[POLYNOMIAL_ITERS],
                      p[POLYNOMIAL_POWER]);
}

enum { STEP_SIZE = 1, STEP_GAMMA };

static double step_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return p[0] * pow(p[STEP_GAMMA], floor(t / p[STEP_SIZE]));
}

static bool step_jumps(const struct schedule_part *part, double t)
{
    return floor(t / part->param[STEP_SIZE]) != floor((t + 1) / part->param[STEP_SIZE]);
}

enum { MULTI_GAMMA = 1 };

static double multi_step_lr(const struct schedule_part *part, double t)
{
    size_t passed = 0;
    while (passed < part->list_count && t >= part->list[passed])
        passed++;
    return part->param[0] * pow(part->param[MULTI_GAMMA], (double)passed);
}

static double multi_step_length(const struct schedule_part *part)
{
    return part->list[part->list_count - 1];
}

static bool multi_step_jumps(const struct schedule_part *part, double t)
{
    for (size_t i = 0; i < part->list_count; i++) {
        if (passes(part->list[i], t))
            return true;
    }
    return false;
}

enum { EXPONENTIAL_GAMMA = 1 };

static double exponential_lr(const struct schedule_part *part, double t)
{
    return part->param[0] * pow(part->param[EXPONENTIAL_GAMMA], t);
}

/* --- transformers.optimization: a factor on base_lr, warm-up from 0 --- */

enum { HF_WARMUP = 1, HF_TOTAL, HF_CYCLES };

static double warmup_factor(const struct schedule_part *part, double t)
{
    return t / fmax(1, part->param[HF_WARMUP]);
}

static double hf_constant_lr(const struct schedule_part *part, double t)
{
    return part->param[0] * (t < part->param[HF_WARMUP] ? warmup_factor(part, t) : 1);
}

static double hf_linear_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[HF_WARMUP])
        return p[0] * warmup_factor(part, t);
    return p[0] * fmax(0, (p[HF_TOTAL] - t) / fmax(1, p[HF_TOTAL] - p[HF_WARMUP]));
}

static double hf_cosine_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[HF_WARMUP])
        return p[0] * warmup_factor(part, t);
    double progress = (t - p[HF_WARMUP]) / fmax(1, p[HF_TOTAL] - p[HF_WARMUP]);
    double half_turns = p[HF_CYCLES] * 2 * progress;
    double angle = pi * p[HF_CYCLES] * 2 * progress;
    return p[0] * fmax(0, 0.5 * (1 + cos_exact(half_turns, angle)));
}

static double hf_linear_length(const struct schedule_part *part)
{
    return part->param[HF_TOTAL];
}

static double hf_cosine_length(const struct schedule_part *part)
{
    const double *p = part->param;
    return p[HF_WARMUP] + (p[HF_TOTAL] - p[HF_WARMUP]) / (2 * p[HF_CYCLES]);
}

/* For the types whose first parameter after base_lr is how long they run. */
static double first_length(const struct schedule_part *part)
{
    return part->param[1];
}

/* --- the table --- */

#define TORCH "torch.optim.lr_scheduler."
#define HF    "transformers."

#define BASE_LR                     \
    {                               \
        "base_lr", .required = true \
    }
#define ETA_MIN             \
    {                       \
        "eta_min", .min = 0 \
    }
#define COUNT(parameter)                                       \
    {                                                          \
        parameter, .required = true, .integer = true, .min = 1 \
    }
#define ITERS                                                        \
    {                                                                \
        "total_iters", .integer = true, .value_default = 5, .min = 1 \
    }
#define WARMUP                                                \
    {                                                         \
        "num_warmup_steps", .required = true, .integer = true \
    }

const struct schedule_type schedule_types[] = {
    {.name = "CosineAnnealingLR",
     .about = "eta_min + (base_lr - eta_min)(1 + cos(pi t / T_max)) / 2; after T_max it "
              "climbs back, period 2 T_max (torch.optim.lr_scheduler)",
     .code = TORCH "CosineAnnealingLR",
     .smooth = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR, COUNT("T_max"), ETA_MIN},
     .lr = cosine_annealing_lr,
     .length = first_length},
    {.name = "CosineAnnealingWarmRestarts",
     .about = "a cosine fall of T_0 steps, then back to base_lr and a fall T_mult times "
              "as long (torch.optim.lr_scheduler)",
     .code = TORCH "CosineAnnealingWarmRestarts",
     .past = SCHEDULE_RESTARTS,
     .params = {BASE_LR,
                COUNT("T_0"),
                {"T_mult", .integer = true, .value_default = 1, .min = 1},
                ETA_MIN},
     .lr = warm_restarts_lr,
     .length = first_length,
     .jumps = warm_restarts_jumps},
    {.name = "constant",
     .about = "base_lr at every step: the baseline",
     .smooth = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR},
     .lr = constant_lr},
    {.name = "StepLR",
     .about = "base_lr gamma^floor(t / step_size) (torch.optim.lr_scheduler)",
     .code = TORCH "StepLR",
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR,
                COUNT("step_size"),
                {"gamma", .value_default = 0.1, .min_open = true}},
     .lr = step_lr,
     .jumps = step_jumps},
    {.name = "MultiStepLR",
     .about = "base_lr gamma^(milestones passed) (torch.optim.lr_scheduler)",
     .list = "milestones",
     .code = TORCH "MultiStepLR",
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, {"gamma", .value_default = 0.1, .min_open = true}},
     .lr = multi_step_lr,
     .length = multi_step_length,
     .jumps = multi_step_jumps},
    {.name = "ExponentialLR",
     .about = "base_lr gamma^t (torch.optim.lr_scheduler)",
     .code = TORCH "ExponentialLR",
     .smooth = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR, {"gamma", .required = true, .min_open = true}},
     .lr = exponential_lr},
    {.name = "LinearLR",
     .about =
         "base_lr times a factor that goes straight from start_factor to end_factor in "
         "total_iters steps (torch.optim.lr_scheduler)",
     .code = TORCH "LinearLR",
     .smooth = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                {"start_factor", .value_default = 1.0 / 3, .min_open = true, .max = 1},
                {"end_factor", .value_default = 1, .max = 1},
                ITERS},
     .lr = linear_lr,
     .length = linear_length},
    {.name = "ConstantLR",
     .about = "base_lr times factor for total_iters steps, then base_lr "
              "(torch.optim.lr_scheduler)",
     .code = TORCH "ConstantLR",
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                {"factor", .value_default = 1.0 / 3, .max = 1},
                {"total_iters", .integer = true, .value_default = 5}},
     .lr = factor_lr,
     .length = factor_length,
     .jumps = factor_jumps},
    {.name = "PolynomialLR",
     .about = "base_lr (1 - t / total_iters)^power, 0 after total_iters "
              "(torch.optim.lr_scheduler)",
     .code = TORCH "PolynomialLR",
     .smooth = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, ITERS, {"power", .value_default = 1, .min_open = true}},
     .lr = polynomial_lr,
     .length = first_length},
    {.name = "cosine_with_warmup",
     .about =
         "up from 0 in num_warmup_steps, then base_lr (1 + cos(2 pi num_cycles x)) / 2 "
         "(transformers.get_cosine_schedule_with_warmup)",
     .code = HF "get_cosine_schedule_with_warmup",
     .smooth = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR,
                WARMUP,
                COUNT("num_training_steps"),
                {"num_cycles", .value_default = 0.5, .min_open = true}},
     .lr = hf_cosine_lr,
     .length = hf_cosine_length},
    {.name = "linear_with_warmup",
     .about =
         "up from 0 in num_warmup_steps, then straight down to 0 at num_training_steps "
         "(transformers.get_linear_schedule_with_warmup)",
     .code = HF "get_linear_schedule_with_warmup",
     .smooth = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, WARMUP, COUNT("num_training_steps")},
     .lr = hf_linear_lr,
     .length = hf_linear_length},
    {.name = "constant_with_warmup",
     .about = "up from 0 in num_warmup_steps, then base_lr "
              "(transformers.get_constant_schedule_with_warmup)",
     .code = HF "get_constant_schedule_with_warmup",
     .smooth = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR, WARMUP},
     .lr = hf_constant_lr},
    {.name = NULL},
};
