/* Private to the SQLite engine: questions in SQL (store_sql.h), and compaction. */
#ifndef STORE_SQLITE_ASK_H
#define STORE_SQLITE_ASK_H

#include "store/sqlite/engine.h"

/* --- table.c, views.c, ask.c --- */

/* The virtual table points_of(metric_key). */
MUST_CHECK enum status points_table(struct sqlite_store *self, struct err *err);
/* Makes the tables of a statement on a reader's connection; they may be there already. */
MUST_CHECK enum status sql_tables_make(struct sqlite_store *self, struct err *err);
/* Whether it is a view that reads the tables of the file for one of sql_tables. */
bool sql_is_inner_view(const struct sqlite_store *self, const char *name);
/* Ends what is only right for one snapshot. */
void sql_tables_drop(struct sqlite_store *self);
enum status sqlite_sql(struct store *store, const char *text,
                       const struct sql_reader *reader, struct err *err);

/* --- compact.c --- */
enum status sqlite_compact(struct store *store, const struct compaction *wanted,
                           struct compacted *out, struct err *err);
enum status sqlite_purge_trash(struct store *store, int64_t before_ms, size_t limit,
                               size_t *count, struct err *err);

#endif
