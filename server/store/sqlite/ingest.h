/* Private to the SQLite engine: how points come into the journal and from there into
   chunks, and how they are read. Every function runs inside a transaction unless it says
   otherwise; what fails with ST_FAILED or ST_FULL has spoiled it. */
#ifndef STORE_SQLITE_INGEST_H
#define STORE_SQLITE_INGEST_H

#include "base/buf.h"
#include "store/cache.h"
#include "store/chunk.h"
#include "store/sqlite/engine.h"

struct chunk_room {
    int64_t step[CHUNK_POINTS_MAX], time_ms[CHUNK_POINTS_MAX];
    double value[CHUNK_POINTS_MAX];
};

/* What only the writer has. */
struct ingest {
    struct cache cache;
    struct buf body; /* of the journal row that is being written */
    int64_t seq;     /* its number */
    /* What is being folded: metrics, then runs, by key; then the journal is deleted up to
       folding_seq. `folding` is NULL when nothing is. */
    int64_t *folding, folding_seq;
    size_t folding_metrics, folding_runs, folded;
    /* Room for a chunk that is made, for the points of one that is rewritten and of the
       one that takes its place. */
    struct chunk chunk;
    struct chunk_room old, new;
};

/* --- journal_rows.c --- */

/* Brings the tail up to date with the journal, inside a transaction. */
MUST_CHECK enum status journal_refresh(struct sqlite_store *self, struct err *err);
/* Stores the row that is being written, if it says anything, and begins the next. */
MUST_CHECK enum status journal_flush(struct sqlite_store *self, struct err *err);
/* What the journal knows of a metric beyond its row. Returns how many points that adds.
 */
int64_t journal_figures(const struct sqlite_store *self, int64_t folded_seq,
                        struct metric *metric);
/* metric.folded_seq; INT64_MAX for a metric that is no more. */
MUST_CHECK enum status journal_folded(struct sqlite_store *self, int64_t metric_key,
                                      int64_t *folded_seq, struct err *err);
/* Functions for SQL: heard_ms(run_key, updated_ms) is the later of what the journal and
   the row say, unfolded(metric_key, folded_seq) how many points only the journal has. */
MUST_CHECK enum status journal_functions(struct sqlite_store *self, struct err *err);

/* --- chunk_rows.c --- */

/* Writes points, by strictly rising step, into the chunks of a metric; a point replaces
   one of the same step. Then *beyond tells whether all of them lay after those that were
   there. */
MUST_CHECK enum status chunks_put(struct sqlite_store *self, int64_t metric_key,
                                  const struct points *points, bool *beyond,
                                  struct err *err);
/* The figures of a metric all of whose points are in chunks. */
MUST_CHECK enum status chunks_figures(struct sqlite_store *self, struct metric *metric,
                                      struct err *err);
/* Rewrites the chunks of a metric as few full ones; ends all of them. */
MUST_CHECK enum status chunks_pack(struct sqlite_store *self, int64_t metric_key,
                                   struct err *err);
MUST_CHECK enum status chunks_delete(struct sqlite_store *self, int64_t metric_key,
                                     struct err *err);
/* The bytes of a chunk. The row stays open while they are used: it is then reset. */
struct chunk_bytes {
    sqlite3_stmt *row;
    const uint8_t *at;
    size_t length;
};
MUST_CHECK enum status chunk_blocks(struct sqlite_store *self, int64_t body_key,
                                    struct chunk_bytes *out, struct err *err);
MUST_CHECK enum status chunk_body(struct sqlite_store *self, int64_t body_key,
                                  struct chunk_bytes *out, struct err *err);
enum status chunk_damaged(int64_t metric_key, struct err *err);

/* --- fold.c --- */

/* Puts what the journal holds of a metric into chunks, then `points` (or NULL). The
   figures are those with what the journal holds; they take in the points and are saved.
 */
MUST_CHECK enum status fold_metric(struct sqlite_store *self, struct metric *metric,
                                   const struct points *points, struct err *err);
/* Folds a part of the journal, when there is enough in it. */
MUST_CHECK enum status fold_some(struct sqlite_store *self, struct err *err);
bool fold_is_due(const struct sqlite_store *self);
/* All that is left, in transactions of its own. */
MUST_CHECK enum status fold_all(struct sqlite_store *self, struct err *err);
void fold_forget(struct ingest *ingest); /* after a rollback */

/* --- upgrade.c --- */

/* Puts the rows of version 1 into chunks, so that their table can go. */
MUST_CHECK enum status upgrade_points(struct sqlite_store *self, struct err *err);

/* --- put.c --- */
enum status sqlite_put(struct store *store, const struct store_points *points,
                       bool *created, struct err *err);

/* --- walk.c --- */
enum status sqlite_points_read(struct store *store, int64_t metric_key,
                               const struct point_range *range, struct arena *arena,
                               struct points *out, struct err *err);
enum status sqlite_points_walk(struct store *store, int64_t metric_key,
                               const struct point_range *range,
                               const struct points_visitor *visitor, struct err *err);

#endif
