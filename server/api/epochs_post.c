#include "api/app.h"
#include "api/diagnosis_json.h"
#include "api/handlers.h"
#include "api/media.h"
#include "api/param.h"
#include "api/run_json.h"
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
    const char *project;                /* for subscribers of one project, or NULL */
    struct buf run_event, points_event; /* data, empty when there is nothing to tell */
};

static struct post *post_of_ticket(struct ticket *ticket)
{
    return (struct post *)((char *)ticket - offsetof(struct post, ticket));
}

static struct post *post_of_question(struct question *question)
{
    return (struct post *)((char *)question - offsetof(struct post, question));
}

/* For a run that was purged between the commit and its diagnosis. */
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
        if (post->run_event.length)
            live_publish(app->live, "run", run, NULL, post->run_event.data);
        if (post->points_event.length)
            live_publish(app->live, "points", run, post->project,
                         post->points_event.data);
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
    if (run_view_load(store, post->points.run, false, &post->x->arena, &view, &err) !=
        ST_OK)
        return;
    if (*view.run.project)
        post->project = view.run.project;
    if (!post->created)
        return;
    json_init(&json, &post->run_event);
    run_write(&json, &view, false);
}

static enum status apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct post *post = post_of_ticket(ticket);
    enum status status = store_put(store, &post->points, &post->created, err);
    if (status == ST_OK && (post->created || live_subscribers(app_of(post->x)->live)))
        look_at_run(store, post);
    return status;
}

static void write_points_of(struct json_out *json, const struct store_points *points,
                            uint32_t metric)
{
    json_object_begin(json);
    json_key_text(json, "metric", points->names[metric]);
    json_key(json, "x");
    json_array_begin(json);
    for (size_t i = 0; i < points->point_count; i++) {
        if (points->points[i].metric == metric)
            json_int(json, points->points[i].step);
    }
    json_array_end(json);
    json_key(json, "value");
    json_array_begin(json);
    for (size_t i = 0; i < points->point_count; i++) {
        if (points->points[i].metric == metric)
            json_double(json, points->points[i].value);
    }
    json_array_end(json);
    json_object_end(json);
}

static void write_points_event(struct post *post)
{
    const struct store_points *points = &post->points;
    struct json_out json;
    json_init(&json, &post->points_event);
    json_object_begin(&json);
    json_key_text(&json, "run", points->run);
    if (points->point_count > LIVE_EVENT_POINTS_MAX) {
        json_key_bool(&json, "reload", true);
    } else {
        json_key(&json, "series");
        json_array_begin(&json);
        for (uint32_t m = 0; m < points->name_count; m++)
            write_points_of(&json, points, m);
        json_array_end(&json);
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
    post->ticket = (struct ticket){
        .apply = apply,
        .done = done,
        .bytes = sizeof *post + x->body_length +
                 post->points.point_count * sizeof *post->points.points,
    };
    post->question.answered = finish;
    strcpy(post->question.run, post->points.run);
    buf_init(&post->run_event, RUN_EVENT_BYTES_MAX);
    buf_init(&post->points_event, CONTROL_BYTES_MAX);
    if (post->points.point_count)
        write_points_event(post);
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
