#include "api/app.h"
#include "api/config_diff.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/run_json.h"
#include "base/limits.h"
#include "store/store_points.h"

#include <math.h>
#include <string.h>

#define SAME_SHARE 0.01 /* of the baseline's final value */

enum outcome { IS_BASELINE, IS_BETTER, IS_WORSE, IS_SAME, IS_UNKNOWN };
static const char *const outcome_names[] = {
    "baseline", "better", "worse", "same", "unknown",
};

/* One run's part in the comparison. */
struct compared {
    struct run_view view;
    const struct metric *metric; /* NULL when it has none of that name or role */
    double area;                 /* NaN without finite values */
    double duration_s; /* from its first point to its last; NaN without points */
};

struct comparison {
    const char *metric;
    bool higher; /* is better */
    struct compared *runs;
    size_t count;
    const struct compared *baseline;
};

/* The mean height of the curve over its steps (trapezoids): jumps and slow starts count,
   the number of points does not. */
static double mean_height(const struct points *points)
{
    double area = 0, width = 0, last = NAN;
    int64_t last_step = 0;
    for (size_t i = 0; i < points->count; i++) {
        double value = points->value[i];
        if (!isfinite(value))
            continue;
        if (isfinite(last)) {
            double dx = (double)(points->step[i] - last_step);
            area += dx * (value + last) / 2;
            width += dx;
        }
        last = value;
        last_step = points->step[i];
    }
    return width > 0 ? area / width : last;
}

/* By the clock: points may have arrived in any order. */
static double lasted(const struct points *points)
{
    int64_t first = points->time_ms[0], last = first;
    for (size_t i = 1; i < points->count; i++) {
        first = points->time_ms[i] < first ? points->time_ms[i] : first;
        last = points->time_ms[i] > last ? points->time_ms[i] : last;
    }
    return (double)(last - first) / 1000;
}

static enum status load_run(struct http_exchange *x, const char *id, const char *metric,
                            struct compared *out, struct err *err)
{
    struct arena arena;
    struct points points;
    enum status status =
        run_view_load(app_store(x), id, false, &x->arena, &out->view, err);
    if (status != ST_OK)
        return status;
    out->metric = run_metric(&out->view, metric);
    out->area = out->duration_s = NAN;
    if (!out->metric)
        return ST_OK;
    arena_init(&arena, REQUEST_BYTES_MAX);
    status = store_points_read(app_store(x), out->metric->key, 0, STEP_MAX, false, &arena,
                               &points, err);
    if (status == ST_OK)
        out->area = mean_height(&points);
    if (status == ST_OK && points.count)
        out->duration_s = lasted(&points);
    arena_release(&arena);
    return status;
}

static const struct compared *find_run(const struct comparison *c, const char *id)
{
    for (size_t i = 0; i < c->count; i++) {
        if (!strcmp(c->runs[i].view.run.id, id))
            return &c->runs[i];
    }
    return NULL;
}

/* The one that was asked for, the first that another run declares, the first. */
static enum status choose_baseline(const struct http_exchange *x, struct comparison *c,
                                   struct err *err)
{
    const char *id = param_text(x, "baseline");
    if (id) {
        c->baseline = find_run(c, id);
        return c->baseline ? ST_OK
                           : bad_parameter("baseline", err, "must be one of runs");
    }
    for (size_t i = 0; i < c->count && !c->baseline; i++)
        c->baseline = find_run(c, c->runs[i].view.run.baseline);
    if (!c->baseline)
        c->baseline = &c->runs[0];
    return ST_OK;
}

static double final_value(const struct compared *run)
{
    return run->metric && run->metric->count ? run->metric->last : NAN;
}

static enum outcome judge(const struct comparison *c, const struct compared *run)
{
    double value = final_value(run), base = final_value(c->baseline);
    if (run == c->baseline)
        return IS_BASELINE;
    if (!run->metric || !isfinite(base))
        return IS_UNKNOWN;
    if (isfinite(value) && fabs(value - base) <= SAME_SHARE * fabs(base))
        return IS_SAME;
    return (c->higher ? value > base : value < base) ? IS_BETTER : IS_WORSE;
}

static void key_finite(struct json_out *json, const char *key, double value)
{
    json_key(json, key);
    if (isfinite(value))
        json_double(json, value);
    else
        json_null(json);
}

static void write_figures(struct json_out *json, const struct comparison *c,
                          const struct compared *run)
{
    const struct metric *m = run->metric;
    double base = final_value(c->baseline), delta = final_value(run) - base;
    json_key(json, "final");
    if (m && m->count)
        json_double(json, m->last); /* a run that ended in NaN says so */
    else
        json_null(json);
    key_finite(json, "best", !m ? NAN : c->higher ? m->max : m->min);
    run_write_step(json, "best_step", !m ? -1 : c->higher ? m->max_step : m->min_step);
    key_finite(json, "area", run->area);
    run_write_step(json, "last_step", m ? m->last_step : -1);
    json_key_int(json, "count", m ? m->count : 0);
    key_finite(json, "duration_s", run->duration_s);
    key_finite(json, "delta", delta);
    key_finite(json, "delta_percent", delta == 0 ? 0 : 100 * delta / fabs(base));
}

static void write_runs(struct json_out *json, const struct comparison *c)
{
    json_key(json, "runs");
    json_array_begin(json);
    for (size_t i = 0; i < c->count; i++) {
        const struct compared *run = &c->runs[i];
        json_object_begin(json);
        json_key_text(json, "run", run->view.run.id);
        json_key_text(json, "name",
                      *run->view.run.name ? run->view.run.name : run->view.run.id);
        write_figures(json, c, run);
        json_key_text(json, "verdict", outcome_names[judge(c, run)]);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status write_differences(struct http_exchange *x, struct json_out *json,
                                     const struct comparison *c, struct err *err)
{
    struct config_of *configs = arena_array(&x->arena, c->count, sizeof *configs);
    if (!configs)
        return arena_full(err);
    for (size_t i = 0; i < c->count; i++)
        configs[i] =
            (struct config_of){c->runs[i].view.run.id, c->runs[i].view.run.config_json};
    json_key(json, "config_differences");
    return config_diff_write(configs, c->count, &x->arena, json, err);
}

static enum status load(struct http_exchange *x, struct comparison *c, struct err *err)
{
    struct text_list ids;
    enum status status = param_list(x, "runs", COMPARE_RUNS_MAX, &ids, err);
    if (status == ST_OK && !ids.count)
        return bad_parameter("runs", err, "must name the runs to compare");
    if (status != ST_OK)
        return status;
    c->metric = param_text(x, "metric") ? param_text(x, "metric") : "val_loss";
    c->runs = arena_array(&x->arena, ids.count, sizeof *c->runs);
    if (!c->runs)
        return arena_full(err);
    for (; status == ST_OK && c->count < ids.count; c->count++)
        status = load_run(x, ids.items[c->count], c->metric, &c->runs[c->count], err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; i < c->count; i++)
        c->higher |= c->runs[i].metric && role_higher_is_better(c->runs[i].metric->name);
    return choose_baseline(x, c, err);
}

static enum status compare(struct http_exchange *x, struct err *err)
{
    struct comparison c = {0};
    struct json_out json;
    enum status status = load(x, &c, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "metric", c.metric);
    json_key_bool(&json, "higher_is_better", c.higher);
    json_key_text(&json, "baseline", c.baseline->view.run.id);
    write_runs(&json, &c);
    status = write_differences(x, &json, &c, err);
    if (status == ST_OK)
        json_object_end(&json);
    return status;
}

void compare_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, compare(x, &err), &err);
}
