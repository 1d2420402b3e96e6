#include "api/findings.h"
#include "api/app.h"
#include "api/diagnosis_json.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/run_json.h"
#include "base/limits.h"
#include "stream/live.h"
#include "stream/writer.h"

#include <stdlib.h>
#include <string.h>

static enum status diagnose_run(struct http_exchange *x, struct judged **out,
                                struct err *err)
{
    struct run run;
    const char *id = x->match.segments[0];
    *out = arena_alloc(&x->arena, sizeof **out);
    if (!*out)
        return arena_full(err);
    /* judge_run takes a run in the trash too; here it is not found */
    enum status status = store_run_get(app_store(x), id, false, &x->arena, &run, err);
    return status == ST_OK
               ? judge_run(app_store(x), &run_readers, id, &x->arena, *out, err)
               : status;
}

void findings_answer(struct http_exchange *x,
                     void (*write)(struct json_out *json, const struct judged *judged))
{
    struct err err = {0};
    struct json_out json;
    struct judged *judged;
    if (diagnose_run(x, &judged, &err) != ST_OK) {
        http_problem(x, &err);
        return;
    }
    json_init(&json, &x->out);
    json_object_begin(&json);
    write(&json, judged);
    json_object_end(&json);
}

static void write_findings(struct json_out *json, const struct judged *judged)
{
    json_key_text(json, "run", judged->run.id);
    buf_add_char(json->buf, ',');
    diagnosis_render(judged, json->buf);
}

void run_findings_get(struct http_exchange *x)
{
    findings_answer(x, write_findings);
}

void rules_get(struct http_exchange *x)
{
    struct json_out json;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key(&json, "rules");
    json_array_begin(&json);
    for (const struct rule *const *r = rules; *r; r++) {
        json_object_begin(&json);
        json_key_text(&json, "rule", (*r)->name);
        json_key_text(&json, "title", (*r)->title);
        json_key_text(&json, "about", (*r)->about);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
}

/* What the run list shows of a diagnosis, on its way to the store. */
struct verdict_ticket {
    struct ticket ticket; /* the first member: a ticket is its verdict_ticket */
    char run[RUN_ID_MAX + 1];
    struct run_judgement judgement; /* its verdict is static text */
};

static enum status apply_verdict(struct store *store, struct ticket *ticket,
                                 struct err *err)
{
    const struct verdict_ticket *v = (const struct verdict_ticket *)ticket;
    return store_run_judge(store, v->run, &v->judgement, err);
}

static void verdict_done(struct ticket *ticket)
{
    free(ticket);
}

static bool same_judgement(const struct run_judgement *a, const struct run_judgement *b)
{
    return a->verdict && b->verdict && !strcmp(a->verdict, b->verdict) &&
           a->errors == b->errors && a->warnings == b->warnings && a->infos == b->infos;
}

/* Written only when it is another than the stored one, or than the one on its way there.
   When the writer is too busy the next diagnosis tries again. */
static void store_verdict(struct app *app, const struct judged *judged)
{
    struct err err = {0};
    const struct run_judgement *now = &judged->judgement, *told = &judged->told;
    if (same_judgement(now, &judged->run.judgement) &&
        (!told->verdict || same_judgement(now, told)))
        return;
    struct verdict_ticket *v = calloc(1, sizeof *v);
    if (!v)
        return;
    v->ticket =
        (struct ticket){.apply = apply_verdict, .done = verdict_done, .bytes = sizeof *v};
    v->judgement = *now;
    strcpy(v->run, judged->run.id);
    if (writer_submit(app->writer, &v->ticket, &err) != ST_OK)
        free(v);
}

void findings_changed(void *data, const struct judged *judged,
                      const struct judge_text *text)
{
    struct app *app = data;
    struct buf event;
    struct json_out json;
    store_verdict(app, judged);
    if (judged->run.trashed)
        return;
    buf_init(&event, text->length + RUN_ID_MAX + 64);
    json_init(&json, &event);
    json_object_begin(&json);
    json_key_text(&json, "run", judged->run.id);
    buf_add_char(&event, ',');
    buf_add(&event, text->members, text->length);
    json_object_end(&json);
    if (!event.failed)
        live_publish(app->live, "findings", judged->run.id, judged->run.project,
                     event.data);
    buf_release(&event);
}
