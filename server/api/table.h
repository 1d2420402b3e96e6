/* The table of a run's epochs as text, page by page: however long it is, one page is in
   memory, and no read transaction is open between pages. */
#ifndef API_TABLE_H
#define API_TABLE_H

#include "base/buf.h"
#include "base/json_out.h"
#include "store/store_points.h"

enum table_format { TABLE_JSON, TABLE_CSV, TABLE_NDJSON };

struct table {
    enum table_format format;
    const char *run, *x;    /* id; "epoch" or "step" */
    int64_t run_key;        /* a run of the same name made since is another */
    struct metric *columns; /* in the order of the table */
    size_t column_count;
    int64_t next, to;      /* steps still to write */
    size_t page_bytes_max; /* memory for the points of a page */
    int64_t window;        /* steps read at once, 0 at first: follows what is in them */
    bool first_row;        /* nothing was written yet */
};

extern const char *const table_format_names[4]; /* "json", ...; ended by NULL */

/* The whole table of a run, its columns in order: train_loss, val_loss, lr, then the
   others as they appeared. In the arena. ST_NOT_FOUND run_not_found; ST_TOO_LARGE. */
MUST_CHECK enum status table_open(struct table *table, struct store *store,
                                  const char *run, struct arena *arena, struct err *err);
/* After the last page: ST_NOT_FOUND run_not_found when the run was purged meanwhile. Then
   it had no points left, which is no end of its table. */
MUST_CHECK enum status table_check(const struct table *table, struct store *store,
                                   struct err *err);

void table_begin(const struct table *table, struct buf *out);
/* Appends the rows of the next page. *more: there may be further ones. A page that does
   not fit into its memory is read again with fewer steps; ST_TOO_LARGE when one step does
   not fit. */
MUST_CHECK enum status table_page(struct table *table, struct store *store,
                                  struct buf *out, bool *more, struct err *err);
void table_end(const struct table *table, struct buf *out);

#endif
