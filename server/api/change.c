#include "api/change.h"

#include "api/app.h"
#include "api/param.h"
#include "api/run_json.h"
#include "api/tell.h"
#include "base/clock.h"
#include "base/limits.h"
#include "stream/judge.h"

#include <string.h>

static enum status write_gone(struct change *change)
{
    struct json_out json;
    json_init(&json, &change->event);
    json_object_begin(&json);
    json_key_text(&json, "id", change->id);
    json_key_bool(&json, "deleted", true);
    json_object_end(&json);
    return ST_OK;
}

/* The answer when the run cannot be shown. */
static void write_id(struct change *change)
{
    struct json_out json;
    buf_clear(&change->x->out);
    json_init(&json, &change->x->out);
    json_object_begin(&json);
    json_key_text(&json, "id", change->id);
    json_object_end(&json);
}

/* The answer and the event are read inside the transaction: as it will be. The change is
   made by now: what cannot be shown of it does not undo it and must not look as if. */
static enum status write_run(struct store *store, struct change *change, struct err *err)
{
    struct run_view view;
    struct json_out json;
    enum status status =
        run_view_load(store, change->id, true, &change->x->arena, &view, err);
    if (status == ST_OK) {
        /* A run that moves is told to those it leaves as well. */
        bool moves = change->project && strcmp(change->project, view.run.project);
        change->project = moves ? NULL : view.run.project;
        json_init(&json, &change->x->out);
        run_write(&json, &view, true);
        json_init(&json, &change->event);
        run_write(&json, &view, false);
    }
    if (status != ST_OK || change->x->out.failed)
        write_id(change);
    return status == ST_FAILED ? status : ST_OK;
}

/* The project before the change; NULL when the run is new. */
static const char *find_project(struct store *store, const struct change *change)
{
    struct err err = {0};
    struct run run;
    enum status status =
        store_run_get(store, change->id, true, &change->x->arena, &run, &err);
    return status == ST_OK ? run.project : NULL;
}

static enum status apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct change *change = (struct change *)ticket;
    change->project = find_project(store, change);
    enum status status = change->write(store, change, err);
    if (status != ST_OK)
        return status;
    return change->http_status == 204 ? write_gone(change)
                                      : write_run(store, change, err);
}

/* What was said of a run of this name is not about one that is created now, nor about one
   that comes after it was purged. From the trash it is only said and told once more. */
static void ask_judge(struct judge *judge, const struct change *change)
{
    if (change->http_status == 201 || change->http_status == 204)
        judge_touch_anew(judge, change->id);
    else
        judge_touch(judge, change->id);
}

static void done(struct ticket *ticket)
{
    struct change *change = (struct change *)ticket;
    struct http_exchange *x = change->x;
    struct app *app = app_of(x);
    if (ticket->status == ST_OK) {
        x->status = change->http_status;
        tell(app, &(struct news){"run", change->id, change->project, &change->event});
        ask_judge(app->judge, change);
    } else {
        http_problem(x, &ticket->err);
    }
    buf_release(&change->event);
    http_finish(x);
}

void change_submit(struct http_exchange *x, const struct change *order)
{
    struct err err = {0};
    struct change *change = arena_alloc(&x->arena, sizeof *change);
    if (!change) {
        answer(x, arena_full(&err), &err);
        return;
    }
    *change = *order;
    change->ticket = (struct ticket){.apply = apply,
                                     .done = done,
                                     .bytes = sizeof *change + x->body_length};
    change->x = x;
    change->now_ms = clock_unix_ms();
    if (!change->id)
        change->id = x->match.segments[0];
    buf_init(&change->event, RUN_EVENT_BYTES_MAX);
    http_defer(x);
    if (writer_submit(app_of(x)->writer, &change->ticket, &err) != ST_OK) {
        http_problem(x, &err);
        http_finish(x);
    }
}
