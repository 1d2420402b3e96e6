#include "api/app.h"

#include "api/diagnosis_json.h"
#include "api/findings.h"
#include "api/retention.h"
#include "api/routes.h"
#include "api/run_json.h"
#include "api/ticker.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/http.h"
#include "store/store.h"
#include "stream/judge.h"
#include "stream/live.h"
#include "stream/writer.h"

#include <string.h>

#define WORKERS 2 /* reads at once; each has a connection of its own */

struct app *app_of(const struct http_exchange *x)
{
    return x->app;
}

struct store *app_store(const struct http_exchange *x)
{
    return x->worker;
}

static void *open_reader(void *data)
{
    const struct app *app = data;
    struct store *store;
    struct err err = {0};
    if (store_open(app->location, STORE_READER, &store, &err) == ST_OK)
        return store;
    log_line(LOG_LEVEL_ERROR, "cannot open the database for reading: %s", err.text);
    return NULL;
}

static void close_reader(void *store)
{
    store_close(store);
}

static enum status start_judge(struct app *app, struct err *err)
{
    struct judge_config config = {
        .location = app->location,
        .readers = &run_readers,
        .render = diagnosis_render,
        .changed = findings_changed,
        .app = app,
        .look_ms = QUIET_LOOK_MS,
        .forget_ms = QUIET_FORGET_MS,
    };
    return judge_start(&config, &app->judge, err);
}

static enum status start_http(const struct app_config *config, struct app *app,
                              struct err *err)
{
    struct http_config http = {
        .host = config->host,
        .port = config->port,
        .routes = routes,
        .route_count = route_count,
        .guard = &app->guard,
        .app = app,
        .workers = WORKERS,
        .worker_open = open_reader,
        .worker_close = close_reader,
    };
    struct http_server *server;
    enum status status = http_start(&http, &server, err);
    if (status == ST_OK)
        app->http = server;
    return status;
}

enum status app_start(const struct app_config *config, struct app *app, struct err *err)
{
    memset(app, 0, sizeof *app);
    app->location = config->db;
    app->guard = config->guard;
    app->started_ms = clock_unix_ms();
    struct webhook_config webhook = {config->webhooks, config->webhook_count,
                                     WEBHOOK_RETRY_MS};
    app->webhook_severity = config->webhook_severity;
    enum status status = live_new(&app->live, err);
    if (status == ST_OK)
        status = webhook_start(&webhook, &app->webhook, err);
    if (status == ST_OK)
        status = writer_start(app->location, &app->writer, err);
    if (status == ST_OK)
        status = start_judge(app, err);
    if (status == ST_OK)
        status = retention_new(config->trash_days, app->writer, &app->retention, err);
    if (status == ST_OK)
        status = ticker_start(app->live, app->retention, &app->ticker, err);
    if (status == ST_OK)
        status = start_http(config, app, err);
    if (status != ST_OK)
        app_stop(app);
    return status;
}

bool app_failed(const struct app *app)
{
    struct writer_stats stats;
    writer_stats(app->writer, &stats);
    return stats.failed;
}

/* Requests end first, while writer and judge still answer them. The judge stops before
   the writer, because its last verdicts are writes, which tell it when they fail. */
void app_stop(struct app *app)
{
    if (app->live)
        live_close(app->live);
    ticker_stop(app->ticker);
    http_stop(app->http);
    judge_stop(app->judge);
    writer_stop(app->writer);
    judge_free(app->judge);
    retention_free(app->retention);
    webhook_stop(app->webhook); /* the last verdicts are told, too */
    live_free(app->live);
    memset(app, 0, sizeof *app);
}
