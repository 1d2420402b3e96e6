/* Group commit: a queue, one thread, one transaction for everything that waits. What
   queues up during a sync is company enough; nobody waits on purpose. */
#ifndef STREAM_WRITER_H
#define STREAM_WRITER_H

#include "base/err.h"
#include "store/store.h"

/* One write. The caller owns it until done() is called, which is exactly once, on the
   writer's thread, after the commit that holds it is on disk or has failed. */
struct ticket {
    /* Does the write on the writer's store, inside its transaction. */
    enum status (*apply)(struct store *store, struct ticket *ticket, struct err *err);
    void (*done)(struct ticket *ticket); /* status and err say how it went */
    size_t bytes;                        /* it holds on to, for the queue's limit */
    /* the outcome */
    enum status status;
    struct err err;
    struct ticket *next; /* writer's own */
};

struct writer;
/* Opens the database for writing on its own thread. All statuses of store_open. */
MUST_CHECK enum status writer_start(const char *location, struct writer **out,
                                    struct err *err);
/* Any thread. ST_BUSY overloaded (WRITE_QUEUE_BYTES_MAX waits) or stopping; ST_FAILED
   storage_failed after a failed sync. Then done() is not called. */
MUST_CHECK enum status writer_submit(struct writer *writer, struct ticket *ticket,
                                     struct err *err);
/* Commits what waits, checkpoints, closes. NULL is fine. */
void writer_stop(struct writer *writer);

struct writer_stats {
    uint64_t commits, tickets;
    size_t queued_bytes;
    bool failed; /* a sync failed: nothing is acknowledged any more */
};
void writer_stats(struct writer *writer, struct writer_stats *out);

#endif
