/* Compaction: the trash, old points, small chunks, free pages. */
#include "base/limits.h"
#include "store/sqlite/ask.h"
#include "store/sqlite/ingest.h"
#include "store/store_compact.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_AT_ONCE 64 /* in one transaction */

struct job {
    struct sqlite_store *self;
    const struct compaction *wanted;
    struct compacted *out;
    struct points room; /* for what stays of a metric */
};

/* --- one after the other --- */

/* The first column of a query, all of it, before anything changes. */
struct keys {
    int64_t *key;
    size_t count, capacity;
};

static bool add_key(struct keys *keys, int64_t key)
{
    if (keys->count == keys->capacity) {
        size_t capacity = keys->capacity ? 2 * keys->capacity : 64;
        int64_t *larger = realloc(keys->key, capacity * sizeof *larger);
        if (!larger)
            return false;
        keys->key = larger;
        keys->capacity = capacity;
    }
    keys->key[keys->count++] = key;
    return true;
}

static enum status list_keys(struct sqlite_store *self, sqlite3_stmt *query,
                             struct keys *out, struct err *err)
{
    bool row;
    enum status status;
    while (!(status = sql_next(self, query, &row, err)) && row) {
        if (!add_key(out, sqlite3_column_int64(query, 0)))
            status = err_set(err, ST_FAILED, "out_of_memory", "out of memory");
        if (status)
            break;
    }
    sqlite3_finalize(query);
    return status;
}

