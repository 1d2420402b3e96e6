/* What the sections of the benchmark share. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "figure.h"
#include "process.h"

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench {
    const char *epochd; /* the program under test */
    const char *self;   /* this program, which is also the bare server */
    const char *folder; /* of databases and logs, on the disk to be measured */
    size_t repetitions;
    bool quick;
    struct process bare; /* the bare server runs all the time */
    struct report report;
};

/* Each measures one group of figures with servers of its own, stopped when it returns. */
MUST_CHECK enum status bench_post(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_parse(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_bulk(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_read(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_live(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_start(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_schedule(struct bench *bench, struct err *err);

/* --- helpers --- */

/* Path of a file in the bench's folder. */
#define BENCH_PATH_MAX 512
void bench_path(const struct bench *bench, const char *name,
                char out[static BENCH_PATH_MAX]);

/* Starts `epochd serve` on a free port with the database `name` in the bench's folder. */
MUST_CHECK enum status bench_serve(const struct bench *bench, const char *name,
                                   struct process *out, struct err *err);
/* Starts the bare server. */
MUST_CHECK enum status bench_serve_bare(const struct bench *bench, struct process *out,
                                        struct err *err);
/* Stops the server; the first failure is the one that is told. */
enum status bench_stop(struct process *process, enum status status, struct err *err);

/* Serves the database that reads are measured on, filling it the first time: 1,000 runs,
   among them short-0 (1,000 points of each of three metrics), middle-0 (10,000 of each)
   and long-0 (1,000,000 points of one metric). */
MUST_CHECK enum status bench_serve_library(const struct bench *bench, struct process *out,
                                           struct err *err);

#endif
