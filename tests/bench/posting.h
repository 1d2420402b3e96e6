/* Clients that post bodies of records, and the proof that epochd has stored what it
   acknowledged. */
#ifndef BENCH_POSTING_H
#define BENCH_POSTING_H

#include "client.h"
#include "records.h"

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSTING_CLIENTS_MAX 64

struct posting {
    const struct bodies *bodies; /* borrowed */
    const char *name;
    const char *path; /* instead of a run's path: for the bare server; or NULL */
    size_t clients;
    /* 0: client i posts bodies 0, 1, 2, ... to run "NAME-i". Else the clients take turns
       in posting body 0 to each of so many runs "NAME-0", "NAME-1", ..., then body 1. */
    size_t runs;
    size_t run_stride;   /* instead: "NAME-0", "NAME-STRIDE", ...; 0 is 1 */
    int64_t held;        /* records in each run before */
    bool fresh;          /* a new connection for each post */
    int64_t duration_us; /* 0: until all bodies are posted */
    size_t sent[POSTING_CLIENTS_MAX], acknowledged[POSTING_CLIENTS_MAX]; /* bodies */
    size_t turn; /* posts that were begun, all clients together */
};

/* Posts; every answer must be 200 and accept the whole body. The caller releases
   out->latency. */
MUST_CHECK enum status posting_run(struct posting *posting, uint16_t port,
                                   struct load_result *out, struct err *err);

/* Reads runs back, all or some hundred of them: every metric must hold exactly the
   records acknowledged. With runs, duration_us must have been 0. */
MUST_CHECK enum status posting_verify(const struct posting *posting, uint16_t port,
                                      struct err *err);

/* The same of one run, and that a series of it is answered with as many points. */
MUST_CHECK enum status posting_read_back(const struct posting *posting, size_t run,
                                         uint16_t port, struct err *err);

/* Posts and verifies, for filling a database: nothing is measured. */
MUST_CHECK enum status posting_fill(const struct records *records, const char *name,
                                    size_t clients, uint16_t port, struct err *err);

size_t posting_points(const struct posting *posting); /* of all bodies to all runs */

#endif
