#include "disk_chunks.h"

#include "records.h"

#include "base/clock.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK_POINTS = 1024,
    POINT_BYTES = 28,      /* series, step, time, value */
    CODED_BYTES_MAX = 32,  /* of a point: two varints and a value */
    FOLD_POINTS = 1 << 18, /* in the journal, before it is emptied */
    CURVE_POINTS = 4096    /* made before; each series goes round and round in them */
};

struct point {
    int64_t step, time_ms;
    double value;
};

struct series_tail {
    struct point point[CHUNK_POINTS];
    size_t count;
    int64_t chunks, steps; /* so far */
};

struct chunks {
    const struct chunk_load *load;
    sqlite3 *db;
    sqlite3_stmt *journal, *chunk;
    struct series_tail *tails;
    double (*curve)[CURVE_POINTS]; /* of each metric */
    int64_t *time_ms;              /* CURVE_POINTS */
    unsigned char *batch, coded[CHUNK_POINTS * CODED_BYTES_MAX];
    size_t unfolded;
};

static const char layout[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096;"
    "CREATE TABLE journal (id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE chunk ("       /* not WITHOUT ROWID: there long rows fill pages badly */
    "  key INTEGER PRIMARY KEY," /* the series, then the number of the chunk */
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, points INTEGER NOT NULL,"
    "  min REAL, max REAL, data BLOB NOT NULL)";

static unsigned char *put_varint(unsigned char *at, int64_t number)
{
    uint64_t rest = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    for (; rest >= 0x80; rest >>= 7)
        *at++ = (unsigned char)(rest | 0x80);
    *at++ = (unsigned char)rest;
    return at;
}

static bool all_single(const struct series_tail *tail)
{
    for (size_t i = 0; i < tail->count; i++) {
        if ((double)(float)tail->point[i].value != tail->point[i].value)
            return false;
    }
    return true;
}

/* Differences of differences of steps and times; values as float32 where that is all
   there is to them. */
static size_t encode(const struct series_tail *tail, unsigned char *out)
{
    unsigned char *at = out;
    struct point before = {0}, change = {0};
    bool single = all_single(tail);
    for (size_t i = 0; i < tail->count; i++) {
        const struct point *p = &tail->point[i];
        struct point now = {p->step - before.step, p->time_ms - before.time_ms, 0};
        at = put_varint(at, now.step - change.step);
        at = put_varint(at, now.time_ms - change.time_ms);
        change = now;
        before = *p;
        float narrow = (float)p->value;
        memcpy(at, single ? (const void *)&narrow : &p->value, single ? 4 : 8);
        at += single ? 4 : 8;
    }
    return (size_t)(at - out);
}

static int fold(struct chunks *chunks, size_t series)
{
    struct series_tail *tail = &chunks->tails[series];
    if (tail->count == 0)
        return SQLITE_OK;
    double min = tail->point[0].value, max = min;
    for (size_t i = 1; i < tail->count; i++) {
        min = tail->point[i].value < min ? tail->point[i].value : min;
        max = tail->point[i].value > max ? tail->point[i].value : max;
    }
    size_t length = encode(tail, chunks->coded);
    sqlite3_stmt *row = chunks->chunk;
    sqlite3_bind_int64(row, 1, ((int64_t)series << 32) + tail->chunks++);
    sqlite3_bind_int64(row, 2, tail->point[0].step);
    sqlite3_bind_int64(row, 3, tail->point[tail->count - 1].step);
    sqlite3_bind_int64(row, 4, (int64_t)tail->count);
    sqlite3_bind_double(row, 5, min);
    sqlite3_bind_double(row, 6, max);
    sqlite3_bind_blob64(row, 7, chunks->coded, length, SQLITE_STATIC);
    sqlite3_step(row);
    tail->count = 0;
    return sqlite3_reset(row);
}

/* The next point of that series, to the journal's batch and to the series' tail. */
static int add_point(struct chunks *chunks, size_t series, unsigned char *journal)
{
    struct series_tail *tail = &chunks->tails[series];
    size_t place = (size_t)tail->steps % CURVE_POINTS;
    int64_t round = tail->steps / CURVE_POINTS;
    struct point point = {
        tail->steps,
        chunks->time_ms[place] +
            round * (chunks->time_ms[CURVE_POINTS - 1] - chunks->time_ms[0]),
        chunks->curve[series % chunks->load->metrics][place],
    };
    uint32_t key = (uint32_t)series;
    memcpy(journal, &key, sizeof key);
    memcpy(journal + sizeof key, &point, sizeof point);
    tail->steps++;
    tail->point[tail->count++] = point;
    return tail->count == CHUNK_POINTS ? fold(chunks, series) : SQLITE_OK;
}

static int fold_all(struct chunks *chunks)
{
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < chunks->load->series; i++)
        code = fold(chunks, i);
    if (code == SQLITE_OK)
        code = sqlite3_exec(chunks->db, "DELETE FROM journal", NULL, NULL, NULL);
    chunks->unfolded = 0;
    return code;
}

