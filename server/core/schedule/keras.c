/* keras.optimizers.schedules, version 3: t is the optimizer's count of updates. Keras
   computes in its default float, usually 32 bits; these are the same formulas in 64. */
#include "core/schedule/rows.h"

#define KERAS "keras.optimizers.schedules."

enum { DECAY_STEPS = 1, ALPHA, WARMUP_TARGET, WARMUP_STEPS };

static bool warms_up(const double *p)
{
    return !isnan(p[WARMUP_TARGET]);
}

static double cosine_decay_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double from = p[0], warmup = 0;
    if (warms_up(p)) {
        warmup = p[WARMUP_STEPS];
        if (t < warmup)
            return (p[WARMUP_TARGET] - p[0]) * (t / warmup) + p[0];
        from = p[WARMUP_TARGET];
    }
    double done = (fmin(t, p[DECAY_STEPS] + warmup) - warmup) / p[DECAY_STEPS];
    double wave = 0.5 * (1 + cos(SCHEDULE_PI * done));
    return from * ((1 - p[ALPHA]) * wave + p[ALPHA]);
}

static double cosine_decay_length(const struct schedule_part *part)
{
    const double *p = part->param;
    return p[DECAY_STEPS] + (warms_up(p) ? p[WARMUP_STEPS] : 0);
}

enum { FIRST_DECAY_STEPS = 1, T_MUL, M_MUL, RESTARTS_ALPHA };

/* How often it has restarted at t. From a logarithm, as Keras does, which takes the floor
   of a number of 32 bits whatever its float is: at a restart that mends what the
   logarithm rounds away. */
static double restarts_at(const double *p, double t)
{
    double mul = p[T_MUL], fraction = t / p[FIRST_DECAY_STEPS];
    if (mul == 1)
        return floor((double)(float)fraction);
    return floor((double)(float)(log(1 - fraction * (1 - mul)) / log(mul)));
}

enum { WAVE_RATE, WAVE_ALPHA, WAVE_HEIGHT, WAVE_STEPS, WAVE_START, WAVE_LENGTH };

static void restarts_stretch(const struct schedule_part *part, double t,
                             struct schedule_stretch *out)
{
    const double *p = part->param;
    double mul = p[T_MUL], restarts = restarts_at(p, t);
    double grown = pow(mul, restarts), start = restarts, next = restarts + 1;
    if (mul != 1) {
        start = (1 - grown) / (1 - mul);
        next = (1 - grown * mul) / (1 - mul);
    }
    next *= p[FIRST_DECAY_STEPS];
    *out =
        (struct schedule_stretch){cycle_until(t, next, 1 + 1e-6 * next),
                                  {p[0], p[RESTARTS_ALPHA], 0.5 * pow(p[M_MUL], restarts),
                                   p[FIRST_DECAY_STEPS], start, grown}};
}

static double restarts_along(const struct schedule_stretch *stretch, double t)
{
    const double *at = stretch->at;
    double done = (t / at[WAVE_STEPS] - at[WAVE_START]) / at[WAVE_LENGTH];
    double wave = at[WAVE_HEIGHT] * (1 + cos(SCHEDULE_PI * done));
    return at[WAVE_RATE] * ((1 - at[WAVE_ALPHA]) * wave + at[WAVE_ALPHA]);
}

static double restarts_length(const struct schedule_part *part)
{
    return part->param[FIRST_DECAY_STEPS];
}

static bool restarts_jumps(const struct schedule_part *part, double t)
{
    return restarts_at(part->param, t + 1) > restarts_at(part->param, t);
}

#define INITIAL                                   \
    {                                             \
        "initial_learning_rate", .required = true \
    }
#define ALPHA_SHARE       \
    {                     \
        "alpha", .max = 1 \
    }

const struct schedule_type schedule_rows_keras[] = {
    {.name = "CosineDecay",
     .about =
         "a cosine from initial_learning_rate to alpha times it in decay_steps; with "
         "warmup_target first straight up to that in warmup_steps "
         "(keras.optimizers.schedules)",
     .code = KERAS "CosineDecay",
     .gradual = true,
     .alone = true,
     .past = SCHEDULE_STAYS,
     .params = {INITIAL,
                COUNT("decay_steps"),
                ALPHA_SHARE,
                {"warmup_target", .optional = true},
                {"warmup_steps", .integer = true}},
     .length_param = "decay_steps",
     .lr = cosine_decay_lr,
     .length = cosine_decay_length},
    {.name = "CosineDecayRestarts",
     .about =
         "cosine falls from initial_learning_rate to alpha times it, the first in "
         "first_decay_steps, each t_mul times as long and m_mul times as high as the "
         "one before (keras.optimizers.schedules)",
     .code = KERAS "CosineDecayRestarts",
     .gradual = true,
     .alone = true,
     .past = SCHEDULE_RESTARTS,
     .params = {INITIAL,
                COUNT("first_decay_steps"),
                {"t_mul", .value_default = 2, .min = 1},
                {"m_mul", .value_default = 1, .min_open = true},
                ALPHA_SHARE},
     .length_param = "first_decay_steps",
     .stretch = restarts_stretch,
     .along = restarts_along,
     .length = restarts_length,
     .jumps = restarts_jumps},
    {.name = NULL},
};
