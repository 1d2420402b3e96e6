/* torch.optim.lr_scheduler, version 2.13. What is meant is the closed form of each class:
   a loop that steps from the start sees the same values up to one rounding a step
   (docs/schedules.md says by how much, and when a loop leaves it). */
#include "core/schedule/rows.h"

#define TORCH "torch.optim.lr_scheduler."

static double constant_lr(const struct schedule_part *part, double t)
{
    (void)t;
    return part->param[0];
}

/* For the types whose first parameter after the rate is how long they run. */
static double first_length(const struct schedule_part *part)
{
    return part->param[1];
}

/* --- cosines --- */

static double cosine(double base_lr, double eta_min, double t, double T)
{
    return eta_min + (base_lr - eta_min) * (1 + cos(SCHEDULE_PI * t / T)) / 2;
}

enum { COSINE_T_MAX = 1, COSINE_ETA_MIN };

static double cosine_annealing_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return cosine(p[0], p[COSINE_ETA_MIN], t, p[COSINE_T_MAX]);
}

enum { RESTARTS_T_0 = 1, RESTARTS_T_MULT, RESTARTS_ETA_MIN };

/* The cycle that t is in: where it starts and how long it is. Counted, as a loop does,
   not taken from a logarithm, which rounds to the wrong side at the restart itself (and
   step(t) of torch with it). */
static double restarts_cycle(const struct schedule_part *part, double t, double *length)
{
    double T = part->param[RESTARTS_T_0], start = 0;
    if (part->param[RESTARTS_T_MULT] == 1) {
        start = floor(t / T) * T;
    } else {
        while (t >= start + T) {
            start += T;
            T *= part->param[RESTARTS_T_MULT];
        }
    }
    *length = T;
    return start;
}

enum { CYCLE_BASE_LR, CYCLE_ETA_MIN, CYCLE_START, CYCLE_LENGTH };

static void warm_restarts_stretch(const struct schedule_part *part, double t,
                                  struct schedule_stretch *out)
{
    double length, start = restarts_cycle(part, t, &length);
    *out = (struct schedule_stretch){start + length,
                                     {part->param[0], part->param[RESTARTS_ETA_MIN],
                                      start, length}};
}

static double warm_restarts_along(const struct schedule_stretch *stretch, double t)
{
    const double *at = stretch->at;
    return cosine(at[CYCLE_BASE_LR], at[CYCLE_ETA_MIN], t - at[CYCLE_START],
                  at[CYCLE_LENGTH]);
}

static bool warm_restarts_jumps(const struct schedule_part *part, double t)
{
    double length, start = restarts_cycle(part, t, &length);
    return passes(start + length, t);
}

/* --- factors --- */

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

/* --- steps --- */

enum { STEP_SIZE = 1, STEP_GAMMA };

static void step_stretch(const struct schedule_part *part, double t,
                         struct schedule_stretch *out)
{
    const double *p = part->param;
    double falls = floor(t / p[STEP_SIZE]);
    double rate = p[0] * pow(p[STEP_GAMMA], falls);
    double end = rate == 0 && p[STEP_GAMMA] < 1 ? INFINITY : (falls + 1) * p[STEP_SIZE];
    *out = (struct schedule_stretch){end, {rate}};
}

static bool step_jumps(const struct schedule_part *part, double t)
{
    return floor(t / part->param[STEP_SIZE]) != floor((t + 1) / part->param[STEP_SIZE]);
}

enum { MULTI_GAMMA = 1 };

static void multi_step_stretch(const struct schedule_part *part, double t,
                               struct schedule_stretch *out)
{
    size_t passed = 0;
    while (passed < part->list_count && t >= part->list[passed])
        passed++;
    double rate = part->param[0] * pow(part->param[MULTI_GAMMA], (double)passed);
    double end = passed < part->list_count ? part->list[passed] : INFINITY;
    *out = (struct schedule_stretch){end, {rate}};
}

static double multi_step_length(const struct schedule_part *part)
{
    return part->list[part->list_count - 1];
}

static bool list_jumps(const struct schedule_part *part, double t)
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

/* --- one cycle --- */

