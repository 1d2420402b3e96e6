/* What a running epochd is made of: built in cli/serve.c, handed to every handler. */
#ifndef API_APP_H
#define API_APP_H

#include "base/err.h"
#include "core/diagnose/diagnose.h"
#include "http/guard.h"
#include "stream/webhook.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct http_exchange;
struct http_server;
struct judge;
struct live;
struct store;
struct retention;
struct ticker;
struct writer;

struct app {
    const char *location; /* of the database */
    struct writer *writer;
    struct judge *judge;
    struct live *live;
    struct retention *retention; /* NULL: the trash is kept for ever */
    struct ticker *ticker;
    struct webhook *webhook;            /* NULL without an address */
    enum severity webhook_severity;     /* from which on it is told */
    atomic_uint verdicts_underway;      /* to the writer, and not told yet */
    _Atomic(struct http_server *) http; /* NULL while it starts: it serves already then */
    struct guard guard;
    int64_t started_ms;
};

struct app_config {
    const char *db, *host;
    uint16_t port;
    struct guard guard;
    const struct webhook_target *webhooks; /* must outlive the app */
    size_t webhook_count;
    enum severity webhook_severity;
    int64_t trash_days; /* runs in the trash end after so many; 0: never */
};

/* Opens the database, starts writer, judge, live events and the HTTP server, in that
   order. On failure everything is stopped again. */
MUST_CHECK enum status app_start(const struct app_config *config, struct app *app,
                                 struct err *err);
/* The reverse: what was acknowledged is on disk, what waits is committed. */
void app_stop(struct app *app);

/* The disk failed: nothing more is accepted, so that the process should end. */
bool app_failed(const struct app *app);

struct app *app_of(const struct http_exchange *x);
struct store *app_store(const struct http_exchange *x); /* the worker's reader */

#endif
