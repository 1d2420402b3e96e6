#include "api/run_json.h"

#include "api/config_diff.h"
#include "api/diagnosis_json.h"
#include "api/schedule_json.h"

#include <string.h>

const struct judge_readers run_readers = {
    .schedule = schedule_from_text,
    .roles = roles_from_text,
    .same_but_seed = config_same_but_seed,
};

enum status run_view_fill(struct store *store, struct arena *arena, struct run_view *view,
                          struct err *err)
{
    enum status status = store_metrics(store, view->run.key, arena, &view->metrics,
                                       &view->metric_count, err);
    if (status != ST_OK)
        return status;
    memset(view->declared, 0, sizeof view->declared);
    if (view->run.roles_json)
        roles_from_text(view->run.roles_json, arena, view->declared);
    judge_roles(&view->run, &run_readers, view->metrics, view->metric_count, arena,
                view->role);
    return ST_OK;
}

enum status run_view_load(struct store *store, const char *id, bool trashed_too,
                          struct arena *arena, struct run_view *out, struct err *err)
{
    enum status status = store_run_get(store, id, trashed_too, arena, &out->run, err);
    return status == ST_OK ? run_view_fill(store, arena, out, err) : status;
}

const struct metric *run_metric(const struct run_view *view, const char *name)
{
    for (size_t i = 0; i < view->metric_count; i++) {
        if (!strcmp(view->metrics[i].name, name))
            return &view->metrics[i];
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (!strcmp(role_names[r], name) && view->role[r] >= 0)
            return &view->metrics[view->role[r]];
    }
    return NULL;
}

static const struct metric *in_role(const struct run_view *view, int role)
{
    return view->role[role] < 0 ? NULL : &view->metrics[view->role[role]];
}

static void write_roles(struct json_out *json, const struct run_view *view)
{
    json_key(json, "roles");
    json_object_begin(json);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct metric *metric = in_role(view, r);
        json_key_text(json, role_names[r],
                      view->declared[r] ? view->declared[r]
                      : metric          ? metric->name
                                        : NULL);
    }
    json_object_end(json);
}

static void write_last(struct json_out *json, const struct run_view *view)
{
    json_key(json, "last");
    json_object_begin(json);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct metric *metric = in_role(view, r);
        if (metric && metric->count)
            json_key_double(json, role_names[r], metric->last);
    }
    json_object_end(json);
}

/* A learning rate has no best value. */
static void write_best(struct json_out *json, const struct run_view *view)
{
    json_key(json, "best");
    json_object_begin(json);
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct metric *metric = in_role(view, r);
        if (r == ROLE_LR || !metric || metric->min_step < 0)
            continue;
        bool higher = role_higher_is_better(metric->name);
        json_key(json, role_names[r]);
        json_object_begin(json);
        json_key_double(json, "value", higher ? metric->max : metric->min);
        json_key_int(json, "step", higher ? metric->max_step : metric->min_step);
        json_object_end(json);
    }
    json_object_end(json);
}

void run_write_step(struct json_out *json, const char *key, int64_t step)
{
    json_key(json, key);
    if (step < 0)
        json_null(json);
    else
        json_int(json, step);
}

static void write_metrics(struct json_out *json, const struct run_view *view)
{
    json_key(json, "metrics");
    json_array_begin(json);
    for (size_t i = 0; i < view->metric_count; i++) {
        const struct metric *m = &view->metrics[i];
        json_object_begin(json);
        json_key_text(json, "name", m->name);
        json_key_int(json, "count", m->count);
        json_key_int(json, "nonfinite", m->nonfinite_count);
        json_key_double(json, "min", m->min);
        json_key_double(json, "max", m->max);
        json_key_double(json, "last", m->last);
        run_write_step(json, "min_step", m->min_step);
        run_write_step(json, "max_step", m->max_step);
        run_write_step(json, "first_step", m->first_step);
        run_write_step(json, "last_step", m->last_step);
        json_object_end(json);
    }
    json_array_end(json);
}

static void write_judgement(struct json_out *json, const struct run_judgement *judgement)
{
    int counts[SEVERITY_COUNT] = {
        [SEVERITY_ERROR] = judgement->errors,
        [SEVERITY_WARNING] = judgement->warnings,
        [SEVERITY_INFO] = judgement->infos,
    };
    json_key_text(json, "verdict",
                  judgement->verdict ? judgement->verdict
                                     : verdict_names[VERDICT_TOO_EARLY]);
    json_key(json, "findings");
    diagnosis_write_counts(json, counts);
}

static void key_text_or_null(struct json_out *json, const char *key, const char *text)
{
    json_key_text(json, key, *text ? text : NULL);
}

static void write_own_fields(struct json_out *json, const struct run *run)
{
    json_key_text(json, "id", run->id);
    json_key_text(json, "name", *run->name ? run->name : run->id);
    key_text_or_null(json, "project", run->project);
    json_key_text(json, "status", run_status_names[run->status]);
    json_key(json, "created");
    json_time(json, run->created_ms);
    json_key(json, "updated");
    json_time(json, run->updated_ms);
    json_key_text(json, "x", run->counts_steps ? "step" : "epoch");
    run_write_step(json, "last_step", run->last_step);
    run_write_step(json, "epochs", run->epochs ? run->epochs : -1);
    json_key(json, "config");
    json_raw(json, run->config_json);
    json_key(json, "tags");
    json_raw(json, run->tags_json);
    json_key_text(json, "note", run->note);
    key_text_or_null(json, "baseline", run->baseline);
    json_key(json, "schedule");
    json_raw(json, run->schedule_json);
}

void run_write(struct json_out *json, const struct run_view *view, bool with_metrics)
{
    json_object_begin(json);
    write_own_fields(json, &view->run);
    write_roles(json, view);
    write_last(json, view);
    write_best(json, view);
    write_judgement(json, &view->run.judgement);
    if (with_metrics)
        write_metrics(json, view);
    json_object_end(json);
}
