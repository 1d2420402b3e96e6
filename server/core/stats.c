#include "core/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static double middle_of(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Brings what is smaller than the pivot (or, with equal, not larger) to the front of
   v[ends[0]..ends[1]); returns where the rest begins. Without a branch on the data: a
   guess that fails half the time costs more than the swap. */
static size_t partition(double *v, const size_t ends[2], double pivot, bool equal)
{
    size_t store = ends[0];
    for (size_t i = ends[0]; i < ends[1]; i++) {
        double value = v[i];
        v[i] = v[store];
        v[store] = value;
        store += equal ? !(pivot < value) : value < pivot;
    }
    return store;
}

/* One of `count` places, by chance that is the same every time: no curve has a shape that
   makes every pivot a bad one. */
static size_t draw(uint32_t *state, size_t count)
{
    *state = *state * 1664525u + 1013904223u;
    return (size_t)(((uint64_t)*state * count) >> 32);
}

/* Hoare's selection: afterwards v[k] is in its sorted place, what is smaller lies before
   it and what is larger behind it. */
static double select_kth(double *v, size_t count, size_t k)
{
    uint32_t state = 1;
    size_t ends[2] = {0, count};
    while (ends[1] - ends[0] > 1) {
        const double *part = v + ends[0];
        size_t left = ends[1] - ends[0];
        double pivot = middle_of(part[draw(&state, left)], part[draw(&state, left)],
                                 part[draw(&state, left)]);
        size_t smaller = partition(v, ends, pivot, false);
        if (k < smaller) {
            ends[1] = smaller;
            continue;
        }
        ends[0] = smaller;
        ends[0] = partition(v, ends, pivot, true);
        if (k < ends[0])
            return pivot;
    }
    return v[k];
}

static double smallest(const double *v, size_t count)
{
    double best = v[0];
    for (size_t i = 1; i < count; i++)
        best = v[i] < best ? v[i] : best;
    return best;
}

/* The quantile of what lies in work, which it reorders; all values at and after index
   `from` are at least as large as those before it. */
static double quantile_of(double *work, size_t count, double q, size_t *from)
{
    double place = fmin(fmax(q, 0), 1) * (double)(count - 1);
    size_t k = (size_t)place;
    double part = place - (double)k;
    double below = select_kth(work + *from, count - *from, k - *from);
    *from = k;
    if (part == 0 || k + 1 == count)
        return below;
    double above = smallest(work + k + 1, count - k - 1);
    return below + part * (above - below);
}

double stats_quantile(const double *v, size_t count, double q, double *work)
{
    size_t from = 0;
    if (!count)
        return NAN;
    memcpy(work, v, count * sizeof *work);
    return quantile_of(work, count, q, &from);
}

void stats_quantiles(const double *v, size_t count, const double q[2], double *work,
                     double out[2])
{
    size_t from = 0;
    out[0] = out[1] = NAN;
    if (!count)
        return;
    memcpy(work, v, count * sizeof *work);
    out[0] = quantile_of(work, count, q[0], &from);
    out[1] = quantile_of(work, count, q[1], &from);
}

double stats_median(const double *v, size_t count, double *work)
{
    return stats_quantile(v, count, 0.5, work);
}

double stats_kendall(const double *v, size_t count)
{
    if (count < 3)
        return 0;
    double sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++)
            sum += (v[j] > v[i]) - (v[j] < v[i]);
    }
    if (sum == 0)
        return 0;
    return (sum > 0 ? sum - 1 : sum + 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18);
}
