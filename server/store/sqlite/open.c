/* Opening and closing: which file, who may write it, is it ours, is it sound, which
 * schema. */
#include "base/limits.h"
#include "base/log.h"
#include "store/migrate.h"
#include "store/sqlite/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x65706f63 /* "epoc", in the header of each file of ours */
/* A check reads the whole file, at about 1 GiB a second. A small one is always checked; a
   larger one when epochd was not stopped in order, which leaves the write-ahead log
   behind.
 */
#define CHECK_ALWAYS_BYTES (16 << 20)
#define CHECK_BYTES_MAX    (1 << 30)

/* A failure to open names the file. Returns status. */
static enum status at_location(enum status status, const char *location, struct err *err)
{
    char text[sizeof err->text];
    if (!status || !err)
        return status;
    memcpy(text, err->text, sizeof text);
    snprintf(err->text, sizeof err->text, "%.120s: %.270s", location, text);
    return status;
}

/* The folder is resolved because SQLITE_OPEN_NOFOLLOW refuses links anywhere in a path,
   and /var/lib/epochd is one under systemd's DynamicUser. A link in the last place is
   refused: the -wal file beside it would belong to another name. */
static enum status resolve(const char *location, char **out, struct err *err)
{
    const char *slash = strrchr(location, '/');
    const char *name = slash ? slash + 1 : location;
    char *folder =
        slash ? strndup(location, (size_t)(slash - location) + 1) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    int cause = errno;
    free(folder);
    *out = NULL;
    if (!real)
        return err_set(err, ST_FAILED, "io_error", "its folder cannot be used: %s",
                       strerror(cause));
    if (asprintf(out, "%s/%s", strcmp(real, "/") ? real : "", name) < 0)
        *out = NULL;
    free(real);
    return *out ? ST_OK : err_set(err, ST_FAILED, "out_of_memory", "out of memory");
}

static enum status refuse_folder(const char *path, struct err *err)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode)
               ? err_set(err, ST_INVALID, "not_a_database",
                         "this is a folder: name the database in it")
               : ST_OK;
}

static enum status locked(int lock, struct err *err)
{
    char pid[24] = "";
    ssize_t length = pread(lock, pid, sizeof pid - 1, 0);
    pid[length > 0 ? length : 0] = '\0';
    pid[strcspn(pid, "\n")] = '\0';
    return err_set(err, ST_CONFLICT, "db_locked",
                   "another epochd (pid %s) has this database open: stop it, or name "
                   "another file",
                   *pid ? pid : "unknown");
}

/* The lock belongs to the open descriptor: it goes when the process ends, however it
   does. The file stays, since removing it could take the lock from under a third process.
 */
static enum status take_lock(struct sqlite_store *self, struct err *err)
{
    char *path;
    if (asprintf(&path, "%s.lock", self->path) < 0)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    self->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    int cause = errno;
    free(path);
    if (self->lock < 0)
        return err_set(err, ST_FAILED, "io_error", "its lock file cannot be opened: %s",
                       strerror(cause));
    if (flock(self->lock, LOCK_EX | LOCK_NB))
        return locked(self->lock, err);
    if (ftruncate(self->lock, 0) || dprintf(self->lock, "%ld\n", (long)getpid()) < 0)
        log_line(LOG_LEVEL_WARN, "cannot write the pid into the lock file: %s",
                 strerror(errno));
    return ST_OK;
}

/* What the file may do to us is cut down: no code from its schema runs. */
static const struct {
    int option, on;
} settings[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
};

/* For the connection alone; nothing here touches the file. */
static const char any_pragmas[] = "PRAGMA cell_size_check = ON;"
                                  "PRAGMA mmap_size = 0;"
                                  "PRAGMA temp_store = MEMORY;";
static const char reader_pragmas[] = "PRAGMA query_only = ON;"
                                     "PRAGMA cache_size = -8192;"; /* KiB */
/* FULL: each commit is synced. A WAL that once grew is cut to 64 MiB when it starts
   again. cache_size: many series at once touch as many pages. FAST: a purge frees pages
   without writing zeros over each. */
