#include "api/app.h"
#include "api/curve.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/run_json.h"
#include "api/series_mean.h"
#include "api/thin.h"
#include "base/limits.h"
#include "stream/live.h"

#include <math.h>
#include <string.h>

#define POINTS_MIN 4

static const char *const agg_names[] = {"none", "std", "sem", "minmax", NULL};

struct series_query {
    struct text_list runs, metrics; /* no metrics = all */
    struct curve_query curve;
    size_t points; /* at most, drawn per series */
    enum series_agg agg;
    const char *baseline; /* id, or NULL */
    struct run_view *baseline_view;
    struct points *minus; /* the baseline's, for each of `metrics`; NULL without */
};

static enum status read_half_life(const struct http_exchange *x, double *out,
                                  struct err *err)
{
    enum status status = param_double(x, "half_life", out, err);
    if (status == ST_OK && (*out < 0 || (*out == 0 && param_text(x, "half_life"))))
        return bad_parameter("half_life", err, "must be more than 0 steps");
    return status;
}

static enum status read_query(struct http_exchange *x, struct series_query *out,
                              struct err *err)
{
    static const int64_t range[2] = {POINTS_MIN, SERIES_POINTS_MAX};
    int64_t points = SERIES_POINTS_DEFAULT;
    int axis = X_STEP, agg = SERIES_EACH;
    *out = (struct series_query){0};
    enum status status = param_list(x, "metrics", SERIES_MAX, &out->metrics, err);
    if (status == ST_OK)
        status = param_choice(x, "x", x_axis_names, &axis, err);
    if (status == ST_OK)
        status = param_choice(x, "agg", agg_names, &agg, err);
    if (status == ST_OK)
        status = param_range(x, &out->curve.range, err);
    if (status == ST_OK)
        status = param_int(x, "points", range, &points, err);
    if (status == ST_OK)
        status = read_half_life(x, &out->curve.half_life, err);
    out->baseline = param_text(x, "baseline");
    if (status == ST_OK && out->baseline && !out->metrics.count)
        return bad_parameter("metrics", err, "must be named to be told less a baseline");
    out->curve.x = (enum x_axis)axis;
    out->agg = (enum series_agg)agg;
    out->points = (size_t)points;
    return status;
}

/* One series out of a room of its own: a request for many long ones needs no more memory
   than for one. */
static enum status write_series(struct json_out *json, const struct curve_run *run,
                                const struct metric *metric,
                                const struct series_query *query, struct err *err)
{
    struct arena arena;
    struct thin thin;
    arena_init(&arena, REQUEST_BYTES_MAX);
    enum status status =
        thin_load(run, metric, &query->curve, query->points, &arena, &thin, err);
    if (status == ST_OK) {
        json_object_begin(json);
        json_key_text(json, "run", run->view->run.id);
        json_key_text(json, "metric", metric->name);
        thin_write(json, &thin);
        json_object_end(json);
    }
    arena_release(&arena);
    return status;
}

/* The baseline's points are read once for all runs. */
static enum status load_baseline(struct http_exchange *x, struct series_query *query,
                                 struct err *err)
{
    const struct text_list *names = &query->metrics;
    query->baseline_view = arena_array(&x->arena, 1, sizeof *query->baseline_view);
    query->minus = arena_array(&x->arena, names->count, sizeof *query->minus);
    if (!query->baseline_view || !query->minus)
        return arena_full(err);
    enum status status = run_view_load(app_store(x), query->baseline, false, &x->arena,
                                       query->baseline_view, err);
    for (size_t i = 0; status == ST_OK && query->agg == SERIES_EACH && i < names->count;
         i++)
        status = curve_minus_load(app_store(x), query->baseline_view, names->items[i],
                                  &x->arena, &query->minus[i], err);
    return status;
}

static enum status write_run(struct http_exchange *x, struct json_out *json,
                             const struct run_view *view,
                             const struct series_query *query, struct err *err)
{
    struct curve_run run;
    const struct text_list *names = &query->metrics;
    size_t count = names->count ? names->count : view->metric_count;
    enum status status =
        curve_run_open(app_store(x), view, query->curve.x, &x->arena, &run, err);
    for (size_t i = 0; status == ST_OK && i < count; i++) {
        const struct metric *metric =
            names->count ? run_metric(view, names->items[i]) : &view->metrics[i];
        struct series_query one = *query;
        one.curve.minus = query->minus ? &query->minus[i] : NULL;
        if (metric)
            status = write_series(json, &run, metric, &one, err);
    }
    return status;
}

static enum status load_views(struct http_exchange *x, const struct series_query *query,
                              struct run_view **out, struct err *err)
{
    size_t series = 0;
    enum status status = ST_OK;
    struct run_view *views = arena_array(&x->arena, query->runs.count, sizeof *views);
    if (!views)
        return arena_full(err);
    for (size_t i = 0; status == ST_OK && i < query->runs.count; i++) {
        status = run_view_load(app_store(x), query->runs.items[i], false, &x->arena,
                               &views[i], err);
        series += query->metrics.count ? query->metrics.count : views[i].metric_count;
    }
    if (status == ST_OK && series > SERIES_MAX)
        return bad_parameter("metrics", err, "would give %zu series: at most %d", series,
                             SERIES_MAX);
    *out = views;
    return status;
}

static enum status write_body(struct http_exchange *x, struct json_out *json,
                              const struct series_query *query, struct err *err)
{
    struct run_view *views = NULL;
    enum status status = load_views(x, query, &views, err);
    if (query->agg != SERIES_EACH && status == ST_OK) {
        struct series_mean mean = {app_store(x),         views,
                                   query->runs.count,    &query->curve,
                                   query->baseline_view, query->agg,
                                   query->points};
        return series_mean_write(&mean, &query->metrics, &x->arena, json, err);
    }
    for (size_t i = 0; status == ST_OK && i < query->runs.count; i++)
        status = write_run(x, json, &views[i], query, err);
    return status;
}

/* The cursor is taken before anything is read: what comes after it may be told twice, but
   never missed. */
static enum status write_answer(struct http_exchange *x, struct series_query *query,
                                struct err *err)
{
    char cursor[LIVE_CURSOR_MAX];
    struct json_out json;
    live_cursor(app_of(x)->live, cursor);
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "cursor", cursor);
    json_key_text(&json, "x", x_axis_names[query->curve.x]);
    json_key(&json, "series");
    json_array_begin(&json);
    enum status status = query->baseline ? load_baseline(x, query, err) : ST_OK;
    if (status == ST_OK)
        status = write_body(x, &json, query, err);
    if (status != ST_OK)
        return status;
    json_array_end(&json);
    json_object_end(&json);
    return ST_OK;
}

static enum status several(struct http_exchange *x, struct err *err)
{
    struct series_query query;
    enum status status = read_query(x, &query, err);
    if (status == ST_OK)
        status = param_list(x, "runs", SERIES_MAX, &query.runs, err);
    if (status == ST_OK && !query.runs.count)
        return bad_parameter("runs", err, "must name at least one run");
    return status == ST_OK ? write_answer(x, &query, err) : status;
}

void series_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, several(x, &err), &err);
}

static enum status single(struct http_exchange *x, struct err *err)
{
    struct series_query query;
    enum status status = read_query(x, &query, err);
    query.runs = (struct text_list){x->match.segments, 1};
    return status == ST_OK ? write_answer(x, &query, err) : status;
}

void run_series_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, single(x, &err), &err);
}