static enum status do_some(struct job *job, const struct keys *keys, size_t from,
                           enum status (*one)(struct job *, int64_t, struct err *),
                           struct err *err)
{
    struct store *store = &job->self->base;
    bool dry = job->wanted->dry_run;
    enum status status = dry ? ST_OK : store_begin(store, err);
    if (status)
        return status;
    for (size_t i = from; !status && i < keys->count && i < from + ITEMS_AT_ONCE; i++)
        status = one(job, keys->key[i], err);
    if (dry)
        return status;
    if (!status)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

/* Takes the query. */
static enum status do_each(struct job *job, sqlite3_stmt *query,
                           enum status (*one)(struct job *, int64_t, struct err *),
                           struct err *err)
{
    struct keys keys = {0};
    enum status status = list_keys(job->self, query, &keys, err);
    for (size_t i = 0; !status && i < keys.count; i += ITEMS_AT_ONCE)
        status = do_some(job, &keys, i, one, err);
    free(keys.key);
    return status;
}

/* --- the trash --- */

static enum status purge_id(struct job *job, const char *id, struct err *err)
{
    return job->wanted->dry_run ? ST_OK : store_run_purge(&job->self->base, id, err);
}

static enum status purge(struct job *job, int64_t run_key, struct err *err)
{
    bool row;
    sqlite3_stmt *query =
        sql_once(job->self,
                 "SELECT id, (SELECT coalesce(sum(count + unfolded(metric_key, "
                 "folded_seq)), 0) FROM metric WHERE metric.run_key = run.run_key) FROM "
                 "run WHERE run_key = ?1");
    sql_int(query, 1, run_key);
    enum status status = sql_next(job->self, query, &row, err);
    if (row) {
        job->out->runs_purged++;
        job->out->points_purged += sqlite3_column_int64(query, 1);
        char *id = strdup((const char *)sqlite3_column_text(query, 0));
        sqlite3_reset(query);
        status = id ? purge_id(job, id, err)
                    : err_set(err, ST_FAILED, "out_of_memory", "out of memory");
        free(id);
    }
    sqlite3_finalize(query);
    return status;
}

static enum status purge_all(struct job *job, struct err *err)
{
    sqlite3_stmt *query =
        sql_once(job->self, "SELECT run_key FROM run WHERE trashed_ms < ?1");
    sql_int(query, 1, job->wanted->purge_before_ms);
    return do_each(job, query, purge, err);
}

enum status sqlite_purge_trash(struct store *store, int64_t before_ms, size_t limit,
                               size_t *count, struct err *err)
{
    struct compaction wanted = {.purge_before_ms = before_ms};
    struct compacted done = {0};
    struct job job = {.self = (struct sqlite_store *)store,
                      .wanted = &wanted,
                      .out = &done};
    struct keys keys = {0};
    sqlite3_stmt *query = sql_once(job.self, "SELECT run_key FROM run WHERE trashed_ms < "
                                             "?1 ORDER BY trashed_ms LIMIT ?2");
    sql_int(query, 1, before_ms);
    sql_int(query, 2, (int64_t)limit);
    enum status status = list_keys(job.self, query, &keys, err);
    for (size_t i = 0; !status && i < keys.count; i++)
        status = purge(&job, keys.key[i], err);
    free(keys.key);
    *count = (size_t)done.runs_purged;
    return status;
}

/* --- old points --- */

static bool add_points(void *data, const struct points *points)
{
    sieve_add(data, points);
    return true;
}

static enum status read_metric(struct job *job, int64_t key, struct metric *out,
                               struct err *err)
{
    bool row;
    sqlite3_stmt *query =
        sql_once(job->self,
                 "SELECT " FIGURES ", folded_seq FROM metric WHERE metric_key = ?1");
    *out = (struct metric){.key = key};
    sql_int(query, 1, key);
    enum status status = sql_next(job->self, query, &row, err);
    if (row) {
        sqlite_read_figures(query, out);
        journal_figures(job->self, sqlite3_column_int64(query, FIGURES_COLUMNS), out);
    }
    sqlite3_finalize(query);
    return status;
}

/* The journal holds nothing of it. */
static enum status replace_points(struct job *job, struct metric *metric, struct err *err)
{
    bool beyond;
    enum status status = chunks_delete(job->self, metric->key, err);
    if (!status)
        status = chunks_put(job->self, metric->key, &job->room, &beyond, err);
    if (!status)
        status = chunks_figures(job->self, metric, err);
    return status ? status : fold_metric(job->self, metric, NULL, err);
}

static enum status thin_metric(struct job *job, int64_t key, struct err *err)
{
    struct sieve sieve;
    struct metric metric;
    struct points_visitor visitor = {.data = &sieve, .points = add_points};
    struct point_range all = {0, STEP_MAX, false};
    enum status status = read_metric(job, key, &metric, err);
    if (status || !metric.count)
        return status; /* purged meanwhile, in a dry run */
    job->room.count = 0;
    sieve_begin(&sieve, &metric, job->wanted->thin_points, &job->room);
    status = sqlite_points_walk(&job->self->base, key, &all, &visitor, err);
    if (status)
        return status;
    sieve_end(&sieve);
    if (sieve.seen != metric.count && !job->wanted->dry_run)
        return chunk_damaged(key, err);
    job->out->metrics_thinned++;
    job->out->points_before += metric.count;
    job->out->points_after += (int64_t)job->room.count;
    return job->wanted->dry_run ? ST_OK : replace_points(job, &metric, err);
}

/* In a dry run somebody may be writing: its figures and its points are of one moment. */
static enum status thin(struct job *job, int64_t key, struct err *err)
{
    enum status status = sql_read_begin(job->self, err);
    if (status)
        return status;
    status = thin_metric(job, key, err);
    sql_read_end(job->self);
    return status;
}

static enum status thin_all(struct job *job, struct err *err)
{
    size_t points = job->wanted->thin_points;
    int64_t *columns = malloc(3 * points * sizeof *columns);
    if (!columns)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    job->room =
        (struct points){columns, columns + points, (double *)(columns + 2 * points), 0};
    sqlite3_stmt *query =
        sql_once(job->self,
                 "SELECT metric_key FROM run JOIN metric USING (run_key) WHERE "
                 "trashed_ms IS NULL AND heard_ms(run_key, updated_ms) < ?1 AND "
                 "count + unfolded(metric_key, folded_seq) > ?2");
    sql_int(query, 1, job->wanted->thin_before_ms);
    sql_int(query, 2, (int64_t)points);
    enum status status = do_each(job, query, thin, err);
    free(columns);
    return status;
}

/* --- small chunks --- */

static enum status pack(struct job *job, int64_t key, struct err *err)
{
    job->out->metrics_packed++;
    return job->wanted->dry_run ? ST_OK : chunks_pack(job->self, key, err);
}

static enum status pack_all(struct job *job, struct err *err)
{
    sqlite3_stmt *query =
        sql_once(job->self,
                 "SELECT metric_key FROM chunk JOIN metric USING (metric_key) GROUP BY "
                 "metric_key HAVING count(*) > (metric.count + ?1 - 1) / ?1");
    sql_int(query, 1, CHUNK_POINTS_MAX);
    return do_each(job, query, pack, err);
}

/* --- all --- */

/* The journal of a database that nobody closed is read by the first transaction. */
static enum status fold_journal(struct job *job, struct err *err)
{
    enum status status = store_begin(&job->self->base, err);
    if (!status)
        status = store_commit(&job->self->base, err);
    return status ? status : fold_all(job->self, err);
}

/* VACUUM makes its copy where temporary tables are: not in memory. A reader that holds
   the log keeps it from being cut, which is no failure. */
static enum status vacuum(struct job *job, struct err *err)
{
    struct sqlite_store *self = job->self;
    enum status status =
        sql_script(self, "PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY",
                   err);
    if (status)
        return status;
    int code =
        sqlite3_wal_checkpoint_v2(self->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    job->out->is_held = (code & 0xff) == SQLITE_BUSY;
    return code && !job->out->is_held ? sql_error(self, err) : ST_OK;
}

static enum status bytes_of(struct job *job, int64_t *bytes, struct err *err)
{
    struct store_info info = {0};
    enum status status = store_info(&job->self->base, &info, err);
    *bytes = info.file_bytes + info.wal_bytes;
    return status;
}

static enum status rewrite(struct job *job, struct err *err)
{
    enum status status = ST_OK;
    if (job->wanted->purge_before_ms)
        status = purge_all(job, err);
    if (!status && job->wanted->thin_before_ms)
        status = thin_all(job, err);
    return status ? status : pack_all(job, err);
}

enum status sqlite_compact(struct store *store, const struct compaction *wanted,
                           struct compacted *out, struct err *err)
{
    struct job job = {.self = (struct sqlite_store *)store, .wanted = wanted, .out = out};
    bool dry = wanted->dry_run;
    *out = (struct compacted){0};
    enum status status = bytes_of(&job, &out->bytes_before, err); /* reads the journal */
    if (!status && !dry)
        status = fold_journal(&job, err);
    if (!status)
        status = rewrite(&job, err);
    if (!dry)
        cache_clear(&job.self->ingest->cache);
    if (!status && !dry)
        status = vacuum(&job, err);
    return status ? status : bytes_of(&job, &out->bytes_after, err);
}
