/* ReduceLROnPlateau: replayed, and recognised. */
#include "core/fit/plateau.h"

#include "core/fit/trial.h"

#include <math.h>

#define PATIENCE_MAX 50
#define COOLDOWN_MAX 10

/* The parameters, by their place in the row. */
struct plateau {
    double base_lr, factor, patience, threshold, cooldown, min_lr, eps;
    bool maximize, absolute;
};

static double param_of(const struct schedule_part *part, const char *name)
{
    return part->param[schedule_param_find(part->type, name)];
}

static struct plateau plateau_of(const struct schedule_part *part)
{
    return (struct plateau){.base_lr = part->param[0],
                            .factor = param_of(part, "factor"),
                            .patience = param_of(part, "patience"),
                            .threshold = param_of(part, "threshold"),
                            .cooldown = param_of(part, "cooldown"),
                            .min_lr = param_of(part, "min_lr"),
                            .eps = param_of(part, "eps"),
                            .maximize = param_of(part, "mode") > 0,
                            .absolute = param_of(part, "threshold_mode") > 0};
}

/* --- the counting --- */

/* What the scheduler remembers between two calls. */
struct counting {
    double best, bad, cooling;
};

static struct counting counting_start(const struct plateau *p)
{
    return (struct counting){.best = p->maximize ? -INFINITY : INFINITY};
}

static bool is_better(const struct plateau *p, double value, double best)
{
    if (p->absolute)
        return p->maximize ? value > best + p->threshold : value < best - p->threshold;
    return p->maximize ? value > best * (p->threshold + 1)
                       : value < best * (1 - p->threshold);
}

/* One scheduler.step(value): true when patience is at an end. */
static bool counting_step(struct counting *counting, const struct plateau *p,
                          double value)
{
    if (is_better(p, value, counting->best)) {
        counting->best = value;
        counting->bad = 0;
    } else {
        counting->bad++;
    }
    if (counting->cooling > 0) {
        counting->cooling--;
        counting->bad = 0;
    }
    if (!(counting->bad > p->patience))
        return false;
    counting->cooling = p->cooldown;
    counting->bad = 0;
    return true;
}

/* Whether the rate really falls when patience is at an end. */
static bool falls(const struct plateau *p, double *lr)
{
    double next = fmax(*lr * p->factor, p->min_lr);
    if (!(*lr - next > p->eps))
        return false;
    *lr = next;
    return true;
}

bool plateau_replay(struct schedule_part *part, const struct series *watched,
                    int64_t origin)
{
    struct plateau p = plateau_of(part);
    struct counting counting = counting_start(&p);
    double lr = p.base_lr;
    part->list_count = 0;
    for (size_t i = series_lower_bound(watched, origin); i < watched->count; i++) {
        if (!counting_step(&counting, &p, watched->value[i]) || !falls(&p, &lr))
            continue;
        if (part->list_count == SCHEDULE_LIST_MAX)
            return false;
        part->list[part->list_count++] = (double)(watched->step[i] - origin) + 1;
    }
    return true;
}

/* --- recognising it --- */

/* What the column does: level[k] is the rate before fall k, level[count] the last. */
struct observed {
    int64_t last[SCHEDULE_LIST_MAX]; /* step of the last point before fall k */
    int64_t seen[SCHEDULE_LIST_MAX]; /* step of the first point after it */
    double level[SCHEDULE_LIST_MAX + 1];
    size_t count;
    int64_t end; /* step of the last point */
    bool cut;    /* the last fall is a smaller one: it ended at min_lr */
};

static bool is_same_level(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
}

/* False when the column rises, never falls, or falls too often. */
static bool observe(const struct series *lr, struct observed *observed)
{
    bool any = false;
    *observed = (struct observed){.count = 0};
    for (size_t i = 0; i < lr->count; i++) {
        double now = lr->value[i], *level = &observed->level[observed->count];
        if (!isfinite(now))
            continue;
        if (!any)
            *level = now;
        if (any && !is_same_level(now, *level)) {
            if (now > *level || observed->count == SCHEDULE_LIST_MAX)
                return false;
            observed->last[observed->count] = observed->end;
            observed->seen[observed->count++] = lr->step[i];
            level[1] = now;
        }
        any = true;
        observed->end = lr->step[i];
    }
    return observed->count > 0 && observed->level[0] > 0;
}

/* The factors that the falls leave possible. */
struct factors {
    double low, high;
};

