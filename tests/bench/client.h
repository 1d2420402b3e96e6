/* An HTTP/1.1 client for measuring: one thread, epoll, keep-alive connections to
   127.0.0.1, each with one request under way. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "answer.h"
#include "figure.h"

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_CONNECTIONS_MAX 256
#define CLIENT_PATIENCE_MS     30000 /* without any progress: the server hangs */

struct request {
    struct buf *head; /* empty; the caller writes request line, headers, small bodies */
    const char *body; /* the rest of the body, borrowed until the answer; or NULL */
    size_t body_length;
};

struct load {
    uint16_t port;
    size_t connections;
    bool fresh;          /* each request on a new connection, which the server closes */
    int64_t duration_us; /* no new request after that; 0: until next() has no more */
    /* The next request of a connection; false when it has no more. */
    bool (*next)(void *data, size_t connection, struct request *out);
    /* Looks at every answer; false when the server did not do what was asked. */
    bool (*check)(void *data, size_t connection, const struct answer *answer);
    void *data;
};

struct load_result {
    size_t answers;
    double seconds;         /* from the first request to the last answer */
    struct samples latency; /* microseconds, request to whole answer; caller releases */
};

/* ST_FAILED when a connection broke, an answer was refused by check(), or nothing came
   for CLIENT_PATIENCE_MS. */
MUST_CHECK enum status load_run(const struct load *load, struct load_result *out,
                                struct err *err);

/* Request line and headers of a GET, and of a POST whose body of `length` bytes follows.
 */
void request_get(struct buf *out, const char *path);
void request_post(struct buf *out, const char *path, const char *content_type,
                  size_t length);

/* A blocking socket to 127.0.0.1, or -1 (errno says why). */
int client_connect(uint16_t port);

/* The same GET again and again on one connection. */
struct gets {
    uint16_t port;
    const char *path;
    size_t times;        /* at most so often, */
    int64_t duration_us; /* at most so long (0: no matter), but once at least */
};
/* The last body is copied to *body unless that is NULL. ST_FAILED also for any status but
   200. The caller releases out->latency. */
MUST_CHECK enum status client_get(const struct gets *gets, struct load_result *out,
                                  struct buf *body, struct err *err);

#endif
