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
    size_t points;       /* that the database shall grow to; then: that it has grown to */
    int64_t fill_us_max; /* at most so long; 0: no matter how long */
    double grown_points; /* per second, while it grew; 0 before */
    struct process bare; /* the bare server runs all the time */
    struct report report;
};

/* Each measures one group of figures with servers of its own, stopped when it returns. */
MUST_CHECK enum status bench_post(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_connect(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_parse(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_bulk(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_read(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_live(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_fanout(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_growth(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_start(struct bench *bench, struct err *err);
MUST_CHECK enum status bench_page(struct bench *bench, struct err *err);
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

/* Serves the database that reads are measured on, filling it the first time: 10,000 runs,
   among them short-0 (1,000 points of each of three metrics), middle-0 (10,000 of each)
   and long-0 (1,000,000 points of one metric). */
MUST_CHECK enum status bench_serve_library(const struct bench *bench, struct process *out,
                                           struct err *err);

/* Posts one record to each of so many runs, "other-0" and so on. */
MUST_CHECK enum status bench_fill_others(uint16_t port, size_t runs, struct err *err);

/* Serves the database that has grown, filling it the first time: GROWN_RUNS runs of
   RECORDS_METRICS_MAX metrics each, "grown-0" and so on, bench->points in all, posted ten
   records at a time to one run after the other. */
enum { GROWN_RUNS = 10000, GROWN_SERIES = 100000, GROWN_RECORDS = 10 };
#define GROWN_DB "grown.db"
MUST_CHECK enum status bench_serve_grown(struct bench *bench, struct process *out,
                                         struct err *err);

/* Milliseconds from the start of a server until it has answered /healthz. */
MUST_CHECK enum status bench_start_ms(const struct bench *bench, const char *db,
                                      double *ms, struct err *err);

#endif
