/* How an observed learning-rate column lies on a reference curve. */
#include "core/fit/compare.h"

#include "core/fit/points.h"

#include <math.h>
#include <stdio.h>

/* Off by more than this share of the range is off the schedule. */
static const double tolerance_default = 0.01;
/* Points closer than this tell which shift is the right one. */
static const double near_enough = 1e-3;

/* Gauss-Legendre with three points: schedules are smooth between two steps. */
static double mean_over_step(const struct schedule *schedule, double t)
{
    const double off = 0.3872983346207417; /* sqrt(3 / 5) / 2 */
    double sides = schedule_lr(schedule, fmax(0, t + 0.5 - off)) +
                   schedule_lr(schedule, fmax(0, t + 0.5 + off));
    return (5 * sides + 8 * schedule_lr(schedule, fmax(0, t + 0.5))) / 18;
}

double schedule_logged(const struct schedule *schedule,
                       const struct schedule_deviation *how, double t)
{
    if (how->every > 0)
        t = floor(t / (double)how->every);
    return how->averaged ? mean_over_step(schedule, t)
                         : schedule_lr(schedule, fmax(0, t + how->shift));
}

/* One comparison: the curve, the column, and how t is counted. */
struct comparison {
    const struct schedule *schedule;
    const struct series *lr;
    int64_t origin;
    struct schedule_deviation how; /* shift, averaged and every */
    double range;                  /* of the reference; > 0 */
};

static double reference(const struct comparison *c, size_t i)
{
    return schedule_logged(c->schedule, &c->how, (double)(c->lr->step[i] - c->origin));
}

/* (observed - reference) / range; NaN when nothing usable was observed */
static double deviation(const struct comparison *c, size_t i)
{
    if (!isfinite(c->lr->value[i]))
        return NAN;
    return (c->lr->value[i] - reference(c, i)) / c->range;
}

/* What is asked of the whole column is asked of this many of its points. */
enum { SAMPLE = 512 };

static size_t sample_count(const struct series *lr)
{
    return lr->count < SAMPLE ? lr->count : SAMPLE;
}

/* Evenly spread, both ends included. */
static size_t sample_at(const struct series *lr, size_t k)
{
    return lr->count <= SAMPLE ? k : k * (lr->count - 1) / (SAMPLE - 1);
}

static double reference_range(const struct comparison *c)
{
    double start = schedule_lr(c->schedule, 0);
    double end = schedule_lr(c->schedule, schedule_length(c->schedule));
    double low = fmin(start, end), high = fmax(start, end);
    for (size_t k = 0; k < sample_count(c->lr); k++) {
        double at = reference(c, sample_at(c->lr, k));
        low = fmin(low, at);
        high = fmax(high, at);
    }
    double scale = fmax(fabs(low), fabs(high));
    if (high - low > 1e-9 * scale)
        return high - low;
    return scale > 0 ? scale : 1;
}

/* How well a way of logging explains the column. Clipped, so that a run which leaves its
   schedule half-way still shows which one it had. */
struct closeness {
    size_t near, lead; /* points; how many of them before the first that is not */
    size_t off;        /* points beyond the tolerance */
    double clipped;
};

static struct closeness closeness(const struct comparison *c)
{
    struct closeness out = {0};
    bool leads = true;
    for (size_t k = 0; k < sample_count(c->lr); k++) {
        double d = fabs(deviation(c, sample_at(c->lr, k)));
        if (isnan(d))
            continue;
        leads = leads && d <= near_enough;
        out.lead += leads;
        out.near += d <= near_enough;
        out.off += d > tolerance_default;
        out.clipped += fmin(d, 2 * tolerance_default);
    }
    return out;
}

/* Whether more of the column follows the curve in this way. A column that leaves it must
   show that: by more points than those at which two curves that have nothing in common
   cross and begin, or by a start that goes on past a step which the best way so far
   misses. */
static bool is_nearer(const struct closeness *other, const struct closeness *best,
                      size_t samples)
{
    enum { CROSSING = 3 };
    size_t margin = samples / 50, clear = margin > CROSSING ? margin : CROSSING;
    if (2 * other->off <= samples)
        return other->near > best->near + margin;
    return other->near > best->near + clear ||
           (other->near > best->near && other->lead > best->lead + CROSSING);
}

/* As it is unless another way of logging is clearly closer: rounding must not decide. */
static void find_way_of_logging(struct comparison *c)
{
    static const struct schedule_deviation others[] = {{.shift = 1},
                                                       {.shift = -1},
                                                       {.averaged = true}};
    size_t samples = sample_count(c->lr), margin = samples / 50;
    struct closeness best = closeness(c);
    struct schedule_deviation way = c->how;
    for (size_t k = 0; k < sizeof others / sizeof *others && best.clipped > 1e-9; k++) {
        if (way.every > 0 && others[k].averaged)
            continue;
        c->how = others[k];
        c->how.every = way.every;
        struct closeness other = closeness(c);
        bool as_near = other.near + margin >= best.near;
        if (is_nearer(&other, &best, samples) ||
            (as_near && other.clipped < 0.5 * best.clipped - 1e-9)) {
            best = other;
            way = c->how;
        }
    }
    c->how = way;
}

