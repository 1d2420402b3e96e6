#include "api/app.h"
#include "api/diagnosis_json.h"
#include "api/handlers.h"
#include "api/media.h"
#include "api/param.h"
#include "api/run_json.h"
#include "api/tell.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "stream/judge.h"
#include "stream/live.h"
#include "stream/writer.h"

#include <stddef.h>
#include <string.h>

/* One ingest on its way: parsed, committed, judged, answered. In the exchange's arena. */
struct post {
    struct ticket ticket;
    struct question question;
    struct http_exchange *x;
    struct store_points points;
    size_t record_count;
    bool created;
    const char *project; /* whose subscribers hear of it; NULL: all */
    bool points_told;    /* somebody may see points_event */
    struct buf run_event, points_event;
};

static struct post *post_of_ticket(struct ticket *ticket)
{
    return (struct post *)((char *)ticket - offsetof(struct post, ticket));
}

static struct post *post_of_question(struct question *question)
{
    return (struct post *)((char *)question - offsetof(struct post, question));
}

/* For a run that was purged between the commit and its diagnosis, or that came in a flood
   of new ones. */
static const char not_judged[] =
    "\"verdict\":\"too_early\",\"checked_to_step\":null,\"findings\":[]";

/* Last: what the judge said is there. */
static void finish(struct question *question, const struct judge_text *text)
{
    struct post *post = post_of_question(question);
    struct http_exchange *x = post->x;
    struct json_out json;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "run", post->points.run);
    json_key_int(&json, "accepted", (int64_t)post->record_count);
    json_key_bool(&json, "created", post->created);
    buf_add_char(&x->out, ',');
    if (text)
        buf_add(&x->out, text->members, text->brief);
    else
        buf_add_text(&x->out, not_judged);
    json_object_end(&json);
    http_finish(x);
}

static void done(struct ticket *ticket)
{
    struct post *post = post_of_ticket(ticket);
    struct app *app = app_of(post->x);
    if (ticket->status == ST_OK) {
        const char *run = post->points.run;
        if (post->created)
            tell(app, &(struct news){"run", run, post->project, &post->run_event});
        if (post->points_told)
            tell(app, &(struct news){"points", run, post->project, &post->points_event});
        else if (post->points.point_count)
            live_skip(app->live);
    }
    buf_release(&post->run_event);
    buf_release(&post->points_event);
    if (ticket->status == ST_OK) {
        post->question.anew = post->created;
        judge_ask(app->judge, &post->question);
    } else {
        http_problem(post->x, &ticket->err);
        http_finish(post->x);
    }
}

/* What subscribers need to know of the run. Failing here would not undo the points. */
static void look_at_run(struct store *store, struct post *post)
{
    struct err err = {0};
    struct run_view view;
    struct json_out json;
    struct arena *arena = &post->x->arena;
    const char *id = post->points.run;
    if (store_run_get(store, id, false, arena, &view.run, &err) != ST_OK)
        return;
    post->project = view.run.project;
    if (!post->created || run_view_fill(store, arena, &view, &err) != ST_OK)
        return;
    json_init(&json, &post->run_event);
    run_write(&json, &view, false);
}

static enum status apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct post *post = post_of_ticket(ticket);
    enum status status = store_put(store, &post->points, &post->created, err);
    /* It reads the run's whole row: several times the price of the points. */
    if (status == ST_OK && (post->created || live_subscribers(app_of(post->x)->live)))
        look_at_run(store, post);
    return status;
}

/* The points of a post by metric, each metric's in the order of the body. */
struct by_metric {
    const struct store_point **points;
    size_t *end; /* of each metric's points; they begin where the one before ends */
};

static bool sort_by_metric(const struct store_points *points, struct arena *arena,
                           struct by_metric *out)
{
    out->points = arena_array(arena, points->point_count + 1, sizeof *out->points);
    out->end = arena_array(arena, points->name_count + 1, sizeof *out->end);
    if (!out->points || !out->end)
        return false;
    /* First how many there are of the metrics before, then moved on by each of its own.
     */
    for (size_t i = 0; i < points->point_count; i++)
        out->end[points->points[i].metric + 1]++;
    for (size_t m = 1; m <= points->name_count; m++)
        out->end[m] += out->end[m - 1];
    for (size_t i = 0; i < points->point_count; i++)
        out->points[out->end[points->points[i].metric]++] = &points->points[i];
    return true;
}

