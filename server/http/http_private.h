/* What the http*.c files share; only they include microhttpd.h.

   http.c          the server: start, stop, figures
   http_spare.c    exchanges that are over, for the next requests
   http_request.c  a request from its first byte to the call of its handler
   http_answer.c   what a handler left in the exchange becomes an answer
   http_polish.c   what a worker does to the answer of every read: ETag, 304, gzip
   http_source.c   bodies that are made while they are sent
   http_park.c     waiting without a thread: suspend, resume, defer, finish, wake

   "The event thread" is libmicrohttpd's only one. It owns an exchange except between the
   start of a handler and the moment when its last holder lets go. */
#ifndef HTTP_HTTP_PRIVATE_H
#define HTTP_HTTP_PRIVATE_H

#include "base/buf.h"
#include "http/deflate.h"
#include "http/headers.h"
#include "http/http.h"
#include "http/inflate.h"
#include "http/listen.h"
#include "http/peers.h"
#include "http/query.h"
#include "http/workers.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct http_server {
    struct http_config config;
    struct guard guard;
    char own_host[64]; /* borrowed by guard */
    struct listener listener;
    struct MHD_Daemon *daemon;
    struct workers *workers;
    struct peers *peers;

    atomic_bool draining;     /* no new requests, live sources end */
    atomic_bool cutting;      /* what still sends is cut */
    atomic_size_t active;     /* requests from the call of their handler to their end */
    atomic_size_t held;       /* exchanges that are or may become suspended */
    atomic_size_t body_bytes; /* of all bodies in memory */
    atomic_uint_fast64_t requests, answers[6]; /* by the first digit of the status */

    pthread_mutex_t streams_lock;
    struct http_private *streams; /* live ones; streams_lock */

    struct http_private *spares; /* http_spare.c; the event thread's */
    size_t spare_count;
};

enum request_phase {
    REQUEST_HEADERS,
    REQUEST_BODY,    /* collecting or passing over it */
    REQUEST_HANDLED, /* the handler runs, or the answer is awaited */
    REQUEST_ANSWERED /* the answer is queued */
};

struct http_private {
    struct http_exchange x;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct peer *peer; /* may be NULL */
    enum request_phase phase;

    struct headers headers;
    const char *query_text; /* NULL without one */
    struct query query;
    bool refused; /* the answer is a problem already; a body is passed over */
    bool last;    /* the connection ends with this answer */

    struct buf body;
    char no_body[1];    /* what a request without one has */
    struct inflate *gz; /* NULL unless the body is packed */
    uint64_t received;  /* bytes of the body as sent */
    uint64_t pass_over; /* how many of a refused one are read before the cut */
    size_t charged;     /* of server->body_bytes */

    atomic_uint parking; /* http_park.c */
    bool held;           /* counted in server->held */
    bool active;         /* counted in server->active */
    struct job job;

    struct buf fill; /* what a worker made, as it is sent */
    size_t fill_sent;
    ssize_t fill_result;     /* of the last read */
    struct deflate *deflate; /* NULL unless the body is packed while it is made */
    char *plain;             /* then: HTTP_FILL_BYTES of the source */
    struct http_private *next, **link; /* server->streams; streams_lock */
};

/* http_spare.c. Event thread; the last when there is none any more. */
struct http_private *http_exchange_new(struct http_server *server); /* or NULL */
void http_exchange_free(struct http_private *p);
void http_spares_release(struct http_server *server);

static inline struct http_private *http_of_job(struct job *job)
{
    char *bytes = (char *)job - offsetof(struct http_private, job);
    return (struct http_private *)(void *)bytes;
}

/* http_request.c: libmicrohttpd's callbacks. */
void *http_on_target(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result http_on_request(void *server, struct MHD_Connection *connection,
                                const char *url, const char *method, const char *version,
                                const char *upload, size_t *upload_size, void **context);
void http_on_completed(void *server, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode how);

/* http_answer.c. Event thread. */
enum MHD_Result http_answer(struct http_private *p);

/* http_source.c */
struct MHD_Response *http_source_response(struct http_private *p);
void http_source_close(struct http_private *p); /* fine without a source */
void http_source_drop(struct http_exchange *x); /* the source alone; fine without one */
#define HTTP_FILL_BYTES (64 << 10)              /* made by a worker at a time */
#define HTTP_FILL_LIMIT (4 * HTTP_FILL_BYTES)   /* in p->fill, packed or not */
/* On a worker: appends to p->fill. Returns what source.read() did. */
ssize_t http_source_make(struct http_private *p);
/* On a worker: from now on the body is packed, what is in p->fill too. */
bool http_source_pack(struct http_private *p);

void http_sources_end(struct http_server *server);

/* http_polish.c. On the worker, after the handler; only when nobody else holds p. */
void http_polish(struct http_private *p);

/* http_park.c. A holder is whoever may still write the answer. */
void http_hold(struct http_private *p);
/* True when it was the last. A suspended exchange is then resumed, and p must not be
   touched any more by anyone but the event thread. */
bool http_let_go(struct http_private *p);
bool http_is_held(const struct http_private *p); /* by anyone */
bool http_is_held_once(const struct http_private *p);
/* The event thread only. Suspends until the last holder lets go or http_wake(); comes
   back at once when that happened since http_rearm(). */
void http_park(struct http_private *p);
void http_rearm(struct http_private *p);
/* From now on this exchange may be suspended: http_stop() waits for it. */
void http_reserve(struct http_private *p);
void http_unreserve(struct http_private *p);

#endif