enum {
    ONE_TOTAL = 1,
    ONE_EPOCHS,
    ONE_STEPS_PER_EPOCH,
    ONE_PCT_START,
    ONE_STRATEGY,
    ONE_DIV,
    ONE_FINAL_DIV,
    ONE_THREE_PHASE
};
static const char *const strategies[] = {"cos", "linear", NULL};

static double one_cycle_total(const struct schedule_part *part)
{
    const double *p = part->param;
    return isnan(p[ONE_TOTAL]) ? p[ONE_EPOCHS] * p[ONE_STEPS_PER_EPOCH] : p[ONE_TOTAL];
}

enum { PHASE_FROM, PHASE_TO, PHASE_START, PHASE_STEPS, PHASE_LINEAR, PHASE_LAST };

/* A step beyond total_steps raises a ValueError; total_steps itself is still counted,
   where the last phase overshoots its end by one step. */
static void one_cycle_stretch(const struct schedule_part *part, double t,
                              struct schedule_stretch *out)
{
    const double *p = part->param;
    double total = one_cycle_total(part), low = p[0] / p[ONE_DIV];
    double rate[4] = {low, p[0], low / p[ONE_FINAL_DIV], 0};
    double end[3] = {p[ONE_PCT_START] * total - 1, total - 1, 0};
    size_t phases = 2, i = 0;
    if (p[ONE_THREE_PHASE] > 0) {
        rate[3] = rate[2];
        rate[2] = low;
        end[2] = end[1];
        end[1] = 2 * p[ONE_PCT_START] * total - 2;
        phases = 3;
    }
    while (i + 1 < phases && fmin(t, total) > end[i])
        i++;
    double start = i ? end[i - 1] : 0, steps = end[i] - start;
    bool divides = steps > 0 || steps < 0; /* else torch raises at total_steps */
    *out = (struct schedule_stretch){i + 1 < phases ? floor(end[i]) + 1 : INFINITY,
                                     {rate[i], rate[i + 1], start, divides ? steps : 1,
                                      p[ONE_STRATEGY], divides ? total : start}};
}

static double one_cycle_along(const struct schedule_stretch *stretch, double t)
{
    const double *at = stretch->at;
    double share = (fmin(t, at[PHASE_LAST]) - at[PHASE_START]) / at[PHASE_STEPS];
    double from = at[PHASE_FROM], to = at[PHASE_TO];
    if (at[PHASE_LINEAR] > 0)
        return (to - from) * share + from;
    return to + (from - to) / 2.0 * (cos(SCHEDULE_PI * share) + 1);
}

static const char *one_cycle_check(const struct schedule_part *part, const char **why)
{
    const double *p = part->param;
    if (isnan(p[ONE_TOTAL]) && (isnan(p[ONE_EPOCHS]) || isnan(p[ONE_STEPS_PER_EPOCH]))) {
        *why = "is required (or epochs with steps_per_epoch)";
        return "total_steps";
    }
    if (p[ONE_PCT_START] * one_cycle_total(part) == 1) {
        *why =
            "must not make the climb one step long (pct_start * total_steps = 1): torch "
            "divides by zero";
        return "pct_start";
    }
    return NULL;
}

/* --- cycles --- */

enum { CYCLIC_MAX = 1, CYCLIC_UP, CYCLIC_DOWN, CYCLIC_MODE, CYCLIC_GAMMA };
static const char *const cyclic_modes[] = {"triangular", "triangular2", "exp_range",
                                           NULL};

static double cyclic_scale(const double *p, double cycle, double t)
{
    if (p[CYCLIC_MODE] == 1)
        return 1 / pow(2, cycle - 1);
    return p[CYCLIC_MODE] == 2 ? pow(p[CYCLIC_GAMMA], t) : 1;
}

static double cyclic_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double down = isnan(p[CYCLIC_DOWN]) ? p[CYCLIC_UP] : p[CYCLIC_DOWN];
    double total = p[CYCLIC_UP] + down, ratio = p[CYCLIC_UP] / total;
    double cycle = floor(1 + t / total), x = 1 + t / total - cycle;
    double height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    return p[0] + (p[CYCLIC_MAX] - p[0]) * height * cyclic_scale(p, cycle, t);
}

