/* Making a database smaller, on request. */
#ifndef STORE_STORE_COMPACT_H
#define STORE_STORE_COMPACT_H

#include "store/sieve.h"
#include "store/store.h"

struct compaction {
    int64_t
        purge_before_ms; /* ends the runs that are in the trash since before; 0: none */
    /* Of runs to which nothing came since before (0: none) each metric keeps at most so
       many points (sieve.h). Its figures stay, but for the counts. */
    int64_t thin_before_ms;
    size_t thin_points;
    bool dry_run; /* only tells what it would do */
};
struct compacted {
    int64_t runs_purged, points_purged;
    int64_t metrics_thinned, points_before, points_after; /* of these metrics */
    int64_t metrics_packed;            /* had their points in many small pieces */
    int64_t bytes_before, bytes_after; /* of the database's files */
    bool is_held;                      /* a reader keeps what is free until it ends */
};
/* Does that, then packs the points of every metric as tightly as they go, and gives what
   is free back to the disk, for which it needs about as much room as the database takes.
   On a writer outside a transaction; a dry run on any handle. What was done before a
   failure stays done: each part is stored as a whole. */
MUST_CHECK enum status store_compact(struct store *store, const struct compaction *wanted,
                                     struct compacted *out, struct err *err);

/* Ends the runs that have been longest in the trash, of those put there before; at most
   `limit`, and says how many. A write of store.h: inside a transaction. */
MUST_CHECK enum status store_purge_trash(struct store *store, int64_t before_ms,
                                         size_t limit, size_t *count, struct err *err);

#endif
