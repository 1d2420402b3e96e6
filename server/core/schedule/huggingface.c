/* transformers.optimization, version 5.24: a factor on base_lr, with a warm-up from 0.
   The names are those of its get_*_schedule* functions. */
#include "core/schedule/rows.h"

#define HF "transformers."

enum { WARMUP = 1, TOTAL };

static double warmup_factor(const struct schedule_part *part, double t)
{
    return t / fmax(1, part->param[WARMUP]);
}

/* How much of the time after the warm-up has passed; above 1 past the end. */
static double progress_at(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    return (t - p[WARMUP]) / fmax(1, p[TOTAL] - p[WARMUP]);
}

static double total_length(const struct schedule_part *part)
{
    return fmax(part->param[TOTAL], part->param[WARMUP]);
}

static double constant_lr(const struct schedule_part *part, double t)
{
    return part->param[0] * (t < part->param[WARMUP] ? warmup_factor(part, t) : 1);
}

static double linear_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    return p[0] * fmax(0, (p[TOTAL] - t) / fmax(1, p[TOTAL] - p[WARMUP]));
}

/* --- cosines --- */

enum { CYCLES = 3, MIN_LR, MIN_LR_RATE, WARMUP_LR_RATE };

static double wave(double cycles, double progress)
{
    return 0.5 * (1 + cos(SCHEDULE_PI * cycles * 2 * progress));
}

static double cosine_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    return p[0] * fmax(0, wave(p[CYCLES], progress_at(part, t)));
}

/* To the bottom of the first wave. */
static double cosine_length(const struct schedule_part *part)
{
    const double *p = part->param;
    return p[WARMUP] + fmax(1, p[TOTAL] - p[WARMUP]) / (2 * p[CYCLES]);
}

static double hard_restarts_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double progress = progress_at(part, t);
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    if (progress >= 1)
        return 0;
    return p[0] * fmax(0, 0.5 * (1 + cos(SCHEDULE_PI * fmod(p[CYCLES] * progress, 1))));
}

static bool hard_restarts_jumps(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t + 1 <= p[WARMUP] || t >= p[TOTAL])
        return false;
    double now = floor(p[CYCLES] * progress_at(part, fmax(t, p[WARMUP])));
    return floor(p[CYCLES] * progress_at(part, t + 1)) > now && t + 1 < p[TOTAL];
}

static double floor_rate(const struct schedule_part *part)
{
    const double *p = part->param;
    return isnan(p[MIN_LR]) ? p[MIN_LR_RATE] : p[MIN_LR] / p[0];
}

static double min_lr_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    double least = floor_rate(part);
    return p[0] * fmax(0, wave(p[CYCLES], progress_at(part, t)) * (1 - least) + least);
}

static double warmup_min_lr_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double first = p[WARMUP_LR_RATE];
    if (t < p[WARMUP] && isnan(first))
        return p[0] * ((t + 1) / fmax(1, p[WARMUP]));
    if (t < p[WARMUP])
        return p[0] * (first + (1 - first) * t / fmax(1, p[WARMUP] - 1));
    double progress = (t - p[WARMUP] + 1) / fmax(1, p[TOTAL] - p[WARMUP]);
    double least = floor_rate(part);
    return p[0] * fmax(0, wave(p[CYCLES], progress) * (1 - least) + least);
}

static const char *min_lr_check(const struct schedule_part *part, const char **why)
{
    const double *p = part->param;
    if (isnan(p[MIN_LR]) == isnan(p[MIN_LR_RATE])) {
        *why = isnan(p[MIN_LR]) ? "is required (or min_lr_rate)"
                                : "must be left out when min_lr_rate is given";
        return "min_lr";
    }
    if (!isnan(p[MIN_LR]) && p[0] == 0) {
        *why = "must be above 0: transformers divides min_lr by it";
        return "base_lr";
    }
    return NULL;
}

/* --- polynomial, inverse square root --- */

enum { LR_END = 3, POWER };

static double polynomial_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    if (t > p[TOTAL])
        return p[0] * (p[LR_END] / p[0]);
    double left = 1 - (t - p[WARMUP]) / (p[TOTAL] - p[WARMUP]);
    return p[0] * (((p[0] - p[LR_END]) * pow(left, p[POWER]) + p[LR_END]) / p[0]);
}

static const char *polynomial_check(const struct schedule_part *part, const char **why)
{
    const double *p = part->param;
    if (p[TOTAL] == p[WARMUP]) {
        *why = "must be above num_warmup_steps: transformers divides by the difference";
        return "num_training_steps";
    }
    if (!(p[0] > p[LR_END])) {
        *why = "must be below base_lr";
        return "lr_end";
    }
    return NULL;
}

