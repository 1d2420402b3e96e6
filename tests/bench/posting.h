/* Clients that post bodies of records, each to a run of its own, and the proof that
   epochd has stored what it acknowledged. */
#ifndef BENCH_POSTING_H
#define BENCH_POSTING_H

#include "client.h"
#include "records.h"

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSTING_CLIENTS_MAX 64

/* Client i posts bodies 0, 1, 2, ... to run "NAME-i". */
struct posting {
    const struct bodies *bodies; /* borrowed */
    const char *name;
    const char *path; /* instead of a run's path: for the bare server; or NULL */
    size_t clients;
    int64_t duration_us; /* 0: until all bodies are posted */
    size_t sent[POSTING_CLIENTS_MAX], acknowledged[POSTING_CLIENTS_MAX]; /* bodies */
};

/* Posts; every answer must be 200 and accept the whole body. The caller releases
   out->latency. */
MUST_CHECK enum status posting_run(struct posting *posting, uint16_t port,
                                   struct load_result *out, struct err *err);

/* Reads each run back: every metric must hold exactly the records acknowledged. */
MUST_CHECK enum status posting_verify(const struct posting *posting, uint16_t port,
                                      struct err *err);

/* Both, for filling a database: nothing is measured. */
MUST_CHECK enum status posting_fill(const struct records *records, const char *name,
                                    size_t clients, uint16_t port, struct err *err);

#endif
