/* What a step of the schema cannot say in SQL: rows of points become chunks. */
#include "base/log.h"
#include "store/figures.h"
#include "store/sqlite/ingest.h"

#include <stdlib.h>

/* Rows that are moved in one transaction. Interrupted anywhere, the next start goes on.
 */
#define ROWS_AT_ONCE 65536

/* The first rows that are left, all of one metric. */
static enum status read_rows(struct sqlite_store *self, int64_t *metric_key,
                             struct points *out, struct err *err)
{
    bool row;
    sqlite3_stmt *query = sql_once(
        self, "SELECT metric_key, step, time_ms, value, special FROM point WHERE "
              "metric_key = (SELECT min(metric_key) FROM point) ORDER BY step LIMIT ?1");
    sql_int(query, 1, ROWS_AT_ONCE);
    enum status status;
    out->count = 0;
    while (!(status = sql_next(self, query, &row, err)) && row) {
        *metric_key = sqlite3_column_int64(query, 0);
        out->step[out->count] = sqlite3_column_int64(query, 1);
        out->time_ms[out->count] = sqlite3_column_int64(query, 2);
        out->value[out->count++] = sql_get_double(query, 3);
    }
    sqlite3_finalize(query);
    return status;
}

static enum status delete_rows(struct sqlite_store *self, int64_t metric_key,
                               int64_t last_step, struct err *err)
{
    sqlite3_stmt *delete =
        sql_once(self, "DELETE FROM point WHERE metric_key = ?1 AND step <= ?2");
    sql_int(delete, 1, metric_key);
    sql_int(delete, 2, last_step);
    return sql_run_once(self, delete, err);
}

/* The figures of the metric stay as they are: they were over the same points. */
static enum status move_rows(struct sqlite_store *self, struct points *room,
                             struct err *err)
{
    int64_t metric_key = 0;
    bool beyond;
    enum status status = read_rows(self, &metric_key, room, err);
    if (status || !room->count)
        return status;
    status = chunks_put(self, metric_key, room, &beyond, err);
    if (!status)
        status = delete_rows(self, metric_key, room->step[room->count - 1], err);
    return status;
}

enum status upgrade_points(struct sqlite_store *self, struct err *err)
{
    enum status status = ST_OK;
    size_t moved = 0;
    int64_t *columns = malloc(3 * ROWS_AT_ONCE * sizeof *columns);
    if (!columns)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    struct points room = {columns, columns + ROWS_AT_ONCE,
                          (double *)(columns + 2 * ROWS_AT_ONCE), 1};
    while (!status && room.count) {
        status = sql_script(self, "BEGIN IMMEDIATE", err);
        if (!status)
            status = move_rows(self, &room, err);
        if (!status)
            status = sql_script(self, "COMMIT", err);
        sqlite3_wal_checkpoint_v2(self->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        moved += room.count;
    }
    if (status && !sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    free(columns);
    if (!status && moved)
        log_line(LOG_LEVEL_INFO, "%zu points were brought into the new layout", moved);
    return status;
}
