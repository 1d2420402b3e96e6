/* The ceilings of storing: what the disk and bare SQLite do. */
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include "figure.h"

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens a new file for appending; -1 on failure. */
int disk_open(const char *folder, const char *name);
/* Appends 4 KiB and syncs the data, as the smallest commit does. */
bool disk_append(int file);
/* Does that for so long; one sample each. */
MUST_CHECK enum status disk_sync_rate(const char *folder, int64_t duration_us,
                                      double *per_second, struct err *err);

/* Points of `series` series by rising step; each transaction holds transaction_rows of
   them, as many of each series, one series after another. */
struct disk_upserts {
    size_t rows, series, transaction_rows;
};
struct disk_rates {
    double upserted, scanned; /* rows per second; scanned: one series by step */
    double bytes_per_point;   /* of the file, at the end */
};
/* Upserts them into a new WAL database with synchronous=FULL, in the row layout of
   schema/sqlite/0001_init.sql, without any of epochd's bookkeeping, and reads the first
   series back. */
MUST_CHECK enum status disk_sqlite(const char *folder, const struct disk_upserts *upserts,
                                   struct disk_rates *out, struct err *err);

#endif
