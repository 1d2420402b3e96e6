#include "api/app.h"
#include "api/change.h"
#include "api/handlers.h"
#include "api/media.h"
#include "api/param.h"
#include "api/run_json.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

/* The index is RUNS_BY_... * 2, plus 1 for descending. */
static const char *const sort_names[] = {"created", "-created", "updated", "-updated",
                                         "name",    "-name",    NULL};

static enum status read_run_query(struct http_exchange *x, struct run_query *out,
                                  struct err *err)
{
    static const int64_t page[2] = {1, RUNS_PAGE_MAX};
    int64_t limit = RUNS_PAGE_DEFAULT;
    int sort = 1, run_status = -1;
    *out = (struct run_query){
        .project = param_text(x, "project"),
        .q = param_text(x, "q"),
        .cursor = param_text(x, "cursor"),
    };
    enum status status = param_int(x, "limit", page, &limit, err);
    if (status == ST_OK)
        status = param_choice(x, "sort", sort_names, &sort, err);
    if (status == ST_OK)
        status = param_choice(x, "status", run_status_names, &run_status, err);
    if (status == ST_OK)
        status = param_bool(x, "trash", &out->trashed, err);
    out->limit = (size_t)limit;
    out->order = (enum run_order)(sort / 2);
    out->ascending = sort % 2 == 0;
    out->set_status = run_status >= 0;
    out->status = out->set_status ? (enum run_status)run_status : RUN_RUNNING;
    return status;
}

static enum status write_page(struct http_exchange *x, const struct run_page *page,
                              struct err *err)
{
    struct json_out json;
    struct run_view view;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key(&json, "runs");
    json_array_begin(&json);
    for (size_t i = 0; i < page->count; i++) {
        view.run = page->runs[i];
        enum status status = run_view_fill(app_store(x), &x->arena, &view, err);
        if (status != ST_OK)
            return status;
        run_write(&json, &view, false);
    }
    json_array_end(&json);
    json_key_text(&json, "next", page->next);
    json_key_int(&json, "total", page->total);
    json_object_end(&json);
    return ST_OK;
}

static enum status list(struct http_exchange *x, struct err *err)
{
    struct run_query query;
    struct run_page page;
    enum status status = read_run_query(x, &query, err);
    if (status == ST_OK)
        status = store_runs(app_store(x), &query, &x->arena, &page, err);
    return status == ST_OK ? write_page(x, &page, err) : status;
}

void runs_list(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, list(x, &err), &err);
}

static enum status get(struct http_exchange *x, struct err *err)
{
    struct run_view view;
    struct json_out json;
    enum status status =
        run_view_load(app_store(x), x->match.segments[0], false, &x->arena, &view, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    run_write(&json, &view, true);
    return ST_OK;
}

void run_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, get(x, &err), &err);
}

/* "run-20261123-202039-k3f9x2": says when, and does not collide within a second. */
static char *make_id(struct arena *arena)
{
    unsigned char noise[6] = {0};
    char tail[sizeof noise + 1], stamp[32];
    struct tm tm;
    time_t now = time(NULL);
    if (getrandom(noise, sizeof noise, 0) != sizeof noise)
        return NULL;
    for (size_t i = 0; i < sizeof noise; i++)
        tail[i] = "abcdefghijkmnpqrstuvwxyz23456789"[noise[i] % 32];
    tail[sizeof noise] = '\0';
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &tm);
    return arena_printf(arena, "run-%s-%s", stamp, tail);
}

/* id: where the field of that name goes; NULL refuses it. */
static enum status read_fields(struct http_exchange *x, struct change *change,
                               const char **id, struct err *err)
{
    enum status status = media_is_json(x, err);
    return status == ST_OK ? run_fields_read(x->body, x->body_length, &x->arena,
                                             &change->fields, id, err)
                           : status;
}

static enum status write_create(struct store *store, const struct change *change,
                                struct err *err)
{
    return store_run_create(store, change->id, &change->fields, change->now_ms, err);
}

void runs_create(struct http_exchange *x)
{
    struct err err = {0};
    struct change change = {.write = write_create, .http_status = 201};
    if (read_fields(x, &change, &change.id, &err) != ST_OK) {
        http_problem(x, &err);
        return;
    }
    if (!change.id)
        change.id = make_id(&x->arena);
    char *place =
        change.id ? arena_printf(&x->arena, "/api/v1/runs/%s", change.id) : NULL;
    if (!place) {
        answer(x, arena_full(&err), &err);
        return;
    }
    http_header_add(x, "Location", place);
    change_submit(x, &change);
}

static enum status write_patch(struct store *store, const struct change *change,
                               struct err *err)
{
    return store_run_update(store, change->id, &change->fields, change->now_ms, err);
}

void run_patch(struct http_exchange *x)
{
    struct err err = {0};
    struct change change = {.write = write_patch, .http_status = 200};
    if (read_fields(x, &change, NULL, &err) == ST_OK)
        change_submit(x, &change);
    else
        http_problem(x, &err);
}

static enum status write_trash(struct store *store, const struct change *change,
                               struct err *err)
{
    return store_run_trash(store, change->id, change->now_ms, err);
}

static enum status write_purge(struct store *store, const struct change *change,
                               struct err *err)
{
    return store_run_purge(store, change->id, err);
}

void run_delete(struct http_exchange *x)
{
    struct err err = {0};
    bool purge = false;
    struct change change = {.write = write_trash, .http_status = 204};
    if (param_bool(x, "purge", &purge, &err) != ST_OK) {
        http_problem(x, &err);
        return;
    }
    if (purge)
        change.write = write_purge;
    change_submit(x, &change);
}

static enum status write_restore(struct store *store, const struct change *change,
                                 struct err *err)
{
    return store_run_restore(store, change->id, err);
}

void run_restore(struct http_exchange *x)
{
    change_submit(x, &(struct change){.write = write_restore, .http_status = 200});
}