/* --- plateau --- */

enum {
    PLATEAU_MODE = 1,
    PLATEAU_FACTOR,
    PLATEAU_PATIENCE,
    PLATEAU_THRESHOLD,
    PLATEAU_THRESHOLD_MODE,
    PLATEAU_COOLDOWN,
    PLATEAU_MIN_LR,
    PLATEAU_EPS
};
static const char *const plateau_modes[] = {"min", "max", NULL};
static const char *const threshold_modes[] = {"rel", "abs", NULL};

/* The list says after which steps it fell: the losses decide, not t. */
static void plateau_stretch(const struct schedule_part *part, double t,
                            struct schedule_stretch *out)
{
    const double *p = part->param;
    double lr = p[0];
    size_t i = 0;
    for (; i < part->list_count && t >= part->list[i]; i++) {
        double next = fmax(lr * p[PLATEAU_FACTOR], p[PLATEAU_MIN_LR]);
        if (lr - next > p[PLATEAU_EPS])
            lr = next;
    }
    double end = i < part->list_count ? part->list[i] : INFINITY;
    *out = (struct schedule_stretch){end, {lr}};
}

static const char *plateau_check(const struct schedule_part *part, const char **why)
{
    if (part->param[PLATEAU_FACTOR] < 1)
        return NULL;
    *why = "must be below 1";
    return "factor";
}

/* --- the rows --- */

#define ETA_MIN RATE("eta_min", 0)
#define ITERS                                                        \
    {                                                                \
        "total_iters", .integer = true, .value_default = 5, .min = 1 \
    }
#define GAMMA_TENTH                                     \
    {                                                   \
        "gamma", .value_default = 0.1, .min_open = true \
    }
#define OPTIONAL_COUNT(parameter)                              \
    {                                                          \
        parameter, .optional = true, .integer = true, .min = 1 \
    }

