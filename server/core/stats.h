/* Robust figures over plain arrays. Functions with `work` reorder a copy there: room for
   count doubles. Non-finite values must have been left out by the caller. */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include <stddef.h>

double stats_mean(const double *v, size_t count);
double stats_std(const double *v, size_t count); /* n - 1; 0 below two values */
double stats_quantile(const double *v, size_t count, double q, double *work);
double stats_median(const double *v, size_t count, double *work);
/* median absolute deviation from the median, times 1.4826 (sigma of a normal) */
double stats_mad(const double *v, size_t count, double *work);
/* least-squares slope of v over its index */
double stats_slope(const double *v, size_t count);

#endif