/* A column that was rounded when it was logged may be off by half its last digit. */
static double tolerance_for(const struct comparison *c)
{
    double grid =
        fit_grid(c->lr->value, c->lr->count, c->range, c->range / 200) / c->range;
    size_t explained = 0, points = 0, exact = 0;
    if (grid <= 0)
        return tolerance_default;
    for (size_t k = 0; k < sample_count(c->lr); k++) {
        double d = fabs(deviation(c, sample_at(c->lr, k)));
        points += isnan(d) ? 0 : 1;
        explained += d <= 0.51 * grid;
        exact += d <= 1e-6;
    }
    bool rounded = explained * 5 >= points * 4 && exact * 5 < points * 4;
    return rounded ? fmax(tolerance_default, 0.75 * grid) : tolerance_default;
}

static bool is_last_row_zero(const struct comparison *c, size_t i)
{
    return i > 0 && i + 1 == c->lr->count && c->lr->value[i] == 0;
}

/* Keeps the first step of the run of deviations that is going on. */
struct leaving {
    size_t off;
    int64_t since;
};

static void follow(struct leaving *leaving, struct schedule_deviation *out, bool off,
                   int64_t step)
{
    if (!off) {
        leaving->off = 0;
        return;
    }
    out->off_until = step;
    if (!leaving->off++)
        leaving->since = step;
    if (leaving->off >= 3 && out->leaves_at < 0)
        out->leaves_at = leaving->since;
}

static void measure(const struct comparison *c, struct schedule_deviation *out)
{
    struct leaving leaving = {0, -1};
    double squares = 0;
    for (size_t i = 0; i < c->lr->count; i++) {
        double d = fabs(deviation(c, i));
        if (isnan(d) || (d > out->tolerance && is_last_row_zero(c, i)))
            continue;
        out->points++;
        squares += d * d;
        if (d > out->max_relative) {
            out->max_relative = d;
            out->max_at = c->lr->step[i];
        }
        follow(&leaving, out, d > out->tolerance, c->lr->step[i]);
    }
    if (out->leaves_at < 0 && leaving.off >= 2)
        out->leaves_at = leaving.since;
    out->rms_relative = out->points ? sqrt(squares / (double)out->points) : 0;
}

/* The schedule counts epochs, the column steps. */
static void stairs_words(const struct schedule_deviation *how, const char *unit,
                         char out[LOGGED_WORDS_MAX])
{
    const char *also = how->shift > 0   ? ", and one before the first"
                       : how->shift < 0 ? ", the first of them one late"
                                        : "";
    snprintf(out, LOGGED_WORDS_MAX, "with one scheduler step in %lld %ss%s",
             (long long)how->every, unit, also);
}

void schedule_logged_words(const struct schedule_deviation *how, const char *unit,
                           char out[LOGGED_WORDS_MAX])
{
    out[0] = '\0';
    if (how->every > 0)
        stairs_words(how, unit, out);
    else if (how->averaged)
        snprintf(out, LOGGED_WORDS_MAX, "as the mean of each %s", unit);
    else if (how->shift > 0)
        snprintf(out, LOGGED_WORDS_MAX,
                 "one %s late (or the scheduler was stepped once before the first %s)",
                 unit, unit);
    else if (how->shift < 0)
        snprintf(out, LOGGED_WORDS_MAX,
                 "one %s early (or the first scheduler step came one late)", unit);
}

void schedule_compare_stairs(const struct schedule *schedule, const struct series *lr,
                             const struct schedule_stairs *stairs,
                             struct schedule_deviation *out)
{
    struct comparison c = {schedule, lr, stairs->from, {.every = stairs->every}, 1};
    *out = (struct schedule_deviation){.leaves_at = -1, .tolerance = tolerance_default};
    if (!lr->count || !schedule->part_count)
        return;
    out->max_at = lr->step[0];
    c.range = reference_range(&c);
    find_way_of_logging(&c);
    out->shift = c.how.shift;
    out->averaged = c.how.averaged;
    out->every = c.how.every;
    out->tolerance = tolerance_for(&c);
    measure(&c, out);
}

void schedule_compare(const struct schedule *schedule, const struct series *lr,
                      int64_t origin, struct schedule_deviation *out)
{
    const struct schedule_stairs level = {.from = origin};
    schedule_compare_stairs(schedule, lr, &level, out);
}

static bool is_sparse(const struct series *lr)
{
    return lr->count > 1 && (uint64_t)(lr->step[lr->count - 1] - lr->step[0]) >
                                2 * ((uint64_t)lr->count - 1);
}

int64_t schedule_origin(const struct schedule *schedule, const struct series *lr)
{
    if (!lr->count)
        return 0;
    int64_t first = lr->step[0];
    bool from_zero = schedule->unit == SCHEDULE_STEP && is_sparse(lr);
    if (first <= 1 || !schedule->part_count)
        return from_zero ? 0 : first;
    int64_t row = lr->count > 1 ? lr->step[1] - first : 0;
    const int64_t candidates[] = {from_zero ? 0 : first, from_zero ? first : 0, 1,
                                  first > row ? first - row : 0};
    int64_t best = candidates[0];
    double least = INFINITY;
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        struct schedule_deviation d;
        schedule_compare(schedule, lr, candidates[i], &d);
        if (d.rms_relative < 0.5 * least) {
            least = d.rms_relative;
            best = candidates[i];
        }
    }
    return best;
}
