#include "api/retention.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store_compact.h"
#include "stream/writer.h"

#include <stdatomic.h>
#include <stdlib.h>

#define DAY_MS       (24 * 3600 * 1000LL)
#define LOOK_US      (3600 * 1000000LL)
#define RUNS_AT_ONCE 8

struct retention {
    struct ticket ticket; /* the first member: a ticket is its retention */
    struct writer *writer;
    int64_t keep_ms;
    _Atomic int64_t next_us; /* when to look again */
    atomic_bool waiting;     /* the writer has the ticket */
    size_t ended;            /* the writer's thread alone */
};

static enum status apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct retention *r = (struct retention *)ticket;
    return store_purge_trash(store, clock_unix_ms() - r->keep_ms, RUNS_AT_ONCE, &r->ended,
                             err);
}

/* As many as were allowed: there may be more. */
static void done(struct ticket *ticket)
{
    struct retention *r = (struct retention *)ticket;
    bool all = ticket->status != ST_OK || r->ended < RUNS_AT_ONCE;
    if (ticket->status != ST_OK)
        log_line(LOG_LEVEL_ERROR, "ending old runs in the trash: %s", ticket->err.text);
    else if (r->ended)
        log_line(LOG_LEVEL_INFO, "%zu runs were in the trash for long: ended", r->ended);
    if (all)
        r->next_us = clock_monotonic_us() + LOOK_US;
    r->waiting = false;
}

void retention_look(struct retention *r)
{
    struct err err = {0};
    if (!r || r->waiting || clock_monotonic_us() < r->next_us)
        return;
    r->waiting = true;
    r->ended = 0;
    r->ticket = (struct ticket){.apply = apply, .done = done, .bytes = sizeof *r};
    if (writer_submit(r->writer, &r->ticket, &err))
        r->waiting = false; /* the next look tries again */
}

enum status retention_new(int64_t trash_days, struct writer *writer,
                          struct retention **out, struct err *err)
{
    *out = NULL;
    if (!trash_days)
        return ST_OK;
    *out = calloc(1, sizeof **out);
    if (!*out)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    (*out)->writer = writer;
    (*out)->keep_ms = trash_days * DAY_MS;
    return ST_OK;
}

void retention_free(struct retention *retention)
{
    free(retention);
}