enum { TIMESCALE = 2 };

static double inverse_sqrt_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double scale = p[TIMESCALE];
    if (t < p[WARMUP])
        return p[0] * warmup_factor(part, t);
    if (isnan(scale))
        scale = p[WARMUP] > 0 ? p[WARMUP] : 10000;
    return p[0] * (1 / sqrt((t + (scale - p[WARMUP])) / scale));
}

/* --- warm-up, stable, decay --- */

enum {
    WSD_DECAY = 2,
    WSD_TOTAL,
    WSD_STABLE,
    WSD_WARMUP_TYPE,
    WSD_DECAY_TYPE,
    WSD_MIN_RATIO,
    WSD_CYCLES
};
static const char *const shapes[] = {"linear", "cosine", "1-sqrt", NULL};
enum { SHAPE_LINEAR, SHAPE_COSINE };

static double wsd_stable(const double *p)
{
    return isnan(p[WSD_STABLE]) ? p[WSD_TOTAL] - p[WARMUP] - p[WSD_DECAY] : p[WSD_STABLE];
}

static double wsd_climb(const double *p, double t)
{
    double progress = t / fmax(1, p[WARMUP]);
    if (p[WSD_WARMUP_TYPE] == SHAPE_LINEAR)
        return progress;
    return p[WSD_WARMUP_TYPE] == SHAPE_COSINE ? 0.5 * (1 - cos(SCHEDULE_PI * progress))
                                              : 1 - sqrt(1 - progress);
}

static double wsd_fall(const double *p, double progress)
{
    if (p[WSD_DECAY_TYPE] == SHAPE_LINEAR)
        return 1 - progress;
    return p[WSD_DECAY_TYPE] == SHAPE_COSINE ? wave(p[WSD_CYCLES], progress)
                                             : 1 - sqrt(progress);
}

static double wsd_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double fall = p[WARMUP] + wsd_stable(p), least = p[WSD_MIN_RATIO];
    if (t < p[WARMUP])
        return p[0] * fmax(0, wsd_climb(p, t) * (1 - least) + least);
    if (t < fall)
        return p[0];
    if (t >= fall + p[WSD_DECAY])
        return p[0] * least;
    double factor = wsd_fall(p, (t - fall) / fmax(1, p[WSD_DECAY]));
    return p[0] * fmax(0, factor * (1 - least) + least);
}

static double wsd_length(const struct schedule_part *part)
{
    const double *p = part->param;
    return fmax(p[WARMUP], p[WARMUP] + wsd_stable(p) + p[WSD_DECAY]);
}

/* Where a phase is cut short: no steps to decay in, a wave that has not come down when
   they are over, a climb that num_training_steps leaves no time for. */
static bool wsd_jumps(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (wsd_stable(p) < 0 && passes(p[WARMUP], t))
        return true;
    return passes(wsd_length(part), t) && wsd_fall(p, p[WSD_DECAY] > 0) > 1e-9;
}

static const char *wsd_check(const struct schedule_part *part, const char **why)
{
    const double *p = part->param;
    if (!isnan(p[WSD_TOTAL]) || !isnan(p[WSD_STABLE]))
        return NULL;
    *why = "is required (or num_stable_steps)";
    return "num_training_steps";
}

/* --- the rows --- */

#define WARMUP_STEPS STEPS("num_warmup_steps")
#define HALF_WAVE                                            \
    {                                                        \
        "num_cycles", .value_default = 0.5, .min_open = true \
    }
#define OPTIONAL_RATE(parameter)    \
    {                               \
        parameter, .optional = true \
    }
#define OPTIONAL_SHARE(parameter)             \
    {                                         \
        parameter, .optional = true, .max = 1 \
    }

