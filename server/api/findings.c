#include "api/findings.h"
#include "api/alert.h"
#include "api/app.h"
#include "api/diagnosis_json.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/run_json.h"
#include "base/clock.h"
#include "base/limits.h"
#include "stream/live.h"
#include "stream/webhook.h"
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

/* When each finding came and went, newest first. */
struct came_and_went {
    struct run_finding *findings;
    size_t count;
};

static void write_when(struct json_out *json, const char *key, int64_t ms)
{
    json_key(json, key);
    if (ms < 0)
        json_null(json);
    else
        json_time(json, ms);
}

static void write_history(struct json_out *json, const struct came_and_went *all)
{
    json_key(json, "history");
    json_array_begin(json);
    for (size_t i = 0; i < all->count; i++) {
        const struct run_finding *finding = &all->findings[i];
        json_object_begin(json);
        json_key_text(json, "rule", finding->rule);
        json_key_text(json, "metric", *finding->metric ? finding->metric : NULL);
        json_key_text(json, "severity", severity_names[finding->severity]);
        run_write_step(json, "opened_step", finding->opened_step);
        write_when(json, "opened_at", finding->opened_ms);
        run_write_step(json, "closed_step", finding->closed_step);
        write_when(json, "closed_at", finding->closed_ms);
        json_object_end(json);
    }
    json_array_end(json);
}

static enum status get_findings(struct http_exchange *x, struct err *err)
{
    struct judged *judged;
    struct came_and_went all;
    struct json_out json;
    enum status status = diagnose_run(x, &judged, err);
    if (status == ST_OK)
        status = store_findings(app_store(x), judged->run.key, &x->arena, &all.findings,
                                &all.count, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "run", judged->run.id);
    buf_add_char(&x->out, ',');
    diagnosis_render(judged, &x->out);
    write_history(&json, &all);
    json_object_end(&json);
    return ST_OK;
}

void run_findings_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, get_findings(x, &err), &err);
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

/* What a diagnosis found, on its way to the store, and then to those who listen. */
struct verdict_ticket {
    struct ticket ticket; /* the first member: a ticket is its verdict_ticket */
    char run[RUN_ID_MAX + 1], project[RUN_NAME_MAX + 1];
    struct buf event;               /* data of the `findings` event; empty: none */
    bool is_new;                    /* the store shall have what follows */
    struct run_judgement judgement; /* its verdict is static text */
    struct run_finding holding[FINDINGS_MAX]; /* rules are static texts */
    char metrics[ROLE_COUNT][METRIC_NAME_MAX + 1];
    bool news[FINDINGS_MAX];
    char *alerts[FINDINGS_MAX]; /* what webhooks shall hear of each, or NULL */
    size_t count;
    int64_t step, now_ms;
    struct app *app;
};

static void verdict_free(struct verdict_ticket *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->alerts[i]);
    buf_release(&v->event);
    free(v);
}

static void verdict_tell(const struct verdict_ticket *v)
{
    for (size_t i = 0; i < v->count; i++) {
        if (v->news[i] && v->alerts[i])
            webhook_post(v->app->webhook, v->project, v->alerts[i]);
    }
    if (v->event.length && !v->event.failed)
        live_publish(v->app->live, "findings", v->run, v->project, v->event.data);
}

/* It is told once it is on disk, so that nobody hears of it twice; what did not get there
   is told, as new, by the next diagnosis. */
static void verdict_done(struct ticket *ticket)
{
    struct verdict_ticket *v = (struct verdict_ticket *)ticket;
    struct app *app = v->app;
    if (ticket->status == ST_OK)
        verdict_tell(v);
    else
        judge_untold(app->judge, v->run);
    verdict_free(v);
    atomic_fetch_sub(&app->verdicts_underway, 1);
}

static enum status apply_verdict(struct store *store, struct ticket *ticket,
                                 struct err *err)
{
    struct verdict_ticket *v = (struct verdict_ticket *)ticket;
    struct findings_now now = {v->holding, v->count, v->step, v->now_ms, v->news};
    if (!v->is_new)
        return ST_OK;
    enum status status = store_run_judge(store, v->run, &v->judgement, err);
    return status == ST_OK ? store_findings_set(store, v->run, &now, err) : status;
}

