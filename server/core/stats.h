/* Robust figures over plain arrays. Functions with `work` reorder a copy there: room for
   count doubles, not overlapping v. Non-finite values must have been left out by the
   caller. Quantiles of nothing are NaN. */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include <stddef.h>

/* 0 <= q <= 1, linear between neighbours (Hyndman and Fan's type 7, as NumPy does) */
double stats_quantile(const double *v, size_t count, double q, double *work);
/* Two of them for the price of one copy, q[0] <= q[1]. */
void stats_quantiles(const double *v, size_t count, const double q[2], double *work,
                     double out[2]);
double stats_median(const double *v, size_t count, double *work);
/* Mann and Kendall's test for a trend: z of the pairs that rise less those that fall,
   with the continuity correction; 0 below three values. Compares every pair. */
double stats_kendall(const double *v, size_t count);

#endif
