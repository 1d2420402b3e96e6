/* The engine's table, transactions, checkpoints and figures about the file. */
#include "store/sqlite/ask.h"
#include "store/sqlite/ingest.h"

#include "base/log.h"
#include "store/migrate.h"

#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>

/* Pages of 4 KiB. A checkpoint moves what no reader needs; once all is moved and no
   reader looks at it, the log starts again from its beginning. A log that readers kept
   growing is cut when it passes 64 MiB, waiting for them only briefly. Callers that never
   call store_tidy are served at commit, later. */
#define WAL_PAGES_MOVE   1000
#define WAL_PAGES_COMMIT 4000
#define WAL_PAGES_CUT    16384
#define CUT_WAIT_MS      50

static bool handles(const char *location)
{
    (void)location;
    return true;
}

/* What is in memory of a transaction that is no more; the next begins with what the
   database says. */
static void forget(struct sqlite_store *self)
{
    cache_clear(&self->ingest->cache);
    buf_clear(&self->ingest->body);
    self->ingest->body.failed = false;
    fold_forget(self->ingest);
    self->tail_known = false;
}

static sqlite3_stmt *sql_rollback(struct sqlite_store *self)
{
    return sql_kept(self, SQL_ROLLBACK, "ROLLBACK");
}

/* After some failures SQLite has rolled back on its own. */
static void rollback(struct store *store)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    forget(self);
    if (sqlite3_get_autocommit(self->db))
        return;
    struct err err = {0};
    if (sql_run(self, sql_rollback(self), &err))
        log_line(LOG_LEVEL_ERROR, "rollback: %s", err.text);
}

static enum status begin(struct store *store, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    if (self->unsynced)
        return err_set(err, ST_FAILED, "io_error",
                       "the disk failed to sync an earlier write: start epochd again, "
                       "which recovers what is on the disk");
    if (!sql_rollback(self)) /* prepared now: it must not fail for want of memory */
        return sql_error(self, err);
    enum status status = sql_run(self, sql_kept(self, SQL_BEGIN, "BEGIN IMMEDIATE"), err);
    if (status)
        return status;
    status = journal_refresh(self, err);
    if (status)
        rollback(store);
    return status;
}

static void move_log(struct sqlite_store *self, int mode)
{
    struct err err = {0};
    int code = sqlite3_wal_checkpoint_v2(self->db, NULL, mode, NULL, NULL);
    self->wal_moved = self->wal_pages;
    if (code && (code & 0xff) != SQLITE_BUSY && sql_error(self, &err))
        log_line(LOG_LEVEL_ERROR, "checkpoint: %s", err.text);
}

static int new_log_pages(const struct sqlite_store *self)
{
    return self->wal_pages - self->wal_moved;
}

static void checkpoint(struct sqlite_store *self)
{
    if (self->unsynced || new_log_pages(self) < WAL_PAGES_MOVE)
        return;
    if (self->wal_pages < WAL_PAGES_CUT) {
        move_log(self, SQLITE_CHECKPOINT_PASSIVE);
        return;
    }
    sqlite3_busy_timeout(self->db, CUT_WAIT_MS);
    move_log(self, SQLITE_CHECKPOINT_TRUNCATE);
    sqlite3_busy_timeout(self->db, BUSY_WAIT_MS);
}

static enum status commit(struct store *store, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    assert(!sqlite3_get_autocommit(self->db));
    enum status status = journal_flush(self, err);
    if (!status)
        status = fold_some(self, err);
    if (!status)
        status = sql_run(self, sql_kept(self, SQL_COMMIT, "COMMIT"), err);
    if (status)
        rollback(store);
    else if (new_log_pages(self) >= WAL_PAGES_COMMIT)
        checkpoint(self);
    return status;
}

static enum status tidy(struct store *store, bool *more, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    enum status status = ST_OK;
    if (self->tail_known && fold_is_due(self)) {
        status = begin(store, err);
        if (!status)
            status = commit(store, err); /* which folds some */
    }
    *more = !status && self->tail_known && fold_is_due(self);
    if (!status)
        checkpoint(self);
    return status;
}

static int64_t file_bytes(const char *path, const char *suffix)
{
    char name[4096];
    struct stat info;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &info) ? 0 : (int64_t)info.st_size;
}

static enum status read_info(struct sqlite_store *self, struct store_info *out,
                             struct err *err)
{
    bool row;
    snprintf(self->engine, sizeof self->engine, "SQLite %s", sqlite3_libversion());
    sqlite3_stmt *statement =
        sql_once(self,
                 "SELECT (SELECT count(*) FROM run), count(*), coalesce(sum(count + "
                 "unfolded(metric_key, folded_seq)), 0) FROM metric");
    enum status status = sql_next(self, statement, &row, err);
    if (row) {
        *out = (struct store_info){
            .runs = sqlite3_column_int64(statement, 0),
            .metrics = sqlite3_column_int64(statement, 1),
            .points = sqlite3_column_int64(statement, 2),
            .file_bytes = file_bytes(self->path, ""),
            .wal_bytes = file_bytes(self->path, "-wal"),
            .schema_version = migrate_latest(schema_sqlite),
            .engine = self->engine,
        };
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status info(struct store *store, struct store_info *out, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = read_info(self, out, err);
    sql_read_end(self);
    return status;
}

static enum status read_begin(struct store *store, struct err *err)
{
    return sql_read_begin((struct sqlite_store *)store, err);
}

static void read_end(struct store *store)
{
    sql_read_end((struct sqlite_store *)store);
}

const struct store_ops store_sqlite_ops = {
    .handles = handles,
    .open = sqlite_open,
    .close = sqlite_close,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .tidy = tidy,
    .put = sqlite_put,
    .run_create = sqlite_run_create,
    .run_update = sqlite_run_update,
    .run_trash = sqlite_run_trash,
    .run_restore = sqlite_run_restore,
    .run_purge = sqlite_run_purge,
    .run_judge = sqlite_run_judge,
    .findings_set = sqlite_findings_set,
    .mute = sqlite_mute,
    .unmute = sqlite_unmute,
    .read_begin = read_begin,
    .read_end = read_end,
    .run_get = sqlite_run_get,
    .runs = sqlite_runs,
    .metrics = sqlite_metrics,
    .points_read = sqlite_points_read,
    .points_walk = sqlite_points_walk,
    .mutes = sqlite_mutes,
    .findings = sqlite_findings,
    .sql = sqlite_sql,
    .compact = sqlite_compact,
    .purge_trash = sqlite_purge_trash,
    .info = info,
};
