/* Ingest: points, the runs and metrics they bring, and the figures of these metrics. */
#include "base/limits.h"
#include "store/figures.h"
#include "store/store_sqlite.h"

#include <assert.h>
#include <math.h>

/* --- figures: the row of a metric --- */

static enum status write_figures(struct sqlite_store *self, const struct metric *metric,
                                 struct err *err)
{
    sqlite3_stmt *save = sql_kept(self, SQL_METRIC_SAVE,
                                  "UPDATE metric SET (" FIGURES
                                  ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                                  "?11, ?12) WHERE metric_key = ?13");
    sql_int(save, 1, metric->count);
    sql_int(save, 2, metric->nonfinite_count);
    sql_double(save, 3, metric->min);
    sql_int(save, 5, metric->min_step);
    sql_double(save, 6, metric->max);
    sql_int(save, 8, metric->max_step);
    sql_double(save, 9, metric->last);
    sql_int(save, 11, metric->first_step);
    sql_int(save, 12, metric->last_step);
    sql_int(save, 13, metric->key);
    return sql_run(self, save, err);
}

/* The first row of a look through a metric's finite points: step, value, special. */
static enum status look(struct sqlite_store *self, sqlite3_stmt *query, int64_t key,
                        struct store_point *out, struct err *err)
{
    bool row;
    *out = (struct store_point){.step = -1, .value = NAN};
    sql_int(query, 1, key);
    enum status status = sql_next(self, query, &row, err);
    if (!row)
        return status;
    out->step = sqlite3_column_int64(query, 0);
    out->value = sql_get_double(query, 1);
    sqlite3_reset(query);
    return ST_OK;
}

static enum status refresh(struct sqlite_store *self, struct cached_metric *metric,
                           struct err *err)
{
    struct metric *figures = &metric->metric;
    struct store_point found;
    enum status status = ST_OK;
    if (metric->stale & FIGURES_MIN_STALE) {
        sqlite3_stmt *query = sql_kept(
            self, SQL_POINT_MIN,
            "SELECT step, value, special FROM point WHERE metric_key = ?1 AND value IS "
            "NOT NULL ORDER BY value, step LIMIT 1");
        status = look(self, query, figures->key, &found, err);
        figures->min = found.value;
        figures->min_step = found.step;
    }
    if (!status && metric->stale & FIGURES_MAX_STALE) {
        sqlite3_stmt *query = sql_kept(
            self, SQL_POINT_MAX,
            "SELECT step, value, special FROM point WHERE metric_key = ?1 AND value IS "
            "NOT NULL ORDER BY value DESC, step LIMIT 1");
        status = look(self, query, figures->key, &found, err);
        figures->max = found.value;
        figures->max_step = found.step;
    }
    metric->stale = 0;
    return status;
}

/* --- ingest --- */

/* One call of sqlite_put. */
struct put {
    const struct store_points *in;
    struct cached_run *run;                         /* NULL while it does not exist */
    struct cached_metric *metrics[RUN_METRICS_MAX]; /* by index into in->names */
};

static enum status out_of_memory(struct err *err)
{
    return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
}

static enum status find_run(struct sqlite_store *self, struct put *put, struct err *err)
{
    bool row;
    put->run = cache_run(self->cache, put->in->run);
    if (put->run)
        return ST_OK;
    sqlite3_stmt *find = sql_kept(
        self, SQL_RUN_FIND,
        "SELECT run_key, trashed_ms IS NOT NULL, counts_steps, last_step, (SELECT "
        "count(*) FROM metric WHERE metric.run_key = run.run_key) FROM run WHERE id = "
        "?1");
    sql_text(find, 1, put->in->run);
    enum status status = sql_next(self, find, &row, err);
    if (!row)
        return status;
    put->run = cache_add_run(self->cache, put->in->run);
    if (put->run) {
        put->run->key = sqlite3_column_int64(find, 0);
        put->run->trashed = sqlite3_column_int(find, 1);
        put->run->counts_steps = sqlite3_column_int(find, 2);
        put->run->last_step = sqlite3_column_int64(find, 3);
        put->run->metric_count = (size_t)sqlite3_column_int64(find, 4);
    }
    sqlite3_reset(find);
    return put->run ? ST_OK : out_of_memory(err);
}

