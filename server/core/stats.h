/* Robust figures over plain arrays. Functions with `work` reorder a copy there: room for
   count doubles, not overlapping v. Non-finite values must have been left out by the
   caller. Mean, quantile, median and mad of nothing are NaN. */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include <stddef.h>

double stats_mean(const double *v, size_t count);
double stats_std(const double *v, size_t count); /* n - 1; 0 below two values */
/* 0 <= q <= 1, linear between neighbours (Hyndman and Fan's type 7, as NumPy does) */
double stats_quantile(const double *v, size_t count, double q, double *work);
/* Two of them for the price of one copy, q[0] <= q[1]. */
void stats_quantiles(const double *v, size_t count, const double q[2], double *work,
                     double out[2]);
double stats_median(const double *v, size_t count, double *work);
/* median absolute deviation from the median, times 1.4826 (sigma of a normal) */
double stats_mad(const double *v, size_t count, double *work);
/* Mann and Kendall's test for a trend: z of the pairs that rise less those that fall,
   with the continuity correction; 0 below three values. Compares every pair. */
double stats_kendall(const double *v, size_t count);
/* least-squares slope of v over its index; 0 below two values */
double stats_slope(const double *v, size_t count);

#endif
