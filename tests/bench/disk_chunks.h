/* The ceiling of the layout that limits.md found best, in bare SQLite: each batch of
   points is committed as one journal BLOB row and later folded into per-series chunks of
   1,024 points, BLOBs with a header of first and last step, count, minimum and maximum.
   No upserts, no merging, no runs, no names: points come by rising step. */
#ifndef BENCH_DISK_CHUNKS_H
#define BENCH_DISK_CHUNKS_H

#include "base/err.h"

#include <stddef.h>

/* The points of bench/records.h: of `series` series in turn, `series` / `metrics` runs
   with as many metrics each. */
struct chunk_load {
    size_t points, series, metrics;
    size_t transaction_points;
};

struct chunk_rates {
    double stored;          /* points per second, journal and folding together */
    double bytes_per_point; /* at the end, without free pages */
    double headers_ms;      /* to read the headers of the first series */
};

/* Into a new WAL database with synchronous=FULL, which is removed. */
MUST_CHECK enum status disk_chunks(const char *folder, const struct chunk_load *load,
                                   struct chunk_rates *out, struct err *err);

#endif
