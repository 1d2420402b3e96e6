/* Reading metrics and points. */
#include "store/store_sqlite.h"

#include <assert.h>

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

enum status sqlite_metrics(struct store *store, int64_t run_key, struct arena *arena,
                           struct metric **out, size_t *count, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    bool row, full = false;
    sqlite3_stmt *query =
        sql_kept(self, SQL_METRICS,
                 "SELECT " FIGURES ", metric_key, name, count(*) OVER () FROM metric "
                 "WHERE run_key = ?1 ORDER BY metric_key");
    enum status status;
    *out = NULL;
    *count = 0;
    sql_int(query, 1, run_key);
    while (!(status = sql_next(self, query, &row, err)) && row) {
        if (!*out) {
            size_t total = (size_t)sqlite3_column_int64(query, FIGURES_COLUMNS + 2);
            *out = arena_array(arena, total, sizeof **out);
        }
        full = full || !*out;
        if (full)
            break;
        struct metric *metric = &(*out)[(*count)++];
        sqlite_read_figures(query, metric);
        metric->key = sqlite3_column_int64(query, FIGURES_COLUMNS);
        metric->name = sql_get_text(query, FIGURES_COLUMNS + 1, arena, &full);
    }
    sqlite3_reset(query);
    return full ? sql_answer_too_large(err) : status;
}

/* How many points a read will give, at most: those in the range, and one beyond each end.
   Counted only for a part of a metric. */
static enum status points_room(struct sqlite_store *self, int64_t metric_key,
                               const struct point_range *range, size_t *out,
                               struct err *err)
{
    bool row;
    sqlite3_stmt *query = sql_kept(
        self, SQL_POINTS_ROOM,
        "SELECT CASE WHEN ?2 <= first_step AND ?3 >= last_step THEN count ELSE (SELECT "
        "count(*) FROM point WHERE metric_key = ?1 AND step BETWEEN ?2 AND ?3) + 2 END "
        "FROM metric WHERE metric_key = ?1");
    sql_int(query, 1, metric_key);
    sql_int(query, 2, range->from);
    sql_int(query, 3, range->to);
    enum status status = sql_next(self, query, &row, err);
    *out = row ? (size_t)sqlite3_column_int64(query, 0) : 0;
    sqlite3_reset(query);
    return status;
}

static enum status read_rows(struct sqlite_store *self, sqlite3_stmt *query, size_t room,
                             struct points *out, struct err *err)
{
    bool row;
    enum status status;
    while (!(status = sql_next(self, query, &row, err)) && row) {
        assert(out->count < room);
        out->step[out->count] = sqlite3_column_int64(query, 0);
        out->value[out->count] = sql_get_double(query, 1);
        out->time_ms[out->count] = sqlite3_column_int64(query, 3);
        out->count++;
    }
    return status;
}

static enum status read_points(struct sqlite_store *self, int64_t metric_key,
                               const struct point_range *range, struct arena *arena,
                               struct points *out, struct err *err)
{
    size_t room;
    enum status status = points_room(self, metric_key, range, &room, err);
    if (status)
        return status;
    out->step = arena_array(arena, room, sizeof *out->step);
    out->value = arena_array(arena, room, sizeof *out->value);
    out->time_ms = arena_array(arena, room, sizeof *out->time_ms);
    if (!out->step || !out->value || !out->time_ms)
        return sql_answer_too_large(err);
    sqlite3_stmt *query = sql_kept(
        self, SQL_POINTS,
        "SELECT step, value, special, time_ms FROM point WHERE metric_key = ?1 "
        "AND step >= coalesce((SELECT max(step) FROM point WHERE ?4 AND metric_key = ?1 "
        "AND step < ?2), ?2) "
        "AND step <= coalesce((SELECT min(step) FROM point WHERE ?4 AND metric_key = ?1 "
        "AND step > ?3), ?3) ORDER BY step");
    sql_int(query, 1, metric_key);
    sql_int(query, 2, range->from);
    sql_int(query, 3, range->to);
    sql_int(query, 4, range->wider);
    return read_rows(self, query, room, out, err);
}

enum status sqlite_points_read(struct store *store, int64_t metric_key,
                               const struct point_range *range, struct arena *arena,
                               struct points *out, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    *out = (struct points){0};
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = read_points(self, metric_key, range, arena, out, err);
    sql_read_end(self);
    return status;
}
