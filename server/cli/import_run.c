#include "cli/import_run.h"

#include "api/findings.h"
#include "api/json.h"
#include "api/run_json.h"
#include "base/json_out.h"
#include "ingest/json_check.h"

#include <string.h>

/* The tag that says what a run was made from. */
#define SOURCE_TAG     "imported_from"
#define TAGS_BYTES_MAX (CONTROL_BYTES_MAX + (64 << 10))

static enum status no_room(struct err *err)
{
    return err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
}

/* --- points --- */

bool import_is_metric(const struct logfile *log, const char *name)
{
    return strcmp(name, "step") && strcmp(name, "time") &&
           (log->counts_steps || strcmp(name, "epoch"));
}

/* False: out of memory. */
static bool collect(struct import *import, struct store_points *out)
{
    const struct logfile *log = &import->log;
    size_t count = 0;
    for (size_t c = 0; c < log->column_count; c++) {
        for (size_t row = 0; row < log->row_count; row++)
            count += log->columns[c].present[row];
    }
    const char **names =
        arena_array(&import->arena, log->column_count + 1, sizeof *names);
    struct store_point *points = arena_array(&import->arena, count + 1, sizeof *points);
    if (!names || !points)
        return false;
    *out = (struct store_points){.run = import->run,
                                 .names = names,
                                 .points = points,
                                 .has_step = log->counts_steps,
                                 .step_last = log->step[log->row_count - 1],
                                 .now_ms = import->now_ms};
    for (size_t c = 0; c < log->column_count; c++) {
        const struct logfile_column *column = &log->columns[c];
        if (!import_is_metric(log, column->name))
            continue;
        for (size_t row = 0; row < log->row_count; row++) {
            if (column->present[row])
                points[out->point_count++] =
                    (struct store_point){.step = log->step[row],
                                         .time_ms = import->now_ms,
                                         .value = column->value[row],
                                         .metric = (uint32_t)out->name_count};
        }
        names[out->name_count++] = column->name;
    }
    return true;
}

/* --- the source --- */

/* NULL: out of memory. */
static const char *own_tags(struct import *import)
{
    struct buf text;
    struct json_out json;
    buf_init(&text, TAGS_BYTES_MAX);
    json_init(&json, &text);
    json_object_begin(&json);
    json_key_text(&json, SOURCE_TAG, import->source);
    json_object_end(&json);
    const char *copy = text.failed ? NULL : arena_strdup(&import->arena, text.data);
    buf_release(&text);
    return copy;
}

/* The source in tags, NULL without. */
static const char *source_in(const char *tags, struct arena *arena)
{
    struct json_value *root = NULL;
    const struct json_value *member = NULL;
    if (tags && !value_parse(tags, strlen(tags), arena, &root, NULL))
        member = value_member(root, SOURCE_TAG);
    const char *text = member ? value_text(member) : NULL;
    const char *copy = text ? arena_strdup(arena, text) : NULL;
    value_free(root);
    return copy;
}

/* Read back, so that a path which is no UTF-8 compares as it was stored. */
static bool same_source(const char *a, const char *b, struct arena *arena)
{
    const char *source_a = source_in(a, arena), *source_b = source_in(b, arena);
    return source_a && source_b && !strcmp(source_a, source_b);
}

/* `tags`, an object, with the member of `own` in place of the one it may have. All other
   bytes stay: a number in them may have more digits than a double. */
static const char *join_tags(const char *tags, const char *own, struct arena *arena)
{
    size_t from, length, own_from, own_length;
    struct buf text;
    buf_init(&text, TAGS_BYTES_MAX);
    if (!json_scan_member(own, strlen(own), SOURCE_TAG, &own_from, &own_length))
        return NULL;
    if (json_scan_member(tags, strlen(tags), SOURCE_TAG, &from, &length)) {
        buf_add(&text, tags, from);
        buf_add(&text, own + own_from, own_length);
        buf_add_text(&text, tags + from + length);
    } else {
        const char *rest = strchr(tags, '{') + 1;
        rest += strspn(rest, " \t\r\n");
        buf_add(&text, own, strlen(own) - 1);
        buf_add_text(&text, *rest == '}' ? "" : ",");
        buf_add_text(&text, rest);
    }
    const char *copy = text.failed ? NULL : arena_strdup(arena, text.data);
    buf_release(&text);
    return copy;
}