static bool is_told(const struct app *app, const struct judged *judged,
                    const struct finding *finding)
{
    return !finding->muted && !judged->run.trashed &&
           finding->severity >= app->webhook_severity &&
           webhook_wanted(app->webhook, judged->run.project);
}

size_t findings_holding(const struct judged *judged,
                        struct run_finding out[static FINDINGS_MAX])
{
    const struct diagnosis *diagnosis = &judged->diagnosis;
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        const char *metric =
            finding->role == ROLE_COUNT ? NULL : judged->history.metric[finding->role];
        out[i] = (struct run_finding){.rule = finding->rule->name,
                                      .metric = metric ? metric : "",
                                      .severity = (int)finding->severity};
    }
    return diagnosis->finding_count;
}

static void fill_findings(struct verdict_ticket *v, const struct judged *judged)
{
    v->judgement = judged->judgement;
    v->step = judged->run.last_step;
    v->now_ms = clock_unix_ms();
    v->count = findings_holding(judged, v->holding);
    for (size_t i = 0; i < v->count; i++) {
        const struct finding *finding = &judged->diagnosis.findings[i];
        if (is_told(v->app, judged, finding))
            v->alerts[i] = alert_new(judged, finding);
        if (finding->role == ROLE_COUNT)
            continue;
        char *copy = v->metrics[finding->role]; /* the diagnosis goes before the ticket */
        strcpy(copy, v->holding[i].metric);
        v->holding[i].metric = copy;
    }
}

static void fill_event(struct verdict_ticket *v, const struct judge_text *text)
{
    struct json_out json;
    buf_init(&v->event, text->length + RUN_ID_MAX + 64);
    json_init(&json, &v->event);
    json_object_begin(&json);
    json_key_text(&json, "run", v->run);
    buf_add_char(&v->event, ',');
    buf_add(&v->event, text->members, text->length);
    json_object_end(&json);
}

static bool same_judgement(const struct run_judgement *a, const struct run_judgement *b)
{
    return a->verdict && b->verdict && !strcmp(a->verdict, b->verdict) &&
           a->errors == b->errors && a->warnings == b->warnings && a->infos == b->infos;
}

/* Another than the stored one, or than the one on its way there. */
static bool is_new(const struct judged *judged)
{
    const struct run_judgement *now = &judged->judgement, *told = &judged->told;
    return !same_judgement(now, &judged->run.judgement) || !same_judgement(now, told) ||
           judged->found != judged->told_found;
}

static struct verdict_ticket *verdict_new(struct app *app, const struct judged *judged,
                                          const struct judge_text *text)
{
    struct verdict_ticket *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->app = app;
    strcpy(v->run, judged->run.id);
    strcpy(v->project, judged->run.project);
    if (!judged->run.trashed) /* nobody listens to what lies there */
        fill_event(v, text);
    if ((v->is_new = is_new(judged)))
        fill_findings(v, judged);
    v->ticket = (struct ticket){.apply = apply_verdict,
                                .done = verdict_done,
                                .bytes = sizeof *v + v->event.length};
    return v;
}

/* What the store has already is told at once, but never before what is on its way: the
   last thing that is heard of a run is what holds. */
bool findings_changed(void *data, const struct judged *judged,
                      const struct judge_text *text)
{
    struct app *app = data;
    struct err err = {0};
    struct verdict_ticket *v = verdict_new(app, judged, text);
    if (!v)
        return false;
    if (!v->is_new && !atomic_load(&app->verdicts_underway)) {
        verdict_tell(v);
        verdict_free(v);
        return true;
    }
    atomic_fetch_add(&app->verdicts_underway, 1);
    if (writer_submit(app->writer, &v->ticket, &err) == ST_OK)
        return true;
    atomic_fetch_sub(&app->verdicts_underway, 1);
    verdict_free(v);
    return false;
}