const struct schedule_type schedule_rows_torch[] = {
    {.name = "CosineAnnealingLR",
     .about = "eta_min + (base_lr - eta_min)(1 + cos(pi t / T_max)) / 2; after T_max it "
              "climbs back, period 2 T_max (torch.optim.lr_scheduler)",
     .code = TORCH "CosineAnnealingLR",
     .gradual = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR, COUNT("T_max"), ETA_MIN},
     .length_param = "T_max",
     .floor_param = "eta_min",
     .lr = cosine_annealing_lr,
     .length = first_length},
    {.name = "CosineAnnealingWarmRestarts",
     .about = "a cosine fall of T_0 steps, then back to base_lr and a fall T_mult times "
              "as long (torch.optim.lr_scheduler)",
     .code = TORCH "CosineAnnealingWarmRestarts",
     .gradual = true,
     .past = SCHEDULE_RESTARTS,
     .params = {BASE_LR,
                COUNT("T_0"),
                {"T_mult", .integer = true, .value_default = 1, .min = 1},
                ETA_MIN},
     .length_param = "T_0",
     .floor_param = "eta_min",
     .stretch = warm_restarts_stretch,
     .along = warm_restarts_along,
     .length = first_length,
     .jumps = warm_restarts_jumps},
    {.name = "constant",
     .about = "base_lr at every step: the baseline",
     .gradual = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR},
     .lr = constant_lr},
    {.name = "StepLR",
     .about = "base_lr gamma^floor(t / step_size) (torch.optim.lr_scheduler)",
     .code = TORCH "StepLR",
     .multiplies = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR, COUNT("step_size"), GAMMA_TENTH},
     .length_param = "step_size",
     .stretch = step_stretch,
     .along = level_along,
     .jumps = step_jumps},
    {.name = "MultiStepLR",
     .about = "base_lr gamma^(milestones passed) (torch.optim.lr_scheduler)",
     .list = "milestones",
     .code = TORCH "MultiStepLR",
     .multiplies = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, GAMMA_TENTH},
     .stretch = multi_step_stretch,
     .along = level_along,
     .length = multi_step_length,
     .jumps = list_jumps},
    {.name = "ExponentialLR",
     .about = "base_lr gamma^t (torch.optim.lr_scheduler)",
     .code = TORCH "ExponentialLR",
     .gradual = true,
     .multiplies = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR, {"gamma", .required = true, .min_open = true}},
     .lr = exponential_lr},
    {.name = "LinearLR",
     .about =
         "base_lr times a factor that goes straight from start_factor to end_factor in "
         "total_iters steps (torch.optim.lr_scheduler)",
     .code = TORCH "LinearLR",
     .gradual = true,
     .multiplies = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                {"start_factor", .value_default = 1.0 / 3, .min_open = true, .max = 1},
                {"end_factor", .value_default = 1, .max = 1},
                ITERS},
     .length_param = "total_iters",
     .lr = linear_lr,
     .length = linear_length},
    {.name = "ConstantLR",
     .about = "base_lr times factor for total_iters steps, then base_lr "
              "(torch.optim.lr_scheduler)",
     .code = TORCH "ConstantLR",
     .multiplies = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                {"factor", .value_default = 1.0 / 3, .min_open = true, .max = 1},
                ITERS},
     .length_param = "total_iters",
     .lr = factor_lr,
     .length = factor_length,
     .jumps = factor_jumps},
    {.name = "PolynomialLR",
     .about = "base_lr (1 - t / total_iters)^power, 0 after total_iters "
              "(torch.optim.lr_scheduler)",
     .code = TORCH "PolynomialLR",
     .gradual = true,
     .multiplies = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, ITERS, {"power", .value_default = 1, .min_open = true}},
     .length_param = "total_iters",
     .lr = polynomial_lr,
     .length = first_length},
    {.name = "OneCycleLR",
     .about = "up from max_lr / div_factor to max_lr in pct_start of total_steps, then "
              "down to max_lr / (div_factor final_div_factor); total_steps may be given "
              "as epochs and steps_per_epoch (torch.optim.lr_scheduler)",
     .code = TORCH "OneCycleLR",
     .gradual = true,
     .alone = true,
     .past = SCHEDULE_ENDS,
     .params = {{"max_lr", .required = true},
                OPTIONAL_COUNT("total_steps"),
                OPTIONAL_COUNT("epochs"),
                OPTIONAL_COUNT("steps_per_epoch"),
                {"pct_start", .value_default = 0.3, .max = 1},
                WORD("anneal_strategy", strategies),
                {"div_factor", .value_default = 25, .min_open = true},
                {"final_div_factor", .value_default = 1e4, .min_open = true},
                WORD("three_phase", schedule_false_true)},
     .length_param = "total_steps",
     .stretch = one_cycle_stretch,
     .along = one_cycle_along,
     .length = one_cycle_total,
     .check = one_cycle_check},
    {.name = "CyclicLR",
     .about =
         "straight up from base_lr to max_lr in step_size_up steps and down again in "
         "step_size_down (the same when left out), over and over; triangular2 "
         "halves each cycle, exp_range shrinks it by gamma^t "
         "(torch.optim.lr_scheduler)",
     .code = TORCH "CyclicLR",
     .gradual = true,
     .alone = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR,
                {"max_lr", .required = true},
                {"step_size_up", .integer = true, .value_default = 2000, .min = 1},
                OPTIONAL_COUNT("step_size_down"),
                WORD("mode", cyclic_modes),
                {"gamma", .value_default = 1, .min_open = true}},
     .length_param = "step_size_up",
     .lr = cyclic_lr},
    {.name = "ReduceLROnPlateau",
     .about = "base_lr times factor each time the watched loss has not improved for more "
              "than patience steps: no curve of its own, the losses decide "
              "(torch.optim.lr_scheduler)",
     .code = TORCH "ReduceLROnPlateau",
     .alone = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR,
                WORD("mode", plateau_modes),
                {"factor", .value_default = 0.1, .min_open = true, .max = 1},
                {"patience", .integer = true, .value_default = 10},
                {"threshold", .value_default = 1e-4},
                WORD("threshold_mode", threshold_modes),
                {"cooldown", .integer = true},
                RATE("min_lr", 0),
                {"eps", .value_default = 1e-8}},
     .floor_param = "min_lr",
     .stretch = plateau_stretch,
     .along = level_along,
     .jumps = list_jumps,
     .check = plateau_check},
    {.name = NULL},
};
