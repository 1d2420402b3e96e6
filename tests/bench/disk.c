#include "disk.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPEND_BYTES = 4096 };

static const char layout[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096;"
    "CREATE TABLE point ("
    "  metric_key INTEGER NOT NULL,"
    "  step INTEGER NOT NULL CHECK (step BETWEEN 0 AND 9007199254740991),"
    "  value REAL,"
    "  special INTEGER NOT NULL DEFAULT 0 CHECK (special BETWEEN 0 AND 4),"
    "  time_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (metric_key, step),"
    "  CHECK ((special IN (0, 4)) = (value IS NOT NULL))"
    ") STRICT, WITHOUT ROWID";

static const char upsert[] =
    "INSERT INTO point (metric_key, step, value, special, time_ms)"
    " VALUES (?1, ?2, ?3, 0, ?4) ON CONFLICT (metric_key, step) DO UPDATE"
    " SET value = excluded.value, special = excluded.special, time_ms = excluded.time_ms";

int disk_open(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

bool disk_append(int file)
{
    static const char page[APPEND_BYTES] = "a commit";
    return write(file, page, sizeof page) == (ssize_t)sizeof page && fdatasync(file) == 0;
}

enum status disk_sync_rate(const char *folder, int64_t duration_us, double *per_second,
                           struct err *err)
{
    int file = disk_open(folder, "sync.log");
    int64_t began_us = clock_monotonic_us(), now_us = began_us;
    size_t count = 0;
    for (; file >= 0 && now_us - began_us < duration_us; count++) {
        if (!disk_append(file))
            break;
        now_us = clock_monotonic_us();
    }
    bool done = now_us - began_us >= duration_us;
    if (!done)
        err_set(err, ST_FAILED, "bench", "%s: %s", folder, strerror(errno));
    if (file >= 0)
        close(file);
    *per_second = 1e6 * (double)count / (double)(now_us - began_us);
    return done ? ST_OK : ST_FAILED;
}

/* One transaction: `each` rows of each series, from step `first` on. */
static int upsert_group(sqlite3_stmt *row, size_t series, int64_t first, int64_t each)
{
    sqlite3 *db = sqlite3_db_handle(row);
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t key = 0; code == SQLITE_OK && key < series; key++) {
        for (int64_t step = first; code == SQLITE_OK && step < first + each; step++) {
            sqlite3_bind_int64(row, 1, (int64_t)key + 1);
            sqlite3_bind_int64(row, 2, step);
            sqlite3_bind_double(row, 3, 1.0 / (double)(step + 1));
            sqlite3_bind_int64(row, 4, 1700000000000 + step);
            sqlite3_step(row);
            code = sqlite3_reset(row);
        }
    }
    return code == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : code;
}

static int upsert_all(sqlite3 *db, const struct disk_upserts *upserts, double *per_second)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(db, upsert, -1, &row, NULL);
    int64_t began_us = clock_monotonic_us(), step = 0;
    int64_t steps = (int64_t)(upserts->rows / upserts->series);
    int64_t each = (int64_t)(upserts->transaction_rows / upserts->series);
    for (; code == SQLITE_OK && step < steps; step += each)
        code = upsert_group(row, upserts->series, step, each);
    double seconds = 1e-6 * (double)(clock_monotonic_us() - began_us);
    *per_second = (double)step * (double)upserts->series / seconds;
    sqlite3_finalize(row);
    return code;
}

static int scan(sqlite3 *db, double *per_second)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(
        db, "SELECT step, value, special, time_ms FROM point WHERE metric_key = 1", -1,
        &row, NULL);
    int64_t began_us = clock_monotonic_us();
    size_t rows = 0;
    double sum = 0;
    if (code == SQLITE_OK) {
        for (; (code = sqlite3_step(row)) == SQLITE_ROW; rows++)
            sum += sqlite3_column_double(row, 1) + (double)sqlite3_column_int64(row, 0) +
                   sqlite3_column_int(row, 2) + (double)sqlite3_column_int64(row, 3);
    }
    double seconds = 1e-6 * (double)(clock_monotonic_us() - began_us);
    *per_second = sum > 0 ? (double)rows / seconds : 0;
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

enum status disk_sqlite(const char *folder, const struct disk_upserts *upserts,
                        struct disk_rates *out, struct err *err)
{
    char path[512];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/ceiling.db", folder);
    unlink(path);
    int code = sqlite3_open(path, &db);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, layout, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = upsert_all(db, upserts, &out->upserted);
    if (code == SQLITE_OK)
        code = scan(db, &out->scanned);
    if (code != SQLITE_OK)
        err_set(err, ST_FAILED, "bench", "SQLite: %s", sqlite3_errmsg(db));
    sqlite3_close(db); /* the last connection: removes the WAL */
    struct stat file;
    if (stat(path, &file) == 0)
        out->bytes_per_point = (double)file.st_size / (double)upserts->rows;
    unlink(path);
    return code == SQLITE_OK ? ST_OK : ST_FAILED;
}