static void write_points_of(struct json_out *json, const char *name,
                            const struct store_point *const *points, size_t count)
{
    json_object_begin(json);
    json_key_text(json, "metric", name);
    json_key(json, "x");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_int(json, points[i]->step);
    json_array_end(json);
    json_key(json, "value");
    json_array_begin(json);
    for (size_t i = 0; i < count; i++)
        json_double(json, points[i]->value);
    json_array_end(json);
    json_object_end(json);
}

static bool write_series(struct json_out *json, const struct post *post)
{
    struct by_metric sorted;
    const struct store_points *points = &post->points;
    if (points->point_count > LIVE_EVENT_POINTS_MAX ||
        !sort_by_metric(points, &post->x->arena, &sorted))
        return false;
    json_key(json, "series");
    json_array_begin(json);
    for (size_t m = 0, from = 0; m < points->name_count; from = sorted.end[m++])
        write_points_of(json, points->names[m], sorted.points + from,
                        sorted.end[m] - from);
    json_array_end(json);
    return !json->buf->failed;
}

static void write_points_event(struct post *post)
{
    struct json_out json;
    json_init(&json, &post->points_event);
    json_object_begin(&json);
    json_key_text(&json, "run", post->points.run);
    if (!write_series(&json, post)) {
        buf_clear(&post->points_event);
        json_init(&json, &post->points_event);
        json_object_begin(&json);
        json_key_text(&json, "run", post->points.run);
        json_key_bool(&json, "reload", true);
    }
    json_object_end(&json);
}

static enum status take_batch(struct post *post, const struct batch *batch,
                              struct err *err)
{
    struct store_point *points =
        arena_array(&post->x->arena, batch->point_count + 1, sizeof *points);
    if (!points)
        return err_set(err, ST_TOO_LARGE, "body_too_large",
                       "%zu values are too many for one body: send it in parts",
                       batch->point_count);
    for (size_t i = 0; i < batch->point_count; i++) {
        const struct point *p = &batch->points[i];
        points[i] = (struct store_point){p->step, p->time_ms, p->value, p->metric};
    }
    post->record_count = batch->record_count;
    post->points = (struct store_points){
        .run = post->x->match.segments[0],
        .names = batch->metrics,
        .name_count = batch->metric_count,
        .points = points,
        .point_count = batch->point_count,
        .has_step = batch->has_step,
        .step_last = batch->step_last,
        .now_ms = clock_unix_ms(),
    };
    return ST_OK;
}

static enum status check_run_id(const char *id, struct err *err)
{
    if (text_is_run_id(id))
        return ST_OK;
    return err_set(err, ST_INVALID, "bad_run_id",
                   "a run id is 1 to %d of A-Z a-z 0-9 . _ -, not starting with a dot",
                   RUN_ID_MAX);
}

static enum status read_post(struct http_exchange *x, struct post *post, struct err *err)
{
    enum ingest_format format = INGEST_JSON;
    struct batch batch;
    post->x = x;
    enum status status = check_run_id(x->match.segments[0], err);
    if (status == ST_OK)
        status = media_of_epochs(x, &format, err);
    if (status == ST_OK)
        status = ingest_parse(format, x->body, x->body_length, clock_unix_ms(), &x->arena,
                              &batch, err);
    if (status == ST_OK)
        status = take_batch(post, &batch, err);
    return status;
}

static void submit(struct http_exchange *x, struct post *post)
{
    struct err err = {0};
    post->question.answered = finish;
    strcpy(post->question.run, post->points.run);
    buf_init(&post->run_event, RUN_EVENT_BYTES_MAX);
    buf_init(&post->points_event, CONTROL_BYTES_MAX);
    post->points_told = post->points.point_count > 0 && live_wanted(app_of(x)->live);
    if (post->points_told)
        write_points_event(post);
    post->ticket = (struct ticket){
        .apply = apply,
        .done = done,
        .bytes =
            sizeof *post + x->body_length + x->arena.used + post->points_event.capacity,
    };
    http_defer(x);
    if (writer_submit(app_of(x)->writer, &post->ticket, &err) != ST_OK) {
        buf_release(&post->points_event);
        http_problem(x, &err);
        http_finish(x);
    }
}

void epochs_post(struct http_exchange *x)
{
    struct err err = {0};
    struct post *post = arena_alloc(&x->arena, sizeof *post);
    enum status status = post ? ST_OK : arena_full(&err);
    if (status == ST_OK)
        status = read_post(x, post, &err);
    if (status != ST_OK) {
        http_problem(x, &err);
        return;
    }
    submit(x, post);
}
