/* The answer to a question in SQL, written to stdout as it comes. */
#ifndef CLI_SQL_OUT_H
#define CLI_SQL_OUT_H

#include "base/buf.h"
#include "store/store_sql.h"

#define SQL_WIDTHS_ROWS 100 /* of a table: as wide as these need, and no wider later */

struct sql_out;

struct sql_format {
    const char *name; /* "table" */
    void (*begin)(struct sql_out *out);
    void (*row)(struct sql_out *out, const struct sql_value *values);
    void (*end)(struct sql_out *out);
};
extern const struct sql_format sql_formats[]; /* ended by a NULL name; table is first */

struct sql_out {
    const struct sql_format *format;
    char **names; /* of the columns, distinct; owned */
    size_t count, rows;
    struct buf text; /* on its way to stdout */
    /* Of a table. Its first rows wait here for its widths: cells, each ended by NUL. */
    struct buf waiting;
    size_t *widths;
    bool *is_number;
    size_t waiting_rows;
};

/* For store_sql(); false when stdout takes no more, or memory is out (text.failed). */
bool sql_out_columns(void *data, const char *const *names, size_t count);
bool sql_out_row(void *data, const struct sql_value *values, size_t count);
/* After the last row. */
void sql_out_end(struct sql_out *out);

/* text and waiting start as buf_init leaves them. */
void sql_out_release(struct sql_out *out);

#endif