/* NULL without an error when the run has no such metric yet. */
static enum status find_metric(struct sqlite_store *self, int64_t run_key,
                               const char *name, struct cached_metric **out,
                               struct err *err)
{
    bool row;
    *out = cache_metric(self->cache, run_key, name);
    if (*out)
        return ST_OK;
    sqlite3_stmt *find = sql_kept(self, SQL_METRIC_FIND,
                                  "SELECT " FIGURES ", metric_key FROM metric "
                                  "WHERE run_key = ?1 AND name = ?2");
    sql_int(find, 1, run_key);
    sql_text(find, 2, name);
    enum status status = sql_next(self, find, &row, err);
    if (!row)
        return status;
    *out = cache_add_metric(self->cache, run_key, name);
    if (*out) {
        sqlite_read_figures(find, &(*out)->metric);
        (*out)->metric.key = sqlite3_column_int64(find, FIGURES_COLUMNS);
    }
    sqlite3_reset(find);
    return *out ? ST_OK : out_of_memory(err);
}

/* A name given twice is one metric. */
static enum status add_metric(struct sqlite_store *self, struct cached_run *run,
                              const char *name, struct cached_metric **out,
                              struct err *err)
{
    *out = cache_metric(self->cache, run->key, name);
    if (*out)
        return ST_OK;
    sqlite3_stmt *add = sql_kept(self, SQL_METRIC_ADD,
                                 "INSERT INTO metric (run_key, name) VALUES (?1, ?2)");
    sql_int(add, 1, run->key);
    sql_text(add, 2, name);
    enum status status = sql_run(self, add, err);
    if (status)
        return status;
    *out = cache_add_metric(self->cache, run->key, name);
    if (!*out)
        return out_of_memory(err);
    figures_init(&(*out)->metric);
    (*out)->metric.key = sqlite3_last_insert_rowid(self->db);
    run->metric_count++;
    return ST_OK;
}

static enum status too_many_metrics(const char *run, struct err *err)
{
    return err_set(err, ST_INVALID, "too_many_metrics",
                   "run %s would have more than %d metrics: log fewer, or split the run",
                   run, RUN_METRICS_MAX);
}

/* Finds what exists and refuses what may not be, before anything is written. */
static enum status find_all(struct sqlite_store *self, struct put *put, struct err *err)
{
    size_t missing = 0;
    if (put->in->name_count > RUN_METRICS_MAX)
        return too_many_metrics(put->in->run, err);
    cache_make_room(self->cache, put->in->name_count + 1);
    enum status status = find_run(self, put, err);
    if (status || !put->run)
        return status;
    if (put->run->trashed)
        return sqlite_run_in_trash(put->in->run, err);
    for (size_t i = 0; !status && i < put->in->name_count; i++) {
        status =
            find_metric(self, put->run->key, put->in->names[i], &put->metrics[i], err);
        missing += put->metrics[i] == NULL;
    }
    if (!status && put->run->metric_count + missing > RUN_METRICS_MAX)
        status = too_many_metrics(put->in->run, err);
    return status;
}

static enum status add_run(struct sqlite_store *self, struct put *put, struct err *err)
{
    int64_t key;
    enum status status = sqlite_run_add(self, put->in->run, put->in->now_ms, &key, err);
    if (status)
        return status;
    put->run = cache_add_run(self->cache, put->in->run);
    if (!put->run)
        return out_of_memory(err);
    put->run->key = key;
    put->run->last_step = -1;
    return ST_OK;
}

static enum status add_missing(struct sqlite_store *self, struct put *put, bool *created,
                               struct err *err)
{
    enum status status = ST_OK;
    *created = !put->run;
    if (*created)
        status = add_run(self, put, err);
    for (size_t i = 0; !status && i < put->in->name_count; i++) {
        if (!put->metrics[i])
            status = add_metric(self, put->run, put->in->names[i], &put->metrics[i], err);
    }
    return status;
}