/* half: what may be missing of each value, half the last digit of a rounded log. */
static void narrow(const struct observed *observed, size_t k, double half,
                   struct factors *factors)
{
    double before = observed->level[k], after = observed->level[k + 1];
    half = fmax(half, 1e-6 * before);
    factors->low = fmax(factors->low, (after - half) / (before + half));
    if (before > half)
        factors->high = fmin(factors->high, (after + half) / (before - half));
}

/* The factor of every fall, the most usual one that is possible; 0 when there is none.
   The last of several may be a smaller fall when may_cut. */
static double find_factor(struct observed *observed, double half, bool may_cut)
{
    static const double usual[] = {0.1, 0.5, 0.2,  0.3,  0.8,  0.9,
                                   0.7, 0.6, 0.75, 0.25, 0.95, 0.05};
    const double *level = observed->level;
    struct factors factors = {0, 1};
    size_t last = observed->count - 1;
    for (size_t k = 0; k < observed->count; k++) {
        if (may_cut && k > 0 && k == last && level[k + 1] / level[k] > factors.high)
            observed->cut = true;
        else
            narrow(observed, k, half, &factors);
    }
    if (!(factors.low <= factors.high))
        return 0;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (factors.low <= usual[i] && usual[i] <= factors.high)
            return usual[i];
    }
    return 0.5 * (factors.low + factors.high);
}

/* Every fall as it is, or the last one cut by min_lr, or a log that was rounded. */
static double factor_of(struct observed *observed)
{
    const double *level = observed->level;
    double factor = find_factor(observed, 0, false);
    if (factor > 0)
        return factor;
    factor = find_factor(observed, 0, true);
    if (factor > 0)
        return factor;
    double range = level[0] - level[observed->count];
    observed->cut = false;
    return find_factor(observed,
                       0.5 * fit_grid(level, observed->count + 1, range, range / 200),
                       false);
}

/* One column on one metric: the calls of scheduler.step() that have to be falls. */
struct plateau_case {
    const struct series *watched;
    const struct observed *observed;
    size_t first, end; /* the calls whose effect can be seen */
    size_t call[SCHEDULE_LIST_MAX];
};

/* The call before which each fall was not there and after which it was. */
static bool find_calls(struct plateau_case *what, int shift)
{
    const struct observed *observed = what->observed;
    for (size_t k = 0; k < observed->count; k++) {
        size_t before = series_lower_bound(what->watched, observed->last[k] + shift);
        size_t after = series_lower_bound(what->watched, observed->seen[k] + shift);
        if (after == before || after <= what->first)
            return false;
        what->call[k] = after - 1;
    }
    what->end = series_lower_bound(what->watched, observed->end + shift);
    return true;
}

/* What the first fall says about patience; negative when it cannot have been one. */
static double first_patience(const struct plateau_case *what, const struct plateau *p)
{
    struct counting counting = counting_start(p);
    struct plateau endless = *p;
    endless.patience = INFINITY;
    for (size_t i = what->first; i <= what->call[0]; i++)
        counting_step(&counting, &endless, what->watched->value[i]);
    return counting.bad - 1;
}

/* Whether the falls come when this says and at no other time. *floored: the column stays
   when it would have fallen once more, so min_lr had been reached. */
static bool matches(const struct plateau_case *what, const struct plateau *p,
                    bool *floored)
{
    struct counting counting = counting_start(p);
    size_t k = 0;
    *floored = false;
    for (size_t i = what->first; i < what->end; i++) {
        bool fall = counting_step(&counting, p, what->watched->value[i]);
        if (k == what->observed->count) {
            *floored |= fall;
            continue;
        }
        if (fall != (i == what->call[k]))
            return false;
        k += fall;
    }
    return k == what->observed->count;
}

/* Lower is more usual. */
static double oddness(const struct plateau *p, size_t threshold, int shift, bool floored)
{
    static const double usual[] = {10, 5, 3, 2, 4, 20, 15, 8, 7, 6, 9, 1, 0};
    size_t rank = 0, count = sizeof usual / sizeof *usual;
    while (rank < count && usual[rank] != p->patience)
        rank++;
    return 4 * (double)threshold + (double)rank + 8 * p->cooldown + 2 * shift +
           (floored ? 20 : 0);
}

/* The most usual explanation so far. */
struct explanation {
    struct plateau plateau;
    int shift;
    double oddness; /* INFINITY: none */
};

static const struct {
    double value;
    bool absolute;
} thresholds[] = {{1e-4, false}, {1e-4, true},  {0, true},   {1e-3, false},
                  {1e-3, true},  {1e-2, false}, {1e-2, true}};
