#include "api/app.h"
#include "api/handlers.h"
#include "api/param.h"
#include "base/json_out.h"
#include "base/text.h"
#include "http/http.h"
#include "store/store.h"
#include "stream/live.h"
#include "stream/webhook.h"
#include "stream/writer.h"

/* 503 once a sync failed: nothing can be stored until a restart. */
void healthz_get(struct http_exchange *x)
{
    struct writer_stats writer;
    struct json_out json;
    writer_stats(app_of(x)->writer, &writer);
    x->status = writer.failed ? 503 : 200;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "status", writer.failed ? "storage_failed" : "ok");
    json_key_text(&json, "version", EPOCHD_VERSION);
    json_object_end(&json);
}

static enum status write_server(struct http_exchange *x, struct err *err)
{
    const struct app *app = app_of(x);
    struct store_info info;
    struct json_out json;
    enum status status = store_info(app_store(x), &info, err);
    if (status != ST_OK)
        return status;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "version", EPOCHD_VERSION);
    json_key_text(&json, "engine", info.engine);
    json_key_int(&json, "schema_version", info.schema_version);
    json_key_int(&json, "runs", info.runs);
    json_key_int(&json, "metrics", info.metrics);
    json_key_int(&json, "points", info.points);
    json_key_int(&json, "file_bytes", info.file_bytes);
    json_key_int(&json, "wal_bytes", info.wal_bytes);
    json_key(&json, "started");
    json_time(&json, app->started_ms);
    json_object_end(&json);
    return ST_OK;
}

void server_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, write_server(x, &err), &err);
}

/* One figure in the Prometheus text format. */
static void figure(struct buf *out, const char *kind, const char *name, const char *help,
                   double value)
{
    char text[TEXT_DOUBLE_MAX];
    text_double(text, value);
    buf_printf(out, "# HELP epochd_%s %s\n# TYPE epochd_%s %s\nepochd_%s %s\n", name,
               help, name, kind, name, text);
}

static void http_figures(struct buf *out, struct app *app)
{
    struct http_stats http = {0};
    if (app->http)
        http_stats(app->http, &http);
    figure(out, "counter", "http_requests_total", "Requests answered.",
           (double)http.requests);
    buf_printf(out,
               "# HELP epochd_http_answers_total Answers by class of status.\n"
               "# TYPE epochd_http_answers_total counter\n"
               "epochd_http_answers_total{class=\"2xx\"} %llu\n"
               "epochd_http_answers_total{class=\"4xx\"} %llu\n"
               "epochd_http_answers_total{class=\"5xx\"} %llu\n",
               (unsigned long long)http.answers_2xx, (unsigned long long)http.answers_4xx,
               (unsigned long long)http.answers_5xx);
    figure(out, "gauge", "http_connections", "Open connections.", http.connections);
}

static void writer_figures(struct buf *out, const struct app *app)
{
    struct writer_stats writer;
    writer_stats(app->writer, &writer);
    figure(out, "counter", "commits_total", "Transactions committed and synced.",
           (double)writer.commits);
    figure(out, "counter", "writes_total", "Writes in those transactions.",
           (double)writer.tickets);
    figure(out, "gauge", "write_queue_bytes", "Waiting for the writer.",
           (double)writer.queued_bytes);
    figure(out, "gauge", "storage_failed", "1 once a sync failed.", writer.failed);
}

static void webhook_figures(struct buf *out, const struct app *app)
{
    struct webhook_stats webhook;
    webhook_stats(app->webhook, &webhook);
    figure(out, "counter", "webhooks_sent_total", "Findings that a service took.",
           (double)webhook.sent);
    figure(out, "counter", "webhooks_failed_total", "Findings that every try failed for.",
           (double)webhook.failed);
    figure(out, "counter", "webhooks_dropped_total",
           "Findings dropped from a full queue.", (double)webhook.dropped);
    figure(out, "gauge", "webhooks_queued", "Findings waiting to be sent.",
           (double)webhook.queued);
}

static void store_figures(struct buf *out, const struct store_info *info)
{
    figure(out, "gauge", "runs", "Runs stored.", (double)info->runs);
    figure(out, "gauge", "series", "Metrics of all runs.", (double)info->metrics);
    figure(out, "gauge", "points", "Points stored.", (double)info->points);
    figure(out, "gauge", "database_bytes", "Size of the database file.",
           (double)info->file_bytes);
    figure(out, "gauge", "wal_bytes", "Size of the write-ahead log.",
           (double)info->wal_bytes);
}

static enum status write_metrics(struct http_exchange *x, struct err *err)
{
    struct app *app = app_of(x);
    struct store_info info;
    enum status status = store_info(app_store(x), &info, err);
    if (status != ST_OK)
        return status;
    x->content_type_out = "text/plain; version=0.0.4; charset=utf-8";
    buf_printf(&x->out,
               "# HELP epochd_build_info The version, as a label.\n"
               "# TYPE epochd_build_info gauge\n"
               "epochd_build_info{version=\"%s\"} 1\n",
               EPOCHD_VERSION);
    figure(&x->out, "gauge", "start_time_seconds", "When it started, Unix time.",
           (double)app->started_ms / 1000);
    http_figures(&x->out, app);
    writer_figures(&x->out, app);
    webhook_figures(&x->out, app);
    store_figures(&x->out, &info);
    figure(&x->out, "gauge", "live_subscribers", "Open event streams.",
           (double)live_subscribers(app->live));
    return ST_OK;
}

void metrics_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, write_metrics(x, &err), &err);
}
