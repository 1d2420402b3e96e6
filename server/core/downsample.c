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

static struct downsample_piece piece_of(const struct downsample_in *in, size_t i)
{
    return (struct downsample_piece){in->x[i], in->y[i], in->y[i], in->y[i],
                                     in->smooth ? in->smooth[i] : 0};
}

/* Begins a bucket. */
static void put_piece(struct downsample_out *out, const struct downsample_piece *piece)
{
    size_t n = out->count++;
    out->x[n] = piece->x;
    out->value[n] = piece->value;
    out->min[n] = piece->min;
    out->max[n] = piece->max;
    if (out->smooth)
        out->smooth[n] = piece->smooth;
}

/* Adds to the newest bucket: its last point becomes the bucket's. */
static void join_piece(struct downsample_out *out, const struct downsample_piece *piece)
{
    size_t n = out->count - 1;
    struct downsample_piece both = *piece;
    both.min = out->min[n] < piece->min ? out->min[n] : piece->min;
    both.max = out->max[n] > piece->max ? out->max[n] : piece->max;
    out->count--;
    put_piece(out, &both);
}

static void copy_drawn(const struct downsample_in *in, struct downsample_out *out)
{
    for (size_t i = 0; i < in->count; i++) {
        if (is_drawn(in, i)) {
            struct downsample_piece piece = piece_of(in, i);
            put_piece(out, &piece);
        }
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

static size_t bucket_of(const struct downsampler *d, double x)
{
    double place = (x - d->from) * d->per_x;
    if (!(place > 0))
        return 0;
    return place < (double)d->buckets ? (size_t)place : d->buckets - 1;
}

void downsample_begin(struct downsampler *d, const struct downsample_piece *first,
                      double last_x, size_t points, struct downsample_out *out)
{
    double width = last_x - first->x;
    *d = (struct downsampler){.out = out, .from = first->x, .buckets = points - 2};
    d->per_x = width > 0 ? (double)d->buckets / width : 0;
    d->narrow = width / (double)d->buckets / 4;
    out->count = 0;
    put_piece(out, first);
}

/* Never back to an earlier bucket: there is room for each once. */
void downsample_add(struct downsampler *d, const struct downsample_piece *piece)
{
    size_t bucket = bucket_of(d, piece->x);
    if (d->begun && bucket <= d->newest) {
        join_piece(d->out, piece);
        return;
    }
    put_piece(d->out, piece);
    d->newest = bucket;
    d->begun = true;
}

void downsample_end(struct downsampler *d, const struct downsample_piece *last)
{
    put_piece(d->out, last);
}

bool downsample(const struct downsample_in *in, size_t points, struct downsample_out *out)
{
    size_t first, last;
    struct downsampler d;
    out->count = 0;
    if (count_drawn(in) <= points) {
        copy_drawn(in, out);
        return false;
    }
    find_ends(in, &first, &last);
    struct downsample_piece piece = piece_of(in, first);
    downsample_begin(&d, &piece, in->x[last], points, out);
    for (size_t i = first + 1; i < last; i++) {
        if (!is_drawn(in, i))
            continue;
        piece = piece_of(in, i);
        downsample_add(&d, &piece);
    }
    piece = piece_of(in, last);
    downsample_end(&d, &piece);
    return true;
}

double ema_next(struct ema *ema, double x, double y)
{
    if (isfinite(y)) {
        double step = x - ema->last_x;
        if (step != ema->step || !(ema->weight > 0)) { /* most logs step evenly */
            ema->step = step;
            ema->keep = exp2(-step / ema->half_life);
        }
        double keep = ema->weight > 0 ? ema->keep : 0;
        ema->sum = ema->sum * keep + y;
        ema->weight = ema->weight * keep + 1;
        ema->last_x = x;
    }
    return ema->weight > 0 ? ema->sum / ema->weight : NAN;
}

void smooth_ema(const double *x, const double *y, size_t count, double half_life,
                double *out)
{
    struct ema ema = {.half_life = half_life};
    for (size_t i = 0; i < count; i++)
        out[i] = ema_next(&ema, x[i], y[i]);
}
