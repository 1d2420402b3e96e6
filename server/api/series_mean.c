#include "api/series_mean.h"

#include "api/thin.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    int64_t step;
    double x, value;
};

/* Over the runs that have a value at the same step; sorted by x. sem: the standard error
   of the mean, std / sqrt(n). */
struct group {
    double step, x, mean, smooth, std, sem, min, max, n;
};

struct groups {
    struct group *items;
    size_t count;
    size_t in_range; /* without the ones beyond */
    const char *metric;
};

static int sample_compare(const void *a, const void *b)
{
    const struct sample *p = a, *q = b;
    return (p->step > q->step) - (p->step < q->step);
}

static int group_compare(const void *a, const void *b)
{
    const struct group *p = a, *q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* Smoothing looks at everything before the range, and at the mean, not at each run. */
static struct curve_query whole_curves(const struct curve_query *query)
{
    struct curve_query whole = *query;
    whole.half_life = 0;
    if (query->half_life > 0)
        whole.range.from = 0;
    return whole;
}

static enum status load_curves(const struct series_mean *mean, const char *metric,
                               struct arena *arena, struct curve *curves, size_t *total,
                               struct err *err)
{
    enum status status = ST_OK;
    const struct curve_query whole = whole_curves(mean->query);
    *total = 0;
    for (size_t i = 0; status == ST_OK && i < mean->view_count; i++) {
        struct curve_run run;
        const struct metric *m = run_metric(&mean->views[i], metric);
        if (!m)
            continue;
        status = curve_run_open(mean->store, &mean->views[i], mean->query->x, arena, &run,
                                err);
        if (status == ST_OK)
            status = curve_load(&run, m, &whole, arena, &curves[i], err);
        *total += curves[i].count;
    }
    return status;
}

static enum status collect(const struct series_mean *mean, const char *metric,
                           struct arena *arena, struct sample **out, size_t *count,
                           struct err *err)
{
    size_t total;
    struct curve *curves = arena_array(arena, mean->view_count, sizeof *curves);
    if (!curves)
        return arena_full(err);
    enum status status = load_curves(mean, metric, arena, curves, &total, err);
    if (status != ST_OK)
        return status;
    struct sample *samples = arena_array(arena, total + 1, sizeof *samples);
    if (!samples)
        return arena_full(err);
    *count = 0;
    for (size_t i = 0; i < mean->view_count; i++) {
        const struct curve *c = &curves[i];
        for (size_t p = 0; p < c->count; p++) {
            if (isfinite(c->value[p]))
                samples[(*count)++] = (struct sample){c->step[p], c->x[p], c->value[p]};
        }
    }
    qsort(samples, *count, sizeof *samples, sample_compare);
    *out = samples;
    return ST_OK;
}

static struct group group_of(const struct sample *samples, size_t count)
{
    struct group g = {.min = samples[0].value, .max = samples[0].value};
    double squares = 0;
    g.step = (double)samples[0].step;
    g.n = (double)count;
    for (size_t i = 0; i < count; i++) {
        g.x += samples[i].x / g.n;
        g.mean += samples[i].value / g.n;
        g.min = fmin(g.min, samples[i].value);
        g.max = fmax(g.max, samples[i].value);
    }
    for (size_t i = 0; i < count; i++) {
        double d = samples[i].value - g.mean;
        squares += d * d;
    }
    g.std = count > 1 ? sqrt(squares / (g.n - 1)) : 0;
    g.sem = g.std / sqrt(g.n);
    return g;
}

/* In steps, whatever the x axis is. */
static enum status smooth(struct groups *groups, double half_life, struct arena *arena,
                          struct err *err)
{
    size_t n = groups->count;
    double *room = arena_array(arena, n + 1, 3 * sizeof *room);
    if (!room)
        return arena_full(err);
    for (size_t i = 0; i < n; i++) {
        room[i] = groups->items[i].step;
        room[n + i] = groups->items[i].mean;
    }
    smooth_ema(room, room + n, n, half_life, room + 2 * n);
    for (size_t i = 0; i < n; i++)
        groups->items[i].smooth = room[2 * n + i];
    return ST_OK;
}

/* Each run brought the point that is its own nearest beyond an end: of those groups only
   the nearest is whole. */
static void cut(const struct step_range *range, struct groups *groups)
{
    size_t first = 0, last = groups->count;
    while (first < last && groups->items[first].step < (double)range->from)
        first++;
    while (last > first && groups->items[last - 1].step > (double)range->to)
        last--;
    groups->in_range = last - first;
    first -= first > 0;
    last += last < groups->count;
    groups->items += first;
    groups->count = last - first;
}

static enum status make_groups(const struct series_mean *mean, const char *metric,
                               struct arena *arena, struct groups *out, struct err *err)
{
    struct sample *samples = NULL;
    size_t count = 0;
    enum status status = collect(mean, metric, arena, &samples, &count, err);
    if (status != ST_OK)
        return status;
    *out = (struct groups){.metric = metric};
    out->items = arena_array(arena, count + 1, sizeof *out->items);
    if (!out->items)
        return arena_full(err);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && samples[end].step == samples[i].step;)
            end++;
        out->items[out->count++] = group_of(samples + i, end - i);
    }
    if (mean->query->half_life > 0)
        status = smooth(out, mean->query->half_life, arena, err);
    cut(&mean->query->range, out);
    qsort(out->items, out->count, sizeof *out->items, group_compare);
    return status;
}

