/* Many viewers of one event stream, and the posts that they are told of, on one thread.
 */
#ifndef BENCH_VIEWERS_H
#define BENCH_VIEWERS_H

#include "figure.h"
#include "records.h"

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define VIEWERS_MAX 1000

/* What is watched, and on which server. */
struct watching {
    uint16_t port;
    const char *stream;   /* the path of the event stream */
    const char *post;     /* the path that is posted to */
    const char *step_key; /* the number of an event that says which post it tells */
    const struct bodies *bodies; /* of one record each; body i is of epoch i */
    size_t viewers;
    int64_t interval_us; /* between two posts */
};

/* What all viewers saw. */
struct watched {
    struct samples latency; /* post to event, of each viewer; the caller releases it */
    size_t seen;            /* events, of all viewers together */
    double seconds;
};

/* Posts all bodies, one every interval_us, and waits until the last are seen or some
   seconds are over. ST_FAILED when a connection breaks or a post is refused. */
MUST_CHECK enum status viewers_watch(const struct watching *watching, struct watched *out,
                                     struct err *err);

/* Opens a stream that takes in little and is never read. -1 on failure. */
int viewer_clogged(uint16_t port, const char *stream);

#endif
