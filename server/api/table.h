/* The table of a run's epochs as text, page by page: however long it is, one page is in
   memory, and no read transaction is open between pages. */
#ifndef API_TABLE_H
#define API_TABLE_H

#include "base/buf.h"
#include "base/json_out.h"
#include "store/store.h"

enum table_format { TABLE_JSON, TABLE_CSV, TABLE_NDJSON };

struct table {
    enum table_format format;
    const char *run, *x;    /* id; "epoch" or "step" */
    struct metric *columns; /* in the order of the table */
    size_t column_count;
    int64_t next, to; /* steps still to write */
    int64_t window;   /* steps read at once: grows and shrinks with what is in them */
    bool first_row;   /* nothing was written yet */
};

void table_begin(const struct table *table, struct buf *out);
/* Appends the rows of the next page. *more: there may be further ones. */
MUST_CHECK enum status table_page(struct table *table, struct store *store,
                                  struct buf *out, bool *more, struct err *err);
void table_end(const struct table *table, struct buf *out);

#endif
