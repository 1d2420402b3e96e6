/* (table, method, path) -> row and path segments. Pure; the order of rows does not
 * matter. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct http_exchange;

#define ROUTE_SEGMENTS_MAX 8

/* Where a handler runs. The event thread must never block: no SQLite, no long loop. */
enum route_place { ROUTE_EVENT_THREAD, ROUTE_WORKER };

/* A text that moves though nothing else in the answer changed: the first member of its
   JSON object. The ETag is that of the rest; the header gives it again, in a 304 too. */
struct route_moving {
    const char *member, *header;
};

struct route {
    const char *method;        /* "GET" (answers HEAD too), "POST", ... */
    const char *pattern;       /* "/api/v1/runs/{run}/epochs": whole segments match */
    const char *const *params; /* query parameters it knows, NULL-ended; NULL = none;
                                  route_any_params = whatever comes is left alone */
    size_t body_bytes_max;     /* 0: a body is refused */
    enum route_place place;
    void (*handle)(struct http_exchange *x);
    const char *about; /* one sentence, for the OpenAPI document and the docs test */
    size_t inline_bytes_max; /* a body up to this runs on the event thread in spite of
                                ROUTE_WORKER */
    bool further_params;     /* there are more than params: the handler checks them */
    const struct route_moving *moving; /* NULL: none */
};

/* For pages whose query belongs to the browser; in route.c. */
extern const char *const route_any_params[];

struct route_match {
    const struct route *route;
    const char *segments[ROUTE_SEGMENTS_MAX]; /* decoded values of {name}, in order */
    size_t segment_count;
    char allow[64]; /* with ST_METHOD: "GET, HEAD, PATCH" */
};

/* path is as sent: percent-encoded, without the query. Segments are decoded once.
   ST_NOT_FOUND not_found; ST_METHOD method_not_allowed (allow is filled); ST_MALFORMED
   bad_path (bad escape, %00, control byte, invalid UTF-8, no leading slash). */
MUST_CHECK enum status route_find(const struct route *table, size_t count,
                                  const char *method, const char *path,
                                  struct arena *arena, struct route_match *out,
                                  struct err *err);

#endif
