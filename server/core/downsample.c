#include "core/downsample.h"

#include <math.h>

static size_t count_finite(const struct downsample_in *in)
{
    size_t count = 0;
    for (size_t i = 0; i < in->count; i++)
        count += isfinite(in->y[i]) != 0;
    return count;
}

/* Begins a bucket of one point. */
static void put_point(const struct downsample_in *in, size_t i,
                      struct downsample_out *out)
{
    size_t n = out->count++;
    out->x[n] = in->x[i];
    out->value[n] = out->min[n] = out->max[n] = in->y[i];
    if (in->smooth && out->smooth)
        out->smooth[n] = in->smooth[i];
}

/* Adds a point to the newest bucket: it becomes the bucket's last. */
static void join_point(const struct downsample_in *in, size_t i,
                       struct downsample_out *out)
{
    size_t n = out->count - 1;
    double min = fmin(out->min[n], in->y[i]), max = fmax(out->max[n], in->y[i]);
    out->count--;
    put_point(in, i, out);
    out->min[n] = min;
    out->max[n] = max;
}

static void copy_finite(const struct downsample_in *in, struct downsample_out *out)
{
    for (size_t i = 0; i < in->count; i++) {
        if (isfinite(in->y[i]))
            put_point(in, i, out);
    }
}

/* Indices of the first and last finite values; there is at least one. */
static void find_ends(const struct downsample_in *in, size_t *first, size_t *last)
{
    for (*first = 0; !isfinite(in->y[*first]);)
        ++*first;
    for (*last = in->count - 1; !isfinite(in->y[*last]);)
        --*last;
}

static size_t bucket_of(double x, double from, double width, size_t buckets)
{
    if (!(width > 0))
        return 0;
    double place = (x - from) / width * (double)buckets;
    return place < (double)buckets ? (size_t)place : buckets - 1;
}

_Bool downsample(const struct downsample_in *in, size_t points,
                 struct downsample_out *out)
{
    size_t first, last, newest = 0;
    _Bool begun = 0;
    out->count = 0;
    if (count_finite(in) <= points) {
        copy_finite(in, out);
        return 0;
    }
    find_ends(in, &first, &last);
    double from = in->x[first], width = in->x[last] - from;
    put_point(in, first, out);
    for (size_t i = first + 1; i < last; i++) {
        if (!isfinite(in->y[i]))
            continue;
        size_t bucket = bucket_of(in->x[i], from, width, points - 2);
        if (begun && bucket == newest)
            join_point(in, i, out);
        else
            put_point(in, i, out);
        begun = 1;
        newest = bucket;
    }
    put_point(in, last, out);
    return 1;
}

void smooth_ema(const double *x, const double *y, size_t count, double half_life,
                double *out)
{
    double sum = 0, weight = 0, last_x = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(y[i])) {
            double keep = weight > 0 ? exp2(-(x[i] - last_x) / half_life) : 0;
            sum = sum * keep + y[i];
            weight = weight * keep + 1;
            last_x = x[i];
        }
        out[i] = weight > 0 ? sum / weight : NAN;
    }
}
