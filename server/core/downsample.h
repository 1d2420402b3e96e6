/* Thinning for display that hides nothing: equal-width buckets in x with their minimum
   and maximum, and a smoothing that does not depend on the thinning. */
#ifndef CORE_DOWNSAMPLE_H
#define CORE_DOWNSAMPLE_H

#include <stdbool.h>
#include <stddef.h>

/* Columns of equal length. x rises (not strictly). A point whose x or y is not finite is
   not drawn. */
struct downsample_in {
    const double *x, *y;
    const double *smooth; /* or NULL */
    size_t count;
};

struct downsample_out {
    double *x, *value; /* the last point of each bucket */
    double *min, *max; /* over the bucket */
    double *smooth;    /* or NULL: smoothed value at that point */
    size_t count;
};

/* At most `points` >= 4 buckets over the drawn points of in, the first and the last of
   which are kept as they are. When in has no more than `points` of them they are copied
   and min = max = value. Every out array has room for `points`, which is enough even when
   x does not rise: what goes back then joins the newest bucket. Returns true when
   thinned.
 */
bool downsample(const struct downsample_in *in, size_t points,
                struct downsample_out *out);

/* Debiased EMA with a half-life in steps: k = 2^(-dx / half_life); m = m k + y; c = c k +
   1; s = m / c. Non-finite y is skipped (out = the value before; NaN before the first).
   half_life > 0. out has room for count. */
void smooth_ema(const double *x, const double *y, size_t count, double half_life,
                double *out);

#endif