/* One commit: points of all series in turn, from point number `first` of the load on. */
static int commit(struct chunks *chunks, size_t first)
{
    const struct chunk_load *load = chunks->load;
    int code = sqlite3_exec(chunks->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; code == SQLITE_OK && i < load->transaction_points; i++)
        code = add_point(chunks, (first + i) % load->series,
                         chunks->batch + i * POINT_BYTES);
    if (code != SQLITE_OK)
        return code;
    sqlite3_bind_blob64(chunks->journal, 1, chunks->batch,
                        load->transaction_points * POINT_BYTES, SQLITE_STATIC);
    sqlite3_step(chunks->journal);
    code = sqlite3_reset(chunks->journal);
    chunks->unfolded += load->transaction_points;
    /* Each series gets a chunk of its own then: with many series they must fill first. */
    if (code == SQLITE_OK &&
        chunks->unfolded >= FOLD_POINTS + load->series * CHUNK_POINTS)
        code = fold_all(chunks);
    return code == SQLITE_OK ? sqlite3_exec(chunks->db, "COMMIT", NULL, NULL, NULL)
                             : code;
}

static int store_all(struct chunks *chunks, struct chunk_rates *out)
{
    const struct chunk_load *load = chunks->load;
    int64_t began_us = clock_monotonic_us();
    int code = SQLITE_OK;
    size_t done = 0;
    for (; code == SQLITE_OK && done < load->points; done += load->transaction_points)
        code = commit(chunks, done);
    if (code == SQLITE_OK)
        code = fold_all(chunks);
    out->stored = 1e6 * (double)done / (double)(clock_monotonic_us() - began_us);
    return code;
}

static int read_headers(sqlite3 *db, struct chunk_rates *out)
{
    sqlite3_stmt *row = NULL;
    int64_t began_us = clock_monotonic_us();
    int code = sqlite3_prepare_v2(
        db, "SELECT first, last, points, min, max FROM chunk WHERE key < 1 << 32", -1,
        &row, NULL);
    double sum = 0;
    while (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
        for (int i = 0; i < 5; i++)
            sum += sqlite3_column_double(row, i);
    }
    out->headers_ms = 1e-3 * (double)(clock_monotonic_us() - began_us);
    sqlite3_finalize(row);
    return sum > 0 ? code : SQLITE_ERROR;
}

/* Without the pages that the emptied journal left behind. */
static int measure_size(struct chunks *chunks, struct chunk_rates *out)
{
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(
        chunks->db,
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
        -1, &row, NULL);
    if (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        out->bytes_per_point =
            sqlite3_column_double(row, 0) / (double)chunks->load->points;
    sqlite3_finalize(row);
    return code;
}

static void make_curves(struct chunks *chunks)
{
    for (int64_t i = 0; i < CURVE_POINTS; i++) {
        chunks->time_ms[i] = records_time_ms(i);
        for (size_t j = 0; j < chunks->load->metrics; j++)
            chunks->curve[j][i] = records_value(j, i);
    }
}

static bool chunks_room(struct chunks *chunks)
{
    const struct chunk_load *load = chunks->load;
    chunks->tails = calloc(load->series, sizeof *chunks->tails);
    chunks->curve = calloc(load->metrics, sizeof *chunks->curve);
    chunks->time_ms = calloc(CURVE_POINTS, sizeof *chunks->time_ms);
    chunks->batch = calloc(load->transaction_points, POINT_BYTES);
    return chunks->tails && chunks->curve && chunks->time_ms && chunks->batch;
}

static int chunks_open(struct chunks *chunks, const char *path)
{
    int code = sqlite3_open(path, &chunks->db);
    if (code == SQLITE_OK)
        code = sqlite3_exec(chunks->db, layout, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(chunks->db, "INSERT INTO journal (data) VALUES (?1)",
                                  -1, &chunks->journal, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(chunks->db,
                                  "INSERT INTO chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                  -1, &chunks->chunk, NULL);
    return code;
}

static void chunks_close(struct chunks *chunks)
{
    sqlite3_finalize(chunks->journal);
    sqlite3_finalize(chunks->chunk);
    sqlite3_close(chunks->db); /* the last connection: removes the WAL */
    free(chunks->tails);
    free(chunks->curve);
    free(chunks->time_ms);
    free(chunks->batch);
}

enum status disk_chunks(const char *folder, const struct chunk_load *load,
                        struct chunk_rates *out, struct err *err)
{
    char path[512];
    struct chunks *chunks = calloc(1, sizeof *chunks);
    if (!chunks)
        return err_set(err, ST_FAILED, "bench", "out of memory");
    chunks->load = load;
    snprintf(path, sizeof path, "%s/ceiling.db", folder);
    unlink(path);
    int code = chunks_room(chunks) ? chunks_open(chunks, path) : SQLITE_NOMEM;
    if (code == SQLITE_OK) {
        make_curves(chunks);
        code = store_all(chunks, out);
    }
    if (code == SQLITE_OK)
        code = read_headers(chunks->db, out);
    if (code == SQLITE_OK)
        code = measure_size(chunks, out);
    if (code != SQLITE_OK)
        err_set(err, ST_FAILED, "bench", "SQLite: %s", sqlite3_errmsg(chunks->db));
    chunks_close(chunks);
    free(chunks);
    unlink(path);
    return code == SQLITE_OK ? ST_OK : ST_FAILED;
}
