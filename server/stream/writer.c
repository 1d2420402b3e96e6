#include "stream/writer.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdlib.h>

struct writer {
    struct store *store; /* the writer thread's alone */
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct ticket *first, **last;
    struct writer_stats stats;
    bool stopping;
};

enum status writer_submit(struct writer *writer, struct ticket *ticket, struct err *err)
{
    enum status status = ST_OK;
    pthread_mutex_lock(&writer->lock);
    if (writer->stats.failed)
        status =
            err_set(err, ST_FAILED, "storage_failed",
                    "writing to the disk failed earlier, so nothing more is accepted: "
                    "look at the disk and the log, then restart epochd");
    else if (writer->stopping)
        status = err_set(err, ST_BUSY, "stopping", "epochd is stopping: send it again");
    else if (writer->stats.queued_bytes + ticket->bytes > WRITE_QUEUE_BYTES_MAX)
        status = err_set(err, ST_BUSY, "overloaded",
                         "too much waits for the disk: wait and send it again");
    if (status == ST_OK) {
        ticket->next = NULL;
        ticket->err = (struct err){.record = -1};
        *writer->last = ticket;
        writer->last = &ticket->next;
        writer->stats.queued_bytes += ticket->bytes;
        pthread_cond_signal(&writer->wake);
    }
    pthread_mutex_unlock(&writer->lock);
    return status;
}

/* Waits for work. NULL when stopping and nothing is left. */
static struct ticket *take_all(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->first && !writer->stopping)
        pthread_cond_wait(&writer->wake, &writer->lock);
    struct ticket *tickets = writer->first;
    writer->first = NULL;
    writer->last = &writer->first;
    pthread_mutex_unlock(&writer->lock);
    return tickets;
}

/* Does every write of the group in one transaction. Not ST_OK: none of them happened;
 *synced false then means that the disk itself failed. */
static enum status commit_group(struct store *store, struct ticket *tickets, bool *synced,
                                struct err *err)
{
    enum status status = store_begin(store, err);
    *synced = status != ST_FAILED;
    if (status != ST_OK)
        return status;
    for (struct ticket *t = tickets; t; t = t->next) {
        t->status = t->apply(store, t, &t->err);
        if (t->status == ST_FAILED || t->status == ST_FULL) {
            store_rollback(store);
            *err = t->err;
            return t->status;
        }
    }
    status = store_commit(store, err);
    *synced = status != ST_FAILED;
    if (status != ST_OK)
        store_rollback(store);
    return status;
}

/* After a failed sync nothing is acknowledged any more: trying again may lie, because the
   kernel drops pages it could not write. */
static void note_outcome(struct writer *writer, enum status status, bool synced,
                         size_t tickets, const struct err *err)
{
    pthread_mutex_lock(&writer->lock);
    writer->stats.failed = writer->stats.failed || !synced;
    writer->stats.commits += status == ST_OK;
    writer->stats.tickets += tickets;
    pthread_mutex_unlock(&writer->lock);
    if (status != ST_OK)
        log_line(LOG_LEVEL_ERROR, "commit of %zu writes: %s", tickets, err->text);
}

static void answer_group(struct writer *writer, struct ticket *tickets,
                         enum status status, const struct err *err)
{
    size_t bytes = 0;
    for (struct ticket *next, *t = tickets; t; t = next) {
        next = t->next; /* done() may free the ticket */
        bytes += t->bytes;
        if (status != ST_OK) {
            t->status = status;
            t->err = *err;
        }
        t->done(t);
    }
    pthread_mutex_lock(&writer->lock);
    writer->stats.queued_bytes -= bytes;
    pthread_mutex_unlock(&writer->lock);
}

static void serve_group(struct writer *writer, struct ticket *tickets)
{
    struct err err = {0};
    size_t count = 0;
    bool synced;
    for (struct ticket *t = tickets; t; t = t->next)
        count++;
    enum status status = commit_group(writer->store, tickets, &synced, &err);
    note_outcome(writer, status, synced, count, &err);
    answer_group(writer, tickets, status, &err);
}

static bool nothing_waits(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool nothing = !writer->first && !writer->stats.failed;
    pthread_mutex_unlock(&writer->lock);
    return nothing;
}

/* While nothing waits, what the store puts off is done a part at a time. */
static void tidy(struct writer *writer)
{
    bool more = true;
    while (more && nothing_waits(writer)) {
        struct err err = {0};
        enum status status = store_tidy(writer->store, &more, &err);
        if (status != ST_OK) {
            note_outcome(writer, status, status != ST_FAILED, 0, &err);
            return;
        }
    }
}

static void *writer_run(void *data)
{
    struct writer *writer = data;
    struct ticket *tickets;
    while ((tickets = take_all(writer))) {
        serve_group(writer, tickets);
        tidy(writer);
    }
    return NULL;
}

enum status writer_start(const char *location, struct writer **out, struct err *err)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the writer");
    enum status status = store_open(location, STORE_WRITER, &writer->store, err);
    if (status != ST_OK)
        goto done;
    writer->last = &writer->first;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    if (thread_start(&writer->thread, "writer", writer_run, writer)) {
        store_close(writer->store);
        status = err_set(err, ST_FAILED, "no_thread", "cannot start the writer thread");
        goto done;
    }
    *out = writer;
done:
    if (status != ST_OK)
        free(writer);
    return status;
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    store_close(writer->store);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

void writer_stats(struct writer *writer, struct writer_stats *out)
{
    pthread_mutex_lock(&writer->lock);
    *out = writer->stats;
    pthread_mutex_unlock(&writer->lock);
}
