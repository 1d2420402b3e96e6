/* Statements: preparing, binding, stepping, and what a failure means to the caller. */
#include "store/sqlite/ingest.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* By primary result code; the last row takes every other one. */
static const struct {
    int code;
    enum status status;
    const char *word, *advice;
} failures[] = {
    {SQLITE_FULL, ST_FULL, "disk_full",
     "the disk is full: nothing of this was stored; free some space and send it again"},
    {SQLITE_BUSY, ST_BUSY, "busy",
     "another program holds the database: close it, or send this again in a moment"},
    {SQLITE_CORRUPT, ST_FAILED, "db_corrupt",
     "the database is damaged: stop epochd, move the file aside and restore a backup"},
    {SQLITE_NOTADB, ST_FAILED, "not_a_database",
     "this is not an epochd database: name another file"},
    {SQLITE_NOMEM, ST_FAILED, "out_of_memory",
     "out of memory: give epochd more, or ask for less"},
    {SQLITE_READONLY, ST_FAILED, "read_only",
     "the database cannot be written: look at the permissions of the file and its "
     "folder"},
    {SQLITE_PERM, ST_FAILED, "read_only",
     "the database cannot be used: look at the permissions of the file and its folder"},
    {SQLITE_CANTOPEN, ST_FAILED, "io_error",
     "the database cannot be opened: look at the path and the permissions"},
    {SQLITE_IOERR, ST_FAILED, "io_error",
     "the disk reports an error: look at the system log, then start epochd again"},
    {SQLITE_OK, ST_FAILED, "database_error", "the database refused"},
};

/* The system's error behind a failure. SQLite tells it except at COMMIT; there the log's
   file knows. */
static int system_error(struct sqlite_store *self)
{
    sqlite3_file *log = NULL;
    int cause = sqlite3_system_errno(self->db);
    if (cause)
        return cause;
    sqlite3_file_control(self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause);
    return cause;
}

/* SQLite calls only ENOSPC a full disk; a quota and a file size limit are one as well. */
static int primary_code(struct sqlite_store *self)
{
    int code = sqlite3_errcode(self->db) & 0xff;
    int cause = code == SQLITE_IOERR ? system_error(self) : 0;
    return cause == ENOSPC || cause == EDQUOT || cause == EFBIG ? SQLITE_FULL : code;
}

/* Reading needs the file by which readers and a writer know of each other; a writer takes
   it away when it ends. To read without it would be to read what a server that starts
   meanwhile is changing. */
static enum status unshared(const struct sqlite_store *self, struct err *err)
{
    const char *slash = strrchr(self->path, '/');
    return err_set(err, ST_FAILED, "read_only",
                   "to read it %.100s-shm must be made in its folder, which you may not "
                   "write: run this as a user who may, or on a copy, or while the server "
                   "runs",
                   slash ? slash + 1 : self->path);
}

enum status sql_error(struct sqlite_store *self, struct err *err)
{
    int extended = sqlite3_extended_errcode(self->db);
    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC)
        self->unsynced = true;
    int code = primary_code(self);
    size_t i = 0;
    while (failures[i].code != code && failures[i].code != SQLITE_OK)
        i++;
    if (code == SQLITE_READONLY && self->base.mode == STORE_READER)
        return unshared(self, err);
    return err_set(err, failures[i].status, failures[i].word, "%s (%s)",
                   failures[i].advice, sqlite3_errmsg(self->db));
}

static sqlite3_stmt *prepare(struct sqlite_store *self, const char *text, unsigned flags)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(self->db, text, -1, flags, &statement, NULL))
        return NULL;
    return statement;
}

sqlite3_stmt *sql_kept(struct sqlite_store *self, enum sql_slot slot, const char *text)
{
    if (!self->kept[slot])
        self->kept[slot] = prepare(self, text, SQLITE_PREPARE_PERSISTENT);
    return self->kept[slot];
}

sqlite3_stmt *sql_once(struct sqlite_store *self, const char *text)
{
    return prepare(self, text, 0);
}

/* The failure is read before the reset, which loses the system's error number. */
enum status sql_run(struct sqlite_store *self, sqlite3_stmt *statement, struct err *err)
{
    if (!statement)
        return sql_error(self, err);
    int code = sqlite3_step(statement);
    assert(code != SQLITE_ROW);
    enum status status = code == SQLITE_DONE ? ST_OK : sql_error(self, err);
    sqlite3_reset(statement);
    return status;
}

enum status sql_run_once(struct sqlite_store *self, sqlite3_stmt *statement,
                         struct err *err)
{
    enum status status = sql_run(self, statement, err);
    sqlite3_finalize(statement);
    return status;
}

enum status sql_next(struct sqlite_store *self, sqlite3_stmt *statement, bool *row,
                     struct err *err)
{
    *row = false;
    if (!statement)
        return sql_error(self, err);
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row)
        return ST_OK;
    enum status status = code == SQLITE_DONE ? ST_OK : sql_error(self, err);
    sqlite3_reset(statement);
    return status;
}

enum status sql_script(struct sqlite_store *self, const char *text, struct err *err)
{
    return sqlite3_exec(self->db, text, NULL, NULL, NULL) ? sql_error(self, err) : ST_OK;
}

/* Binding fails only when the place or the statement's state is wrong: our mistake. */
void sql_int(sqlite3_stmt *statement, int index, int64_t value)
{
    int code = statement ? sqlite3_bind_int64(statement, index, value) : SQLITE_OK;
    assert(code == SQLITE_OK);
}

void sql_text(sqlite3_stmt *statement, int index, const char *text)
{
    int code = statement ? sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC)
                         : SQLITE_OK;
    assert(code == SQLITE_OK);
}

void sql_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length)
{
    int code = statement
                   ? sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_STATIC)
                   : SQLITE_OK;
    assert(code == SQLITE_OK);
}

enum special { FINITE, NOT_A_NUMBER, PLUS_INFINITY, MINUS_INFINITY, MINUS_ZERO };

static enum special special_of(double value)
{
    switch (fpclassify(value)) {
    case FP_NAN: return NOT_A_NUMBER;
    case FP_INFINITE: return value > 0 ? PLUS_INFINITY : MINUS_INFINITY;
    case FP_ZERO: return signbit(value) ? MINUS_ZERO : FINITE;
    default: return FINITE;
    }
}

/* SQLite itself turns a NaN into NULL; an infinity is made NULL here. */
void sql_double(sqlite3_stmt *statement, int index, double value)
{
    double stored = isfinite(value) ? value : NAN;
    int code = statement ? sqlite3_bind_double(statement, index, stored) : SQLITE_OK;
    assert(code == SQLITE_OK);
    sql_int(statement, index + 1, special_of(value));
}

double sql_get_double(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_int(statement, column + 1)) {
    case NOT_A_NUMBER: return NAN;
    case PLUS_INFINITY: return INFINITY;
    case MINUS_INFINITY: return -INFINITY;
    case MINUS_ZERO: return -0.0;
    default: return sqlite3_column_double(statement, column);
    }
}

void sql_result_finite(sqlite3_context *context, double value)
{
    if (isfinite(value))
        sqlite3_result_double(context, value);
    else
        sqlite3_result_null(context);
}

const char *sql_get_text(sqlite3_stmt *statement, int column, struct arena *arena,
                         bool *full)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (!text)
        return NULL;
    const char *copy = arena_strdup(arena, text);
    if (!copy)
        *full = true;
    return copy;
}

enum status sql_answer_too_large(struct err *err)
{
    return err_set(
        err, ST_TOO_LARGE, "answer_too_large",
        "the answer is larger than one request may hold: ask for less at once");
}