const struct schedule_type schedule_rows_huggingface[] = {
    {.name = "cosine_with_warmup",
     .about =
         "up from 0 in num_warmup_steps, then base_lr (1 + cos(2 pi num_cycles x)) / 2 "
         "(transformers.get_cosine_schedule_with_warmup)",
     .code = HF "get_cosine_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR, WARMUP_STEPS, COUNT("num_training_steps"), HALF_WAVE},
     .length_param = "num_training_steps",
     .lr = cosine_lr,
     .length = cosine_length},
    {.name = "cosine_with_restarts",
     .about = "up from 0 in num_warmup_steps, then num_cycles cosine falls from base_lr "
              "to 0, 0 at the end "
              "(transformers.get_cosine_with_hard_restarts_schedule_with_warmup)",
     .code = HF "get_cosine_with_hard_restarts_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                WARMUP_STEPS,
                COUNT("num_training_steps"),
                {"num_cycles", .integer = true, .value_default = 1, .min = 1}},
     .length_param = "num_training_steps",
     .lr = hard_restarts_lr,
     .length = total_length,
     .jumps = hard_restarts_jumps},
    {.name = "cosine_with_min_lr",
     .about = "cosine_with_warmup that ends at min_lr, or at min_lr_rate of base_lr "
              "(transformers.get_cosine_with_min_lr_schedule_with_warmup)",
     .code = HF "get_cosine_with_min_lr_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR, WARMUP_STEPS, COUNT("num_training_steps"), HALF_WAVE,
                OPTIONAL_RATE("min_lr"), OPTIONAL_SHARE("min_lr_rate")},
     .length_param = "num_training_steps",
     .floor_param = "min_lr",
     .lr = min_lr_lr,
     .length = cosine_length,
     .check = min_lr_check},
    {.name = "cosine_warmup_with_min_lr",
     .about = "cosine_with_min_lr whose warm-up starts at warmup_lr_rate of base_lr (one "
              "step's share when left out), one step earlier all along "
              "(transformers.get_cosine_with_min_lr_schedule_with_warmup_lr_rate)",
     .code = HF "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
     .gradual = true,
     .past = SCHEDULE_CLIMBS,
     .params = {BASE_LR, WARMUP_STEPS, COUNT("num_training_steps"), HALF_WAVE,
                OPTIONAL_RATE("min_lr"), OPTIONAL_SHARE("min_lr_rate"),
                OPTIONAL_SHARE("warmup_lr_rate")},
     .length_param = "num_training_steps",
     .floor_param = "min_lr",
     .lr = warmup_min_lr_lr,
     .length = cosine_length,
     .check = min_lr_check},
    {.name = "linear_with_warmup",
     .about =
         "up from 0 in num_warmup_steps, then straight down to 0 at num_training_steps "
         "(transformers.get_linear_schedule_with_warmup)",
     .code = HF "get_linear_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR, WARMUP_STEPS, COUNT("num_training_steps")},
     .length_param = "num_training_steps",
     .lr = linear_lr,
     .length = total_length},
    {.name = "constant_with_warmup",
     .about = "up from 0 in num_warmup_steps, then base_lr "
              "(transformers.get_constant_schedule_with_warmup)",
     .code = HF "get_constant_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR, WARMUP_STEPS},
     .lr = constant_lr},
    {.name = "polynomial_decay_with_warmup",
     .about =
         "up from 0 in num_warmup_steps, then lr_end + (base_lr - lr_end)(1 - x)^power "
         "(transformers.get_polynomial_decay_schedule_with_warmup)",
     .code = HF "get_polynomial_decay_schedule_with_warmup",
     .gradual = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                WARMUP_STEPS,
                COUNT("num_training_steps"),
                RATE("lr_end", 1e-7),
                {"power", .value_default = 1, .min_open = true}},
     .length_param = "num_training_steps",
     .floor_param = "lr_end",
     .lr = polynomial_lr,
     .length = total_length,
     .check = polynomial_check},
    {.name = "inverse_sqrt",
     .about =
         "up from 0 in num_warmup_steps, then base_lr / sqrt((t - num_warmup_steps + "
         "timescale) / timescale); timescale is num_warmup_steps when left out "
         "(transformers.get_inverse_sqrt_schedule)",
     .code = HF "get_inverse_sqrt_schedule",
     .gradual = true,
     .past = SCHEDULE_GOES_ON,
     .params = {BASE_LR,
                WARMUP_STEPS,
                {"timescale", .optional = true, .integer = true, .min = 1}},
     .lr = inverse_sqrt_lr},
    {.name = "warmup_stable_decay",
     .about = "up in num_warmup_steps, base_lr for num_stable_steps, then down to "
              "min_lr_ratio of it in num_decay_steps (transformers.get_wsd_schedule)",
     .code = HF "get_wsd_schedule",
     .gradual = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                WARMUP_STEPS,
                STEPS("num_decay_steps"),
                {"num_training_steps", .optional = true, .integer = true, .min = 1},
                {"num_stable_steps", .optional = true, .integer = true},
                WORD("warmup_type", shapes),
                {"decay_type", .words = shapes, .value_default = SHAPE_COSINE},
                {"min_lr_ratio", .max = 1},
                HALF_WAVE},
     .length_param = "num_training_steps",
     .lr = wsd_lr,
     .length = wsd_length,
     .jumps = wsd_jumps,
     .check = wsd_check},
    {.name = NULL},
};
