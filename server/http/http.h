/* Sockets and bytes: an HTTP/1.1 server on libmicrohttpd without any domain. One event
   thread, a few workers; http*.c are the only files that include microhttpd.h. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/guard.h"
#include "http/query.h"
#include "http/route.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_HEADERS_MAX 12

/* A body that is made while it is sent. */
struct http_source {
    /* Up to max bytes into out. Returns how many; 0 = nothing now, call http_wake() when
       there is more; -1 = the end; -2 = failed, cut the connection. Runs on a worker when
       `on_worker` (it may block, never returns 0 and finds x->worker set), otherwise on
       the event thread, where it must not block. */
    ssize_t (*read)(void *data, char *out, size_t max);
    void (*close)(void *data); /* once, after the last read */
    void *data;
    bool on_worker;
};

struct http_header {
    const char *name, *value;
};

/* One request and its answer; lives from the first header to the last byte sent. Owned by
   http_request.c; a handler may keep the pointer only after http_defer(), until
   http_finish(). */
struct http_exchange {
    /* the request, read-only */
    const char *method, *path; /* path as sent */
    struct route_match match;
    const char *content_type;  /* lower case, without parameters; "" when absent */
    bool from_browser;         /* carried Origin or Sec-Fetch-Site */
    const char *last_event_id; /* header, or NULL */
    const char *if_none_match; /* header, or NULL */
    bool accepts_gzip;
    char *body; /* decoded (gzip inflated), NUL-terminated */
    size_t body_length;
    struct arena arena; /* request lifetime, REQUEST_BYTES_MAX */
    void *app;          /* what http_config.app was */
    void *worker;       /* of the worker it runs on (http_config.worker_open), or NULL */

    /* the answer, filled by the handler */
    int status;                   /* default 200 */
    const char *content_type_out; /* default application/json */
    struct buf out;               /* the body, unless source.read is set */
    struct http_source source;
    struct http_header headers[HTTP_HEADERS_MAX]; /* beyond those guard.h sets on all */
    size_t header_count;
    const void *static_body; /* instead of out: bytes that live for ever (assets) */
    size_t static_length;

    struct http_private *private_; /* http_private.h */
};

/* Value of a query parameter, decoded ('+' is a blank), or NULL. "" for `?name`. */
const char *http_param(const struct http_exchange *x, const char *name);
/* All of them, for a route with further_params. */
const struct query *http_query(const struct http_exchange *x);
/* value is copied. At most HTTP_HEADERS_MAX; one that HTTP does not allow is left out. */
void http_header_add(struct http_exchange *x, const char *name, const char *value);
/* problem+json from err, with Allow or Retry-After where they belong; clears what was
   written so far and closes the source. */
void http_problem(struct http_exchange *x, const struct err *err);

/* The answer comes later, from another thread, by http_finish(). Call it before handing x
   to that thread, which may be done before the handler returns. */
void http_defer(struct http_exchange *x);
void http_finish(struct http_exchange *x);
/* A source that returned 0 has more. Any thread; x must not be closed (see source.close:
   after it returned, nobody may wake). */
void http_wake(struct http_exchange *x);

struct http_config {
    const char *host; /* "127.0.0.1", "::1", "localhost", "0.0.0.0", ... */
    uint16_t port;    /* 0 = any free one */
    const struct route *routes;
    size_t route_count;
    const struct guard *guard; /* copied but for the names; the port that was bound is
                                  filled in, the bound address is allowed */
    void *app;
    size_t workers; /* >= 1 */
    /* Opens what a worker thread owns (a store handle); NULL on failure. */
    void *(*worker_open)(void *app);
    void (*worker_close)(void *worker);
};

struct http_server;
/* ST_INVALID bad_address; ST_CONFLICT port_in_use. */
MUST_CHECK enum status http_start(const struct http_config *config,
                                  struct http_server **out, struct err *err);
uint16_t http_port(const struct http_server *server);
/* Stops accepting, ends live sources, waits for what is under way, stops. NULL is fine.
 */
void http_stop(struct http_server *server);

struct http_stats {
    uint64_t requests, answers_2xx, answers_4xx, answers_5xx;
    unsigned connections;
};
void http_stats(const struct http_server *server, struct http_stats *out);

#endif