/* Columns for downsample(); `index` rides along as the smoothed value and tells which
   group each thinned point is. */
struct columns {
    double *x, *mean, *min, *max, *index;
};

static enum status make_columns(const struct groups *groups, struct arena *arena,
                                struct columns *out, struct err *err)
{
    size_t n = groups->count + 1;
    double *room = arena_array(arena, n, 5 * sizeof *room);
    if (!room)
        return arena_full(err);
    *out = (struct columns){room, room + n, room + 2 * n, room + 3 * n, room + 4 * n};
    for (size_t i = 0; i < groups->count; i++) {
        out->x[i] = groups->items[i].x;
        out->mean[i] = groups->items[i].mean;
        out->min[i] = groups->items[i].min;
        out->max[i] = groups->items[i].max;
        out->index[i] = (double)i;
    }
    return ST_OK;
}

static void write_member(struct json_out *json, const char *key,
                         const struct downsample_out *thin, const struct groups *groups,
                         size_t offset)
{
    json_key(json, key);
    json_array_begin(json);
    for (size_t i = 0; i < thin->count; i++) {
        const struct group *g = &groups->items[(size_t)thin->smooth[i]];
        json_double(json, *(const double *)(const void *)((const char *)g + offset));
    }
    json_array_end(json);
}

/* All three columns are finite at the same places and so fall into the same buckets. */
static void write_minmax(struct json_out *json, const struct columns *columns,
                         size_t count, size_t points, struct downsample_out *thin)
{
    struct downsample_in in = {columns->x, columns->min, columns->index, count};
    downsample(&in, points, thin);
    column_write(json, "min", thin->min, thin->count);
    in.y = columns->max;
    downsample(&in, points, thin);
    column_write(json, "max", thin->max, thin->count);
}

static void write_runs(struct json_out *json, const struct series_mean *mean)
{
    json_key(json, "runs");
    json_array_begin(json);
    for (size_t i = 0; i < mean->view_count; i++)
        json_text(json, mean->views[i].run.id);
    json_array_end(json);
}

static enum status write_groups(const struct series_mean *mean,
                                const struct groups *groups, struct arena *arena,
                                struct json_out *json, struct err *err)
{
    struct columns columns = {0};
    struct downsample_out thin;
    size_t n = mean->points;
    enum status status = thin_room(arena, n, &thin, err);
    if (status == ST_OK)
        status = make_columns(groups, arena, &columns, err);
    if (status != ST_OK)
        return status;
    struct downsample_in in = {columns.x, columns.mean, columns.index, groups->count};
    bool thinned = downsample(&in, n, &thin);
    json_object_begin(json);
    write_runs(json, mean);
    json_key_text(json, "metric", groups->metric);
    json_key_int(json, "count", (int64_t)groups->in_range);
    json_key_bool(json, "downsampled", thinned);
    column_write(json, "x", thin.x, thin.count);
    column_write(json, "value", thin.value, thin.count);
    if (mean->query->half_life > 0)
        write_member(json, "smooth", &thin, groups, offsetof(struct group, smooth));
    write_member(json, "n", &thin, groups, offsetof(struct group, n));
    if (mean->agg == SERIES_SEM)
        write_member(json, "sem", &thin, groups, offsetof(struct group, sem));
    else if (mean->agg == SERIES_STD)
        write_member(json, "std", &thin, groups, offsetof(struct group, std));
    else
        write_minmax(json, &columns, groups->count, n, &thin);
    json_object_end(json);
    return ST_OK;
}

static enum status write_metric(const struct series_mean *mean, const char *metric,
                                struct json_out *json, struct err *err)
{
    struct arena arena;
    struct groups groups = {0};
    struct points minus;
    struct curve_query query = *mean->query;
    struct series_mean less = *mean;
    enum status status = ST_OK;
    less.query = &query;
    arena_init(&arena, REQUEST_BYTES_MAX);
    if (mean->baseline) {
        status =
            curve_minus_load(mean->store, mean->baseline, metric, &arena, &minus, err);
        query.minus = &minus;
    }
    if (status == ST_OK)
        status = make_groups(&less, metric, &arena, &groups, err);
    if (status == ST_OK && groups.count)
        status = write_groups(&less, &groups, &arena, json, err);
    arena_release(&arena);
    return status;
}

/* The names that any of the runs has. */
static enum status all_metrics(const struct series_mean *mean, struct arena *arena,
                               struct text_list *out, struct err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < mean->view_count; i++)
        total += mean->views[i].metric_count;
    *out = (struct text_list){arena_array(arena, total + 1, sizeof *out->items), 0};
    if (!out->items)
        return arena_full(err);
    for (size_t i = 0; i < mean->view_count; i++) {
        for (size_t m = 0; m < mean->views[i].metric_count; m++) {
            const char *name = mean->views[i].metrics[m].name;
            size_t k = 0;
            while (k < out->count && strcmp(out->items[k], name))
                k++;
            out->items[k] = name;
            out->count += k == out->count;
        }
    }
    return ST_OK;
}

enum status series_mean_write(const struct series_mean *mean,
                              const struct text_list *metrics, struct arena *arena,
                              struct json_out *json, struct err *err)
{
    struct text_list all = *metrics;
    enum status status = metrics->count ? ST_OK : all_metrics(mean, arena, &all, err);
    for (size_t i = 0; status == ST_OK && i < all.count; i++)
        status = write_metric(mean, all.items[i], json, err);
    return status;
}