/* --- the run --- */

/* What stays of a run that is replaced: what people wrote. */
struct kept {
    struct run_fields fields;
    struct mute *mutes;
    size_t mute_count;
    int64_t created_ms;
};

static enum status may_replace(struct import *import, const struct run *run,
                               const char *own, struct err *err)
{
    if (run->trashed)
        return err_set(err, ST_CONFLICT, "run_in_trash",
                       "run %s is in the trash: restore it first, or --run names another",
                       run->id);
    if (import->replace || same_source(run->tags_json, own, &import->arena))
        return ST_OK;
    return err_set(err, ST_CONFLICT, "run_exists",
                   "there is a run %s that was not made from this file: --run names "
                   "another, --replace puts this in its place",
                   run->id);
}

static enum status keep(struct import *import, struct store *store, const struct run *run,
                        struct kept *out, struct err *err)
{
    out->created_ms = run->created_ms;
    out->fields = (struct run_fields){.name = run->name,
                                      .project = run->project,
                                      .baseline = run->baseline,
                                      .config_json = run->config_json,
                                      .tags_json = run->tags_json,
                                      .schedule_json = run->schedule_json,
                                      .roles_json = run->roles_json,
                                      .note = run->note,
                                      .set_epochs = true,
                                      .epochs = run->epochs};
    return store_mutes(store, run->key, &import->arena, &out->mutes, &out->mute_count,
                       err);
}

/* The run of that id, if there is one, makes way. */
static enum status make_way(struct import *import, struct store *store, struct kept *kept,
                            struct err *err)
{
    struct run run;
    const char *own = own_tags(import), *tags = own;
    *kept = (struct kept){.created_ms = import->now_ms};
    if (!own)
        return no_room(err);
    enum status status =
        store_run_get(store, import->run, true, &import->arena, &run, err);
    if (!status) {
        status = may_replace(import, &run, own, err);
        if (!status)
            status = keep(import, store, &run, kept, err);
        if (!status && run.tags_json)
            tags = join_tags(run.tags_json, own, &import->arena);
        if (!status)
            status = store_run_purge(store, import->run, err);
    } else if (status == ST_NOT_FOUND) {
        status = ST_OK;
    }
    kept->fields.tags_json = tags;
    return !status && !tags ? no_room(err) : status;
}

/* A run whose log is imported is over. */
static enum status make_run(struct import *import, struct store *store, struct err *err)
{
    struct kept kept;
    enum status status = make_way(import, store, &kept, err);
    if (status)
        return status;
    kept.fields.set_status = true;
    kept.fields.status = RUN_FINISHED;
    if (import->project)
        kept.fields.project = import->project;
    status = store_run_create(store, import->run, &kept.fields, kept.created_ms, err);
    for (size_t i = 0; !status && i < kept.mute_count; i++)
        status = store_mute(store, import->run, &kept.mutes[i], err);
    return status;
}

/* What a server would otherwise find once somebody looks at the run: as news, of today,
   and tell it to webhooks. */
static enum status judge(struct import *import, struct store *store, const char **verdict,
                         struct err *err)
{
    struct judged judged;
    struct run_finding holding[FINDINGS_MAX];
    bool news[FINDINGS_MAX];
    enum status status =
        judge_run(store, &run_readers, import->run, &import->arena, &judged, err);
    if (status)
        return status;
    struct findings_now now = {holding, findings_holding(&judged, holding),
                               judged.run.last_step, import->now_ms, news};
    *verdict = judged.judgement.verdict;
    status = store_run_judge(store, import->run, &judged.judgement, err);
    return status ? status : store_findings_set(store, import->run, &now, err);
}

enum status import_run(struct import *import, struct store *store, const char **verdict,
                       struct err *err)
{
    struct store_points points;
    bool created;
    if (!collect(import, &points))
        return no_room(err);
    enum status status = store_begin(store, err);
    if (status)
        return status;
    status = make_run(import, store, err);
    if (!status)
        status = store_put(store, &points, &created, err);
    if (!status)
        status = judge(import, store, verdict, err);
    if (!status)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}
