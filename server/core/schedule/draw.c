#include "core/schedule/draw.h"

#include <math.h>

#define PIECE 256 /* steps at a time: a curve is cheaper in stretches */

/* A sum with its rounding carried along (Neumaier), so that a million equal steps give
   exactly their product. */
struct sum {
    double whole, carried;
};

static void add(struct sum *sum, double value)
{
    double next = sum->whole + value;
    sum->carried += fabs(sum->whole) >= fabs(value) ? (sum->whole - next) + value
                                                    : (value - next) + sum->whole;
    sum->whole = next;
}

struct schedule_area schedule_area(const struct schedule *schedule, int64_t steps)
{
    double lr[PIECE], highest = steps > 0 ? schedule_lr(schedule, 0) : 0;
    struct sum sum = {0, 0};
    for (int64_t t = 0; t < steps; t += PIECE) {
        size_t count = steps - t < PIECE ? (size_t)(steps - t) : PIECE;
        schedule_curve(schedule, t, count, lr);
        for (size_t i = 0; i < count; i++) {
            add(&sum, lr[i]);
            highest = fmax(highest, lr[i]);
        }
    }
    struct schedule_area area = {.sum = sum.whole + sum.carried,
                                 .constant = highest * (double)steps};
    area.ratio = area.constant > 0 ? area.sum / area.constant : 0;
    return area;
}

/* How far a line may pass a step by, as a share of all that the curves span: where to
   start, and from where on bands are drawn instead. A chart is about 500 pixels high. */
static const double finest = 1e-6, coarsest = 0.01;

struct thinning {
    const struct thin_in *in;
    double allowed; /* distance of a step from the line that passes it */
    size_t points, kept;
    size_t *out;
};

/* The slopes that a line from one step of a curve may have to pass all steps since within
   the allowed distance. */
struct cone {
    double low, high;
};

/* Whether a line from `from` may end at t itself, not only near it. */
static bool may_end(const struct thinning *thinning, const struct cone *cones,
                    size_t from, size_t t)
{
    for (size_t c = 0; c < thinning->in->curve_count; c++) {
        const double *lr = thinning->in->lr[c];
        double slope = (lr[t] - lr[from]) / (double)(t - from);
        if (slope < cones[c].low || slope > cones[c].high)
            return false;
    }
    return true;
}

/* Narrows the cones to those lines that pass t; false when none is left. */
static bool may_pass(const struct thinning *thinning, struct cone *cones, size_t from,
                     size_t t)
{
    double run = (double)(t - from);
    for (size_t c = 0; c < thinning->in->curve_count; c++) {
        const double *lr = thinning->in->lr[c];
        double rise = lr[t] - lr[from];
        cones[c].low = fmax(cones[c].low, (rise - thinning->allowed) / run);
        cones[c].high = fmin(cones[c].high, (rise + thinning->allowed) / run);
        if (cones[c].low > cones[c].high)
            return false;
    }
    return true;
}

static bool is_kept(const struct thin_in *in, size_t t)
{
    return t + 1 == in->count || (in->jumps && (in->jumps[t] || in->jumps[t - 1]));
}

/* The next step to draw after `from`: as far as every curve's line reaches. */
static size_t next_kept(const struct thinning *thinning, size_t from)
{
    struct cone cones[THIN_CURVES_MAX];
    size_t best = from + 1;
    for (size_t c = 0; c < thinning->in->curve_count; c++)
        cones[c] = (struct cone){-INFINITY, INFINITY};
    for (size_t t = from + 1;; t++) {
        if (may_end(thinning, cones, from, t))
            best = t;
        if (is_kept(thinning->in, t) || !may_pass(thinning, cones, from, t))
            return best;
    }
}

/* False when the steps are more than there is room for. */
static bool draw_lines(struct thinning *t)
{
    size_t step = 0;
    t->kept = 0;
    for (;;) {
        if (t->kept == t->points)
            return false;
        t->out[t->kept++] = step;
        if (step + 1 == t->in->count)
            return true;
        step = next_kept(t, step);
    }
}

static double span_of(const struct thin_in *in)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t c = 0; c < in->curve_count; c++) {
        for (size_t t = 0; t < in->count; t++) {
            if (!isfinite(in->lr[c][t]))
                continue;
            low = fmin(low, in->lr[c][t]);
            high = fmax(high, in->lr[c][t]);
        }
    }
    return high > low ? high - low : 0;
}

static void add_sorted(size_t *steps, size_t *count, size_t step)
{
    size_t at = *count;
    while (at && steps[at - 1] > step)
        at--;
    if (at && steps[at - 1] == step)
        return;
    for (size_t i = (*count)++; i > at; i--)
        steps[i] = steps[i - 1];
    steps[at] = step;
}

/* Lowest and highest of each curve in each of as many stretches as there is room for. */
static size_t draw_bands(const struct thin_in *in, size_t points, size_t *out)
{
    size_t stretches = (points - 2) / (2 * in->curve_count), count = 0;
    add_sorted(out, &count, 0);
    for (size_t s = 0; s < stretches; s++) {
        size_t from = in->count * s / stretches, to = in->count * (s + 1) / stretches;
        for (size_t c = 0; c < in->curve_count; c++) {
            size_t low = from, high = from;
            for (size_t t = from; t < to; t++) {
                low = in->lr[c][t] < in->lr[c][low] ? t : low;
                high = in->lr[c][t] > in->lr[c][high] ? t : high;
            }
            add_sorted(out, &count, low);
            add_sorted(out, &count, high);
        }
    }
    add_sorted(out, &count, in->count - 1);
    return count;
}

/* The finest lines that there is room for; 0 when there is none within a hundredth. */
static size_t draw_within(const struct thin_in *in, size_t points, size_t *out)
{
    double span = span_of(in);
    struct thinning thinning = {.in = in, .points = points, .out = out};
    for (double share = finest; share <= coarsest; share *= 2) {
        thinning.allowed = share * span;
        if (draw_lines(&thinning))
            return thinning.kept;
    }
    return 0;
}

size_t schedule_thin(const struct thin_in *in, size_t points, size_t *out)
{
    if (in->count <= points) {
        for (size_t t = 0; t < in->count; t++)
            out[t] = t;
        return in->count;
    }
    size_t kept = draw_within(in, points, out);
    if (kept || !in->jumps)
        return kept ? kept : draw_bands(in, points, out);
    /* Both sides of every jump are too many: those that can be seen may do. */
    struct thin_in plain = *in;
    plain.jumps = NULL;
    kept = draw_within(&plain, points, out);
    return kept ? kept : draw_bands(in, points, out);
}
