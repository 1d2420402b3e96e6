/* Questions that a person asks in SQL. They are asked of a few tables made for that
   (sql_tables), whatever the engine's own look like: points are rows there, and what only
   the journal holds so far is in them. */
#ifndef STORE_STORE_SQL_H
#define STORE_STORE_SQL_H

#include "store/store.h"

/* A number that is not finite is NULL there, so that min(), avg() and their like are over
   finite values, as a metric's figures are; the column `nonfinite` has its name. Times
   are text, RFC 3339. Steps that are not there yet are NULL. */
struct sql_table {
    const char *name;
    const char *columns; /* "run, metric, step": as in a statement */
    const char *about;   /* one line */
};
extern const struct sql_table sql_tables[]; /* ended by a NULL name */

enum sql_type { SQL_NULL, SQL_INTEGER, SQL_REAL, SQL_TEXT, SQL_BYTES };
struct sql_value {
    enum sql_type type;
    int64_t integer;
    double real;      /* any but NaN */
    const char *text; /* of a text and of bytes; of a text NUL-terminated UTF-8 */
    size_t length;    /* in bytes */
};

/* Is shown the answer. What it is handed is gone after the call; false ends the answer
   there, which is no failure. */
struct sql_reader {
    void *data;
    bool (*columns)(void *data, const char *const *names, size_t count); /* first, once */
    bool (*row)(void *data, const struct sql_value *values, size_t count);
};

/* Answers one statement from one snapshot, row by row in constant memory, on a reader.
   Nothing can be changed with it. ST_INVALID bad_sql: what is wrong with the statement.
 */
MUST_CHECK enum status store_sql(struct store *store, const char *statement,
                                 const struct sql_reader *reader, struct err *err);

#endif
