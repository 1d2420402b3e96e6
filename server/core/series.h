/* One curve: what a metric was at each step. A view; the caller owns the arrays. */
#ifndef CORE_SERIES_H
#define CORE_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct series {
    const int64_t *step; /* strictly rising */
    const double *value; /* any double; NaN and infinities are data */
    size_t count;        /* 0 = not logged */
};

/* Index of the first point with step >= `step`; count when there is none. */
size_t series_lower_bound(const struct series *series, int64_t step);
/* The part with from <= step <= to. */
struct series series_slice(const struct series *series, int64_t from, int64_t to);
/* Index of the smallest (sign = 1) or largest (sign = -1) finite value, the first of
   equals; count when no value is finite. */
size_t series_best(const struct series *series, int sign);

#endif
