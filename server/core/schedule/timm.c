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

static struct cycle cycle_of(const double *p, double number)
{
    double mul = p[CYCLE_MUL], T = p[T_INITIAL];
    if (mul == 1)
        return (struct cycle){number, T * number, T};
    double grown = pow(mul, number);
    return (struct cycle){number, (1 - grown) / (1 - mul) * T, grown * T};
}

/* From a logarithm, as timm does: at a restart that it rounds to the wrong side, so does
   the training loop. */
static double cycle_number(const double *p, double t)
{
    double mul = p[CYCLE_MUL];
    if (mul == 1)
        return floor(t / p[T_INITIAL]);
    return floor(log(1 - t / p[T_INITIAL] * (1 - mul)) / log(mul));
}

static double cycle_end(const double *p, double t, double number)
{
    double next = cycle_of(p, number + 1).start;
    return p[CYCLE_MUL] == 1 ? next : cycle_until(t, next, 1 + 1e-12 * next);
}

static double warmup(const double *p)
{
    return p[WARMUP_PREFIX] > 0 ? p[WARMUP_T] : 0;
}

/* What a stretch holds. Without LENGTH it is a line: the warm-up, or past the end. */
enum { LOW, SLOPE, TOP, BEFORE, START, LENGTH, POWER, LENGTH_POWERED };

static void cosine_stretch(const struct schedule_part *part, double t,
                           struct schedule_stretch *out)
{
    const double *p = part->param;
    if (t < p[WARMUP_T]) {
        double slope = (p[0] - p[WARMUP_LR_INIT]) / p[WARMUP_T];
        *out = (struct schedule_stretch){p[WARMUP_T], {p[WARMUP_LR_INIT], slope}};
        return;
    }
    double before = warmup(p), number = cycle_number(p, t - before), k = p[K_DECAY];
    struct cycle cycle = cycle_of(p, number);
    *out = (struct schedule_stretch){INFINITY, {p[LR_MIN]}};
    if (!(number < p[CYCLE_LIMIT]))
        return;
    out->end = before + cycle_end(p, t - before, number);
    out->at[TOP] = p[0] * pow(p[CYCLE_DECAY], number);
    out->at[BEFORE] = before;
    out->at[START] = cycle.start;
    out->at[LENGTH] = cycle.length;
    out->at[POWER] = k;
    out->at[LENGTH_POWERED] = pow(cycle.length, k);
}

/* A power of 1 is exact: it need not be taken. */
static double cosine_along(const struct schedule_stretch *stretch, double t)
{
    const double *at = stretch->at;
    if (at[LENGTH] == 0)
        return at[LOW] + t * at[SLOPE];
    double done = t - at[BEFORE] - at[START];
    double power = at[POWER] == 1 ? done : pow(done, at[POWER]);
    double angle = SCHEDULE_PI * power / at[LENGTH_POWERED];
    return at[LOW] + 0.5 * (at[TOP] - at[LOW]) * (1 + cos(angle));
}

/* All cycles: timm's get_cycle_length(). */
static double cosine_length(const struct schedule_part *part)
{
    const double *p = part->param;
    double mul = p[CYCLE_MUL];
    if (mul == 1)
        return warmup(p) + p[T_INITIAL] * p[CYCLE_LIMIT];
    return warmup(p) + floor(-p[T_INITIAL] * (pow(mul, p[CYCLE_LIMIT]) - 1) / (1 - mul));
}

/* At a restart; and where a warm-up that takes the place of the first steps of the cosine
   hands over to it. */
static bool cosine_jumps(const struct schedule_part *part, double t)
{
    const double *p = part->param;
    double before = warmup(p);
    if (passes(p[WARMUP_T], t))
        return before == 0;
    if (t < p[WARMUP_T])
        return false;
    double next = cycle_number(p, t + 1 - before);
    return next > cycle_number(p, t - before) && next < p[CYCLE_LIMIT];
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
                {"cycle_mul", .value_default = 1, .min = 1},
                {"cycle_decay", .value_default = 1, .min_open = true},
                {"cycle_limit", .integer = true, .value_default = 1, .min = 1},
                {"warmup_t", .integer = true},
                RATE("warmup_lr_init", 0),
                WORD("warmup_prefix", schedule_false_true),
                {"k_decay", .value_default = 1, .min_open = true}},
     .length_param = "t_initial",
     .floor_param = "lr_min",
     .stretch = cosine_stretch,
     .along = cosine_along,
     .length = cosine_length,
     .jumps = cosine_jumps},
    {.name = NULL},
};
