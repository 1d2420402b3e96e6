/* The ceiling of a durable POST: one writer thread that commits what waits as one BLOB
   row in SQLite (WAL, synchronous=FULL). Rows go away by the megabyte, as if they were
   folded into something, but nothing is done with them. */
#ifndef BENCH_BARE_JOURNAL_H
#define BENCH_BARE_JOURNAL_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct journal;

/* NULL on failure. */
struct journal *journal_open(const char *folder);
/* NULL is fine. Nothing may wait any more. */
void journal_close(struct journal *journal);

/* A body on its way; the caller's, as the bytes are, until it is durable. */
struct journal_entry {
    const char *bytes;
    size_t length;
    struct MHD_Connection *connection; /* resumed when it is durable */
    struct journal_entry *next;
};

/* Suspends the connection. */
void journal_add(struct journal *journal, struct journal_entry *entry);

#endif