/* Fills in the value that the metric has at point->step, if it has one. */
static enum status find_point(struct sqlite_store *self, int64_t metric_key,
                              struct store_point *point, bool *found, struct err *err)
{
    sqlite3_stmt *find =
        sql_kept(self, SQL_POINT_FIND,
                 "SELECT value, special FROM point WHERE metric_key = ?1 AND step = ?2");
    sql_int(find, 1, metric_key);
    sql_int(find, 2, point->step);
    enum status status = sql_next(self, find, found, err);
    if (*found) {
        point->value = sql_get_double(find, 0);
        sqlite3_reset(find);
    }
    return status;
}

static enum status write_point(struct sqlite_store *self, int64_t metric_key,
                               const struct store_point *point, struct err *err)
{
    sqlite3_stmt *put = sql_kept(
        self, SQL_POINT_PUT,
        "INSERT INTO point (metric_key, step, value, special, time_ms) VALUES (?1, ?2, "
        "?3, ?4, ?5) ON CONFLICT (metric_key, step) DO UPDATE SET value = "
        "excluded.value, "
        "special = excluded.special, time_ms = excluded.time_ms");
    sql_int(put, 1, metric_key);
    sql_int(put, 2, point->step);
    sql_double(put, 3, point->value);
    sql_int(put, 5, point->time_ms);
    return sql_run(self, put, err);
}

/* A point beyond the last one replaces nothing: no need to look. */
static enum status put_point(struct sqlite_store *self, struct cached_metric *metric,
                             const struct store_point *point, struct err *err)
{
    struct metric *figures = &metric->metric;
    struct store_point old = {.step = point->step};
    enum status status = ST_OK;
    bool replaces = false;
    if (point->step <= figures->last_step)
        status = find_point(self, figures->key, &old, &replaces, err);
    if (status)
        return status;
    if (replaces)
        metric->stale |= figures_replace(figures, point->step, old.value, point->value);
    else
        figures_add(figures, point->step, point->value);
    metric->changed = true;
    return write_point(self, figures->key, point, err);
}

static enum status put_points(struct sqlite_store *self, struct put *put, struct err *err)
{
    enum status status = ST_OK;
    for (size_t i = 0; !status && i < put->in->point_count; i++) {
        const struct store_point *point = &put->in->points[i];
        assert(point->metric < put->in->name_count);
        assert(point->step >= 0 && point->step <= STEP_MAX);
        status = put_point(self, put->metrics[point->metric], point, err);
    }
    for (size_t i = 0; !status && i < put->in->name_count; i++) {
        struct cached_metric *metric = put->metrics[i];
        if (!metric->changed)
            continue;
        status = refresh(self, metric, err);
        if (!status)
            status = write_figures(self, &metric->metric, err);
        metric->changed = false;
    }
    return status;
}

static enum status note_progress(struct sqlite_store *self, struct put *put,
                                 struct err *err)
{
    struct cached_run *run = put->run;
    if (put->in->step_last > run->last_step)
        run->last_step = put->in->step_last;
    run->counts_steps = run->counts_steps || put->in->has_step;
    sqlite3_stmt *save =
        sql_kept(self, SQL_RUN_PROGRESS,
                 "UPDATE run SET last_step = ?2, counts_steps = ?3, updated_ms = ?4 "
                 "WHERE run_key = ?1");
    sql_int(save, 1, run->key);
    sql_int(save, 2, run->last_step);
    sql_int(save, 3, run->counts_steps);
    sql_int(save, 4, put->in->now_ms);
    return sql_run(self, save, err);
}

enum status sqlite_put(struct store *store, const struct store_points *points,
                       bool *created, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct put put = {.in = points};
    assert(!sqlite3_get_autocommit(self->db));
    enum status status = find_all(self, &put, err);
    if (!status)
        status = add_missing(self, &put, created, err);
    if (!status)
        status = put_points(self, &put, err);
    if (!status)
        status = note_progress(self, &put, err);
    return status;
}
