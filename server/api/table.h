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
    struct metric *columns; /* in the order of the table */
    size_t column_count;
    int64_t next, to;      /* steps still to write */
    size_t page_bytes_max; /* memory for the points of a page */
    int64_t window;        /* steps read at once, 0 at first: follows what is in them */
    bool first_row;        /* nothing was written yet */
};

void table_begin(const struct table *table, struct buf *out);
/* Appends the rows of the next page. *more: there may be further ones. A page that does
   not fit into its memory is read again with fewer steps; ST_TOO_LARGE when one step does
   not fit. */
MUST_CHECK enum status table_page(struct table *table, struct store *store,
                                  struct buf *out, bool *more, struct err *err);
void table_end(const struct table *table, struct buf *out);

#endif
