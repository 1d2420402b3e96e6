/* Reading metrics. */
#include "store/sqlite/ingest.h"

void sqlite_read_figures(sqlite3_stmt *row, struct metric *metric)
{
    metric->count = sqlite3_column_int64(row, 0);
    metric->nonfinite_count = sqlite3_column_int64(row, 1);
    metric->min = sql_get_double(row, 2);
    metric->min_step = sqlite3_column_int64(row, 4);
    metric->max = sql_get_double(row, 5);
    metric->max_step = sqlite3_column_int64(row, 7);
    metric->last = sql_get_double(row, 8);
    metric->first_step = sqlite3_column_int64(row, 10);
    metric->last_step = sqlite3_column_int64(row, 11);
}

static enum status read_metrics(struct sqlite_store *self, int64_t run_key,
                                struct arena *arena, struct metric **out, size_t *count,
                                struct err *err)
{
    bool row, full = false;
    sqlite3_stmt *query =
        sql_kept(self, SQL_METRICS,
                 "SELECT " FIGURES
                 ", metric_key, name, folded_seq, count(*) OVER () FROM "
                 "metric WHERE run_key = ?1 ORDER BY metric_key");
    enum status status;
    sql_int(query, 1, run_key);
    while (!(status = sql_next(self, query, &row, err)) && row) {
        if (!*out) {
            size_t total = (size_t)sqlite3_column_int64(query, FIGURES_COLUMNS + 3);
            *out = arena_array(arena, total, sizeof **out);
        }
        full = full || !*out;
        if (full)
            break;
        struct metric *metric = &(*out)[(*count)++];
        sqlite_read_figures(query, metric);
        metric->key = sqlite3_column_int64(query, FIGURES_COLUMNS);
        metric->name = sql_get_text(query, FIGURES_COLUMNS + 1, arena, &full);
        journal_figures(self, sqlite3_column_int64(query, FIGURES_COLUMNS + 2), metric);
    }
    sqlite3_reset(query);
    return full ? sql_answer_too_large(err) : status;
}

enum status sqlite_metrics(struct store *store, int64_t run_key, struct arena *arena,
                           struct metric **out, size_t *count, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    *out = NULL;
    *count = 0;
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = read_metrics(self, run_key, arena, out, count, err);
    sql_read_end(self);
    return status;
}