static const char writer_pragmas[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA cache_size = -32768;"
                                     "PRAGMA secure_delete = FAST;";

static bool log_is_left(const char *path)
{
    char *log;
    if (asprintf(&log, "%s-wal", path) < 0)
        return true;
    bool left = access(log, F_OK) == 0;
    free(log);
    return left;
}

static enum status connect(struct sqlite_store *self, struct err *err)
{
    bool writer = self->base.mode == STORE_WRITER;
    int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW |
        (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (!writer && access(self->path, F_OK) && errno == ENOENT)
        return err_set(err, ST_NOT_FOUND, "no_database", "there is no such database");
    self->in_order = !log_is_left(self->path);
    if (sqlite3_open_v2(self->path, &self->db, flags, NULL))
        return sql_error(self, err);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (sqlite3_db_config(self->db, settings[i].option, settings[i].on, NULL))
            return sql_error(self, err);
    }
    if (!writer && sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL))
        return sql_error(self, err);
    sqlite3_busy_timeout(self->db, BUSY_WAIT_MS);
    return sql_script(self, any_pragmas, err);
}

/* The first column of the first row. */
static enum status number(struct sqlite_store *self, const char *text, int64_t *out,
                          struct err *err)
{
    bool row;
    sqlite3_stmt *statement = sql_once(self, text);
    enum status status = sql_next(self, statement, &row, err);
    *out = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

/* Ours is a file with our mark, or one without any content: a file that was just made, or
   whose first migration was interrupted. *version is 0 for the latter. */
static enum status identify(struct sqlite_store *self, int *version, struct err *err)
{
    int64_t id, user_version, objects;
    enum status status = number(self, "PRAGMA application_id", &id, err);
    if (!status)
        status = number(self, "PRAGMA user_version", &user_version, err);
    if (!status)
        status = number(self, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (status)
        return status;
    if (id != APPLICATION_ID && (id || user_version || objects))
        return err_set(err, ST_FAILED, "not_a_database",
                       "this is a database of another program: name another file");
    *version = (int)user_version;
    return ST_OK;
}

static enum status check_version(const struct sqlite_store *self, int version,
                                 struct err *err)
{
    int latest = migrate_latest(schema_sqlite);
    if (version > latest)
        return err_set(err, ST_CONFLICT, "db_newer",
                       "its schema is version %d, this epochd knows up to %d: use the "
                       "epochd that made it, or a newer one",
                       version, latest);
    if (version < latest && self->base.mode == STORE_READER)
        return err_set(err, ST_CONFLICT, "db_older",
                       "its schema is version %d, this epochd reads %d: run `epochd "
                       "serve` on it once, which brings it up to date",
                       version, latest);
    return ST_OK;
}

static enum status check_once(struct sqlite_store *self, struct err *err)
{
    bool row;
    sqlite3_stmt *statement = sql_once(self, "PRAGMA quick_check(1)");
    enum status status = sql_next(self, statement, &row, err);
    const char *said = row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (!status && said && strcmp(said, "ok"))
        status = err_set(err, ST_FAILED, "db_corrupt",
                         "the database is damaged: move the file aside and restore a "
                         "backup, or salvage it with `sqlite3 FILE .recover` (%.120s)",
                         said);
    sqlite3_finalize(statement);
    return status;
}

/* Twice before it is called damaged: SQLite also says so of a page that there was no
   memory for. */
static enum status quick_check(struct sqlite_store *self, struct err *err)
{
    int64_t pages, page_bytes;
    enum status status = number(self, "PRAGMA page_count", &pages, err);
    if (!status)
        status = number(self, "PRAGMA page_size", &page_bytes, err);
    int64_t most = self->in_order ? CHECK_ALWAYS_BYTES : CHECK_BYTES_MAX;
    if (status || pages > most / page_bytes)
        return status;
    status = check_once(self, err);
    return status ? check_once(self, err) : status;
}

/* The step that drops the rows of points, once they are in chunks. */
#define POINTS_VERSION 4

static enum status apply(struct migration *migration, const struct embedded *step,
                         int version, struct err *err)
{
    struct sqlite_store *self = migration->engine;
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION_ID, version);
    enum status status = version == POINTS_VERSION ? upgrade_points(self, err) : ST_OK;
    if (!status)
        status = sql_script(self, "BEGIN IMMEDIATE", err);
    if (!status)
        status = sql_script(self, step->data, err);
    if (!status)
        status = sql_script(self, mark, err);
    if (!status)
        status = sql_script(self, "COMMIT", err);
    if (status && !sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* After each commit. A log that became shorter has started again. */
static int note_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *self = context;
    (void)db, (void)name;
    if (pages < self->wal_pages)
        self->wal_moved = 0;
    self->wal_pages = pages;
    return SQLITE_OK;
}

/* SQLite falls back to another mode, without an error, where there is no shared memory.
 */
static enum status check_wal(struct sqlite_store *self, struct err *err)
{
    bool row;
    sqlite3_stmt *statement = sql_once(self, "PRAGMA journal_mode");
    enum status status = sql_next(self, statement, &row, err);
    if (row && strcmp((const char *)sqlite3_column_text(statement, 0), "wal"))
        status = err_set(err, ST_FAILED, "io_error",
                         "this file system cannot hold a database: use a local disk");
    sqlite3_finalize(statement);
    return status;
}

/* Only once the file is known to be ours may anything be written to it. */
static enum status prepare_to_write(struct sqlite_store *self, int version,
                                    struct err *err)
{
    struct migration migration = {.apply = apply, .engine = self};
    self->ingest = calloc(1, sizeof *self->ingest);
    if (!self->ingest)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    cache_init(&self->ingest->cache);
    buf_init(&self->ingest->body, BODY_BYTES_MAX);
    enum status status = quick_check(self, err);
    if (!status)
        status = sql_script(self, writer_pragmas, err);
    if (!status)
        status = check_wal(self, err);
    if (!status)
        status = migrate_run(schema_sqlite, version, &migration, err);
    if (status)
        return status;
    sqlite3_wal_hook(self->db, note_wal_pages, self);
    return ST_OK;
}

static enum status open_all(struct sqlite_store *self, const char *location,
                            struct err *err)
{
    int version = 0;
    enum status status = resolve(location, &self->path, err);
    if (!status)
        status = refuse_folder(self->path, err);
    if (!status && self->base.mode == STORE_WRITER)
        status = take_lock(self, err);
    if (!status)
        status = connect(self, err);
    if (!status)
        status = journal_functions(self, err);
    if (!status)
        status = identify(self, &version, err);
    if (!status)
        status = check_version(self, version, err);
    if (status)
        return status;
    if (self->base.mode == STORE_READER)
        return sql_script(self, reader_pragmas, err);
    return prepare_to_write(self, version, err);
}

enum status sqlite_open(const char *location, enum store_mode mode, struct store **out,
                        struct err *err)
{
    struct sqlite_store *self = calloc(1, sizeof *self);
    if (!self)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    self->base = (struct store){.ops = &store_sqlite_ops, .mode = mode};
    self->lock = -1;
    enum status status = at_location(open_all(self, location, err), location, err);
    if (status) {
        sqlite_close(&self->base);
        return status;
    }
    *out = &self->base;
    return ST_OK;
}

/* After a failed sync the log is left for the next start to recover from: what a
   checkpoint would copy may not be what the disk holds. */
static void last_checkpoint(struct sqlite_store *self)
{
    if (self->unsynced)
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    else
        sqlite3_wal_checkpoint_v2(self->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* At rest all points are in chunks. If that fails the journal has them, as after a crash.
 */
static void last_folding(struct sqlite_store *self)
{
    struct err err = {0};
    if (!sqlite3_get_autocommit(self->db))
        store_rollback(&self->base);
    if (!self->unsynced && self->tail_known && fold_all(self, &err))
        log_line(LOG_LEVEL_ERROR, "folding the journal: %s", err.text);
}

static void end_ingest(struct sqlite_store *self)
{
    last_folding(self);
    last_checkpoint(self);
    cache_clear(&self->ingest->cache);
    buf_release(&self->ingest->body);
    fold_forget(self->ingest);
    free(self->ingest);
}

void sqlite_close(struct store *store)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    if (self->ingest)
        end_ingest(self);
    for (size_t i = 0; i < SQL_SLOTS; i++)
        sqlite3_finalize(self->kept[i]);
    tail_reset(&self->tail);
    sqlite3_close(self->db);
    if (self->lock >= 0)
        close(self->lock);
    free(self->path);
    free(self);
}