/* The first of them are the default of a framework: torch, Keras, fastai. */
static const size_t default_thresholds = 3;

/* At 10, 20, 30... of a log that starts at 0: StepLR, which needs no metric, says as
 * much.
 */
static bool is_regular(const struct observed *observed, int64_t first)
{
    size_t k = 0;
    while (!observed->cut && k < observed->count &&
           observed->seen[k] - first == (int64_t)(k + 1) * (observed->seen[0] - first))
        k++;
    return k > 1 && k == observed->count;
}

/* Two falls, or falls at one distance, would take any cooldown that makes up for what
   patience leaves over: StepLR does the same. */
static bool tells_cooldown(const struct observed *observed)
{
    for (size_t k = 2; k < observed->count; k++) {
        if (observed->seen[k] - observed->seen[k - 1] !=
            observed->seen[1] - observed->seen[0])
            return true;
    }
    return false;
}

static void try_cooldowns(const struct plateau_case *what, struct plateau *p,
                          size_t threshold, struct explanation *best, int shift)
{
    const struct observed *observed = what->observed;
    double lowest = observed->level[observed->count];
    double next = lowest * (1 - p->factor);
    double longest = tells_cooldown(observed) ? COOLDOWN_MAX : 0;
    bool may_floor = observed->cut || observed->count > 1 || next <= p->eps;
    for (p->cooldown = 0; p->cooldown <= longest; p->cooldown++) {
        bool floored, ends;
        if (!matches(what, p, &floored) || (floored && !may_floor))
            continue;
        ends = observed->cut || (floored && next > p->eps);
        double odd = oddness(p, threshold, shift, ends && !observed->cut);
        if (!(odd < best->oddness))
            continue;
        *best = (struct explanation){*p, shift, odd};
        best->plateau.min_lr = ends ? lowest : 0;
    }
}

/* One fall always has the patience that fits it: it should be one that people use, as
   torch counts it or as Keras does. */
static bool is_likely(double patience, size_t falls)
{
    bool round = fmod(patience, 5) == 0 || fmod(patience, 5) == 4;
    return patience >= 0 && patience <= (falls > 1 || round ? PATIENCE_MAX : 10);
}

static void search(struct plateau_case *what, struct plateau *p, struct explanation *best)
{
    size_t count = what->observed->count > 2 ? sizeof thresholds / sizeof *thresholds
                                             : default_thresholds;
    for (int shift = 0; shift <= 1; shift++) {
        if (!find_calls(what, shift))
            continue;
        for (size_t i = 0; i < count; i++) {
            p->threshold = thresholds[i].value;
            p->absolute = thresholds[i].absolute;
            p->patience = first_patience(what, p);
            if (is_likely(p->patience, what->observed->count))
                try_cooldowns(what, p, i, best, shift);
        }
    }
}

static struct schedule_part part_of(const struct plateau *p)
{
    struct schedule_part part = fit_part("ReduceLROnPlateau");
    fit_set(&part, "base_lr", p->base_lr);
    fit_set(&part, "mode", p->maximize);
    fit_set(&part, "factor", p->factor);
    fit_set(&part, "patience", p->patience);
    fit_set(&part, "threshold", p->threshold);
    fit_set(&part, "threshold_mode", p->absolute);
    fit_set(&part, "cooldown", p->cooldown);
    fit_set(&part, "min_lr", p->min_lr);
    fit_set(&part, "eps", p->eps);
    return part;
}

bool plateau_explains(const struct series *lr, const struct series *watched,
                      bool maximize, struct schedule_part *out, int *shift)
{
    struct observed observed;
    struct explanation best = {.oddness = INFINITY};
    if (!watched->count || !observe(lr, &observed))
        return false;
    struct plateau p = {.base_lr = observed.level[0],
                        .factor = factor_of(&observed),
                        .eps = 1e-8,
                        .maximize = maximize};
    if (!(p.factor > 0 && p.factor < 1) || is_regular(&observed, lr->step[0]))
        return false;
    for (size_t k = 0; k < observed.count; k++) {
        if (observed.level[k] - observed.level[k + 1] <= p.eps)
            p.eps = 0; /* Keras has none */
    }
    struct plateau_case what = {
        watched, &observed, series_lower_bound(watched, lr->step[0]), 0, {0}};
    search(&what, &p, &best);
    if (isinf(best.oddness))
        return false;
    *out = part_of(&best.plateau);
    *shift = best.shift;
    return plateau_replay(out, watched, lr->step[0]) && out->list_count >= observed.count;
}
