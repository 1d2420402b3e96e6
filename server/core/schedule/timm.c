/* timm.scheduler, version 1.0: t counts what is passed to step(t), epochs or updates. */
#include "core/schedule/rows.h"

enum {
    T_INITIAL = 1,
    LR_MIN,
    CYCLE_MUL,
    CYCLE_DECAY,
    CYCLE_LIMIT,
    WARMUP_T,
    WARMUP_LR_INIT,
    WARMUP_PREFIX,
    K_DECAY
};

/* The cycle that t (0 at the start of the first) is in: its number, start and length. */
struct cycle {
    double number, start, length;
};

/* From a logarithm, as timm does: at a restart that it rounds to the wrong side, so does
   the training loop. */
static struct cycle cycle_at(const double *p, double t)
{
    double mul = p[CYCLE_MUL], T = p[T_INITIAL];
    if (mul == 1) {
        double number = floor(t / T);
        return (struct cycle){number, T * number, T};
    }
    double number = floor(log(1 - t / T * (1 - mul)) / log(mul));
    double grown = pow(mul, number);
    return (struct cycle){number, (1 - grown) / (1 - mul) * T, grown * T};
}

static double cosine_lr(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    if (t < p[WARMUP_T])
        return p[WARMUP_LR_INIT] + t * ((p[0] - p[WARMUP_LR_INIT]) / p[WARMUP_T]);
    if (p[WARMUP_PREFIX] > 0)
        t -= p[WARMUP_T];
    struct cycle cycle = cycle_at(p, t);
    if (!(cycle.number < p[CYCLE_LIMIT]))
        return p[LR_MIN];
    double top = p[0] * pow(p[CYCLE_DECAY], cycle.number), k = p[K_DECAY];
    double angle = SCHEDULE_PI * pow(t - cycle.start, k) / pow(cycle.length, k);
    return p[LR_MIN] + 0.5 * (top - p[LR_MIN]) * (1 + cos(angle));
}

/* All cycles: timm's get_cycle_length(). */
static double cosine_length(const struct schedule_part *part)
{
    const double *p = part->param;
    double mul = p[CYCLE_MUL], before = p[WARMUP_PREFIX] > 0 ? p[WARMUP_T] : 0;
    if (mul == 1)
        return before + p[T_INITIAL] * p[CYCLE_LIMIT];
    return before + floor(-p[T_INITIAL] * (pow(mul, p[CYCLE_LIMIT]) - 1) / (1 - mul));
}

static bool cosine_jumps(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double before = p[WARMUP_PREFIX] > 0 ? p[WARMUP_T] : 0;
    if (t + 1 < p[WARMUP_T])
        return false;
    double now = cycle_at(p, fmax(0, t - before)).number;
    double next = cycle_at(p, fmax(0, t + 1 - before)).number;
    return next > now && next < p[CYCLE_LIMIT];
}

const struct schedule_type schedule_rows_timm[] = {
    {.name = "CosineLRScheduler",
     .about = "cycle_limit cosine falls to lr_min, each cycle_mul times as long and from "
              "cycle_decay times as high as the one before, after a warm-up of warmup_t "
              "from warmup_lr_init (timm.scheduler)",
     .code = "timm.scheduler.CosineLRScheduler",
     .gradual = true,
     .alone = true,
     .past = SCHEDULE_STAYS,
     .params = {BASE_LR,
                COUNT("t_initial"),
                RATE("lr_min", 0),
                {"cycle_mul", .value_default = 1, .min_open = true},
                {"cycle_decay", .value_default = 1, .min_open = true},
                {"cycle_limit", .integer = true, .value_default = 1, .min = 1},
                {"warmup_t", .integer = true},
                RATE("warmup_lr_init", 0),
                WORD("warmup_prefix", schedule_false_true),
                {"k_decay", .value_default = 1, .min_open = true}},
     .length_param = "t_initial",
     .floor_param = "lr_min",
     .lr = cosine_lr,
     .length = cosine_length,
     .jumps = cosine_jumps},
    {.name = NULL},
};
