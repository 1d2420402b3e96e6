#include "core/downsample.h"

#include <math.h>

static bool is_drawn(const struct downsample_in *in, size_t i)
{
    return isfinite(in->x[i]) && isfinite(in->y[i]);
}

static size_t count_drawn(const struct downsample_in *in)
{
    size_t count = 0;
    for (size_t i = 0; i < in->count; i++)
        count += is_drawn(in, i);
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

static void copy_drawn(const struct downsample_in *in, struct downsample_out *out)
{
    for (size_t i = 0; i < in->count; i++) {
        if (is_drawn(in, i))
            put_point(in, i, out);
    }
}

/* Indices of the first and last drawn points; there is at least one. */
static void find_ends(const struct downsample_in *in, size_t *first, size_t *last)
{
    for (*first = 0; !is_drawn(in, *first);)
        ++*first;
    for (*last = in->count - 1; !is_drawn(in, *last);)
        --*last;
}

static size_t bucket_of(double x, double from, double width, size_t buckets)
{
    if (!(width > 0))
        return 0;
    double place = (x - from) / width * (double)buckets;
    if (!(place > 0))
        return 0;
    return place < (double)buckets ? (size_t)place : buckets - 1;
}

bool downsample(const struct downsample_in *in, size_t points, struct downsample_out *out)
{
    size_t first, last, newest = 0;
    bool begun = false;
    out->count = 0;
    if (count_drawn(in) <= points) {
        copy_drawn(in, out);
        return false;
    }
    find_ends(in, &first, &last);
    double from = in->x[first], width = in->x[last] - from;
    put_point(in, first, out);
    for (size_t i = first + 1; i < last; i++) {
        if (!is_drawn(in, i))
            continue;
        /* Never back to an earlier bucket: there is room for each once. */
        size_t bucket = bucket_of(in->x[i], from, width, points - 2);
        if (begun && bucket <= newest) {
            join_point(in, i, out);
            continue;
        }
        put_point(in, i, out);
        newest = bucket;
        begun = true;
    }
    put_point(in, last, out);
    return true;
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
