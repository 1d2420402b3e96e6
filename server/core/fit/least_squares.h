/* Private to core/fit: least squares by sums, for the two forms that searches ask again
   and again. What is too close to singular for doubles to tell is singular: a column
   repeated often enough makes a determinant that is not quite 0. */
#ifndef CORE_FIT_LEAST_SQUARES_H
#define CORE_FIT_LEAST_SQUARES_H

#include <stdbool.h>
#include <stddef.h>

/* y = a u + b v. All 0 at first. */
struct fit_amplitudes {
    double uu, uv, vv, uy, vy, yy;
};
void fit_amplitudes_add(struct fit_amplitudes *sums, double u, double v, double y);
/* False when v says nothing that u does not: then b is 0, as when only a is asked for
   with fit_amplitudes_one(). */
bool fit_amplitudes_both(const struct fit_amplitudes *sums, double *a, double *b);
double fit_amplitudes_one(const struct fit_amplitudes *sums);
/* The sum of squares that the best amplitudes leave over, a alone unless `both`. Cannot
   tell less than 1e-16 of that of y, and may then be negative. */
double fit_amplitudes_rest(const struct fit_amplitudes *sums, bool both);

/* u = at + slope x, points with weights. All 0 at first. */
struct fit_line_sums {
    double n, x, u, xx, xu, uu;
    size_t count;
};
void fit_line_add(struct fit_line_sums *sums, double x, double u, double weight);

struct fit_straight {
    double at, slope;
    double residual; /* root mean square, weighted */
};
/* False: fewer than four points, or all at one x. */
bool fit_line_solve(const struct fit_line_sums *sums, struct fit_straight *out);

#endif
