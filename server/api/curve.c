#include "api/curve.h"

#include "base/limits.h"
#include "core/downsample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const x_axis_names[] = {"step", "epoch", "relative", "time", NULL};

static enum status find_start(struct curve_run *run, struct arena *arena, struct err *err)
{
    struct points points;
    const struct run_view *view = run->view;
    run->start_ms = view->run.created_ms;
    if (!view->metric_count)
        return ST_OK;
    const struct metric *first = &view->metrics[0];
    enum status status = store_points_read(run->store, first->key, first->first_step,
                                           first->first_step, false, arena, &points, err);
    if (status == ST_OK && points.count)
        run->start_ms = points.time_ms[0];
    return status;
}

/* An epoch that is not a number is no place on an axis. */
static void keep_finite(struct points *points)
{
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++) {
        if (!isfinite(points->value[i]))
            continue;
        points->step[kept] = points->step[i];
        points->value[kept++] = points->value[i];
    }
    points->count = kept;
}

enum status curve_run_open(struct store *store, const struct run_view *view,
                           enum x_axis x, struct arena *arena, struct curve_run *out,
                           struct err *err)
{
    *out = (struct curve_run){.store = store, .view = view};
    if (x == X_RELATIVE)
        return find_start(out, arena, err);
    const struct metric *epoch =
        x == X_EPOCH && view->run.counts_steps ? run_metric(view, "epoch") : NULL;
    if (!epoch)
        return ST_OK;
    enum status status = store_points_read(store, epoch->key, 0, STEP_MAX, false, arena,
                                           &out->epochs, err);
    if (status == ST_OK)
        keep_finite(&out->epochs);
    return status;
}

/* The value at a step: between two that were logged on the line between them, beyond
   them the nearest. *at is where the search goes on: steps rise from call to call. */
static double value_at(const struct points *points, int64_t step, size_t *at)
{
    while (*at + 1 < points->count && points->step[*at + 1] <= step)
        ++*at;
    int64_t left = points->step[*at];
    if (step <= left || *at + 1 == points->count)
        return points->value[*at];
    double share = (double)(step - left) / (double)(points->step[*at + 1] - left);
    /* not left + share * (right - left): that difference may overflow */
    return (1 - share) * points->value[*at] + share * points->value[*at + 1];
}

static double epoch_at(const struct points *epochs, int64_t step, size_t *at)
{
    return epochs->count ? value_at(epochs, step, at) : (double)step;
}

double curve_x(const struct curve_run *run, enum x_axis axis,
               const struct curve_place *at, size_t *epoch)
{
    switch (axis) {
    case X_RELATIVE: return (double)(at->time_ms - run->start_ms) / 1000;
    case X_TIME: return (double)at->time_ms / 1000;
    case X_EPOCH: return epoch_at(&run->epochs, at->step, epoch);
    default: return (double)at->step;
    }
}

static void fill_x(const struct curve_run *run, enum x_axis axis,
                   const struct points *points, double *x)
{
    size_t epoch = 0;
    for (size_t i = 0; i < points->count; i++) {
        struct curve_place at = {points->step[i], points->time_ms[i]};
        x[i] = curve_x(run, axis, &at, &epoch);
    }
}

/* Smoothing looks at everything before the range, so that zooming does not change it. */
static enum status smooth(const struct curve_query *query, struct arena *arena,
                          struct curve *c, struct err *err)
{
    double *steps = arena_array(arena, c->count + 1, sizeof *steps);
    c->smooth = arena_array(arena, c->count + 1, sizeof *c->smooth);
    if (!steps || !c->smooth)
        return arena_full(err);
    for (size_t i = 0; i < c->count; i++)
        steps[i] = (double)c->step[i];
    smooth_ema(steps, c->value, c->count, query->half_life, c->smooth);
    return ST_OK;
}

/* Drops what lies before the range, but for one point, and counts what lies in it. */
static void cut(const struct step_range *range, struct curve *c)
{
    size_t first = 0, last;
    while (first < c->count && c->step[first] < range->from)
        first++;
    last = c->count;
    while (last > first && c->step[last - 1] > range->to)
        last--;
    c->in_range = last - first;
    if (first)
        first--;
    c->x += first;
    c->value += first;
    c->step += first;
    if (c->smooth)
        c->smooth += first;
    c->count -= first;
}

struct row {
    double x, value, smooth;
    int64_t step;
};

static int row_compare(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->step > q->step) - (p->step < q->step);
}

/* Points may have arrived in any order: over time, x then goes back and forth. */
static enum status sort_by_x(struct arena *arena, struct curve *c, struct err *err)
{
    size_t i = 1;
    while (i < c->count && c->x[i - 1] <= c->x[i])
        i++;
    if (i >= c->count)
        return ST_OK;
    struct row *rows = arena_array(arena, c->count, sizeof *rows);
    if (!rows)
        return arena_full(err);
    for (i = 0; i < c->count; i++)
        rows[i] =
            (struct row){c->x[i], c->value[i], c->smooth ? c->smooth[i] : 0, c->step[i]};
    qsort(rows, c->count, sizeof *rows, row_compare);
    for (i = 0; i < c->count; i++) {
        c->x[i] = rows[i].x;
        c->value[i] = rows[i].value;
        c->step[i] = rows[i].step;
        if (c->smooth)
            c->smooth[i] = rows[i].smooth;
    }
    return ST_OK;
}

enum status curve_minus_load(struct store *store, const struct run_view *view,
                             const char *metric, struct arena *arena, struct points *out,
                             struct err *err)
{
    const struct metric *m = run_metric(view, metric);
    *out = (struct points){0};
    if (!m)
        return ST_OK;
    enum status status =
        store_points_read(store, m->key, 0, STEP_MAX, false, arena, out, err);
    if (status == ST_OK)
        keep_finite(out);
    return status;
}

static void subtract(const struct points *minus, struct points *points)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; minus->count && i < points->count; i++) {
        int64_t step = points->step[i];
        if (step < minus->step[0] || step > minus->step[minus->count - 1])
            continue;
        points->step[kept] = step;
        points->time_ms[kept] = points->time_ms[i];
        points->value[kept++] = points->value[i] - value_at(minus, step, &at);
    }
    points->count = kept;
}

enum status curve_load(const struct curve_run *run, const struct metric *metric,
                       const struct curve_query *query, struct arena *arena,
                       struct curve *out, struct err *err)
{
    struct points points;
    int64_t from = query->half_life > 0 ? 0 : query->range.from;
    enum status status = store_points_read(run->store, metric->key, from, query->range.to,
                                           true, arena, &points, err);
    if (status != ST_OK)
        return status;
    if (query->minus)
        subtract(query->minus, &points);
    *out = (struct curve){.value = points.value, .step = points.step};
    out->count = points.count;
    out->x = arena_array(arena, points.count + 1, sizeof *out->x);
    if (!out->x)
        return arena_full(err);
    fill_x(run, query->x, &points, out->x);
    if (query->half_life > 0)
        status = smooth(query, arena, out, err);
    if (status != ST_OK)
        return status;
    cut(&query->range, out);
    return sort_by_x(arena, out, err);
}
