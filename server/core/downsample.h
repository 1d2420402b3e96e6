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

/* The same a piece at a time, for who has only a summary of points that lie close
   together: x and value are the last point's, min and max over all of them. What is
   narrower than `narrow` may come as one piece: its points then all fall into the last
   one's bucket, at most a quarter of a bucket away from their own. */
struct downsample_piece {
    double x, value, min, max;
    double smooth; /* kept only where out->smooth is not NULL */
};
struct downsampler {
    struct downsample_out *out;
    double from, per_x, narrow; /* per_x: buckets in one unit of x */
    size_t buckets, newest;
    bool begun;
};
/* first and last are the points that are kept as they are; out has room for `points`. */
void downsample_begin(struct downsampler *d, const struct downsample_piece *first,
                      double last_x, size_t points, struct downsample_out *out);
/* What lies between them, by rising x. */
void downsample_add(struct downsampler *d, const struct downsample_piece *piece);
void downsample_end(struct downsampler *d, const struct downsample_piece *last);

/* Debiased EMA with a half-life in steps: k = 2^(-dx / half_life); m = m k + y; c = c k +
   1; s = m / c. Non-finite y is skipped (the value before stays; NaN before the first).
   half_life > 0. Starts as {.half_life = }; x rises from call to call. */
struct ema {
    double half_life;
    double sum, weight, last_x, step, keep;
};
double ema_next(struct ema *ema, double x, double y);

/* The same for columns; out has room for count. */
void smooth_ema(const double *x, const double *y, size_t count, double half_life,
                double *out);

#endif
