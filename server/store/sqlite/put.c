/* Ingest: points, and the runs and metrics they bring. Points beyond a metric's last step
   go into the journal; a point among those that are there, or very many at once, go into
   chunks at once, in the same transaction. */
#include "base/limits.h"
#include "store/figures.h"
#include "store/journal.h"
#include "store/sqlite/ingest.h"

#include <assert.h>
#include <stdlib.h>

/* A metric with so many points in one put is worth chunks of its own at once. */
#define POINTS_AT_ONCE 2048
/* Rows of the journal are not much longer than this. */
#define BODY_BYTES_AIM (1 << 20)

/* One call of sqlite_put. */
struct put {
    const struct store_points *in;
    struct arena arena;
    struct cached_run *run;         /* NULL while it does not exist */
    struct cached_metric **metrics; /* by index into in->names */
    /* All points by metric, those of one metric in the order they came in: they end at
       end[metric], where those of the next begin. */
    struct points columns;
    size_t *end;
};

static enum status out_of_memory(struct err *err)
{
    return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
}

/* What the journal knows of a run beyond its row. */
static void hear(const struct sqlite_store *self, struct cached_run *run)
{
    const struct heard *heard = tail_heard(&self->tail, run->key);
    if (!heard)
        return;
    if (heard->last_step > run->last_step)
        run->last_step = heard->last_step;
    run->counts_steps = run->counts_steps || heard->counts_steps;
}

static enum status find_run(struct sqlite_store *self, struct put *put, struct err *err)
{
    bool row;
    put->run = cache_run(&self->ingest->cache, put->in->run);
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
    put->run = cache_add_run(&self->ingest->cache, put->in->run);
    if (put->run) {
        put->run->key = sqlite3_column_int64(find, 0);
        put->run->trashed = sqlite3_column_int(find, 1);
        put->run->counts_steps = sqlite3_column_int(find, 2);
        put->run->last_step = sqlite3_column_int64(find, 3);
        put->run->metric_count = (size_t)sqlite3_column_int64(find, 4);
        hear(self, put->run);
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
    *out = cache_metric(&self->ingest->cache, run_key, name);
    if (*out)
        return ST_OK;
    sqlite3_stmt *find = sql_kept(self, SQL_METRIC_FIND,
                                  "SELECT " FIGURES ", metric_key, folded_seq FROM "
                                  "metric WHERE run_key = ?1 AND name = ?2");
    sql_int(find, 1, run_key);
    sql_text(find, 2, name);
    enum status status = sql_next(self, find, &row, err);
    if (!row)
        return status;
    *out = cache_add_metric(&self->ingest->cache, run_key, name);
    if (*out) {
        sqlite_read_figures(find, &(*out)->metric);
        (*out)->metric.key = sqlite3_column_int64(find, FIGURES_COLUMNS);
        journal_figures(self, sqlite3_column_int64(find, FIGURES_COLUMNS + 1),
                        &(*out)->metric);
    }
    sqlite3_reset(find);
    return *out ? ST_OK : out_of_memory(err);
}

/* A name given twice is one metric. */
static enum status add_metric(struct sqlite_store *self, struct cached_run *run,
                              const char *name, struct cached_metric **out,
                              struct err *err)
{
    *out = cache_metric(&self->ingest->cache, run->key, name);
    if (*out)
        return ST_OK;
    sqlite3_stmt *add = sql_kept(self, SQL_METRIC_ADD,
                                 "INSERT INTO metric (run_key, name) VALUES (?1, ?2)");
    sql_int(add, 1, run->key);
    sql_text(add, 2, name);
    enum status status = sql_run(self, add, err);
    if (status)
        return status;
    *out = cache_add_metric(&self->ingest->cache, run->key, name);
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
    cache_make_room(&self->ingest->cache, put->in->name_count + 1);
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
    put->run = cache_add_run(&self->ingest->cache, put->in->run);
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

/* --- points --- */

static bool sort_by_metric(struct put *put)
{
    const struct store_points *in = put->in;
    size_t *at = arena_array(&put->arena, in->name_count + 1, sizeof *at);
    struct points *c = &put->columns;
    c->step = arena_array(&put->arena, in->point_count, sizeof *c->step);
    c->time_ms = arena_array(&put->arena, in->point_count, sizeof *c->time_ms);
    c->value = arena_array(&put->arena, in->point_count, sizeof *c->value);
    put->end = at;
    if (!at || !c->step || !c->time_ms || !c->value)
        return false;
    /* First how many there are of the metrics before, then moved on by each of its own.
     */
    for (size_t i = 0; i < in->point_count; i++)
        at[in->points[i].metric + 1]++;
    for (size_t m = 1; m <= in->name_count; m++)
        at[m] += at[m - 1];
    for (size_t i = 0; i < in->point_count; i++) {
        const struct store_point *point = &in->points[i];
        assert(point->metric < in->name_count);
        assert(point->step >= 0 && point->step <= STEP_MAX);
        size_t place = at[point->metric]++;
        c->step[place] = point->step;
        c->time_ms[place] = point->time_ms;
        c->value[place] = point->value;
    }
    return true;
}

/* The points of the m-th name. */
static struct points points_of(const struct put *put, size_t m)
{
    size_t from = m ? put->end[m - 1] : 0;
    return (struct points){put->columns.step + from, put->columns.time_ms + from,
                           put->columns.value + from, put->end[m] - from};
}

static bool rises_beyond(const struct points *points, int64_t last_step)
{
    size_t i = 0;
    for (; i < points->count && points->step[i] > last_step; i++)
        last_step = points->step[i];
    return i == points->count;
}

struct place {
    int64_t step;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->step != q->step)
        return p->step < q->step ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

/* By strictly rising step: of points of one step the one that came last. */
static enum status sort_points(struct arena *arena, const struct points *points,
                               struct points *out, struct err *err)
{
    size_t count = points->count;
    struct place *places = arena_array(arena, count, sizeof *places);
    *out = (struct points){arena_array(arena, count, sizeof *out->step),
                           arena_array(arena, count, sizeof *out->time_ms),
                           arena_array(arena, count, sizeof *out->value), 0};
    if (!places || !out->step || !out->time_ms || !out->value)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){points->step[i], i};
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && places[i + 1].step == places[i].step)
            continue;
        out->step[out->count] = places[i].step;
        out->time_ms[out->count] = points->time_ms[places[i].index];
        out->value[out->count++] = points->value[places[i].index];
    }
    return ST_OK;
}

static enum status write_journal(struct sqlite_store *self, struct metric *metric,
                                 const struct points *points, struct err *err)
{
    struct ingest *ingest = self->ingest;
    struct tail_add add = {metric->key, ingest->seq, points, points->count};
    for (size_t i = 0; i < points->count; i++)
        figures_add(metric, points->step[i], points->value[i]);
    journal_points(&ingest->body, metric->key, points, points->count);
    if (!tail_add(&self->tail, &add))
        return out_of_memory(err);
    return ingest->body.length < BODY_BYTES_AIM ? ST_OK : journal_flush(self, err);
}

static enum status put_metric(struct sqlite_store *self, struct put *put, size_t m,
                              struct err *err)
{
    struct metric *metric = &put->metrics[m]->metric;
    struct points points = points_of(put, m), sorted;
    if (!points.count)
        return ST_OK;
    if (!rises_beyond(&points, metric->last_step)) {
        enum status status = sort_points(&put->arena, &points, &sorted, err);
        return status ? status : fold_metric(self, metric, &sorted, err);
    }
    return points.count < POINTS_AT_ONCE ? write_journal(self, metric, &points, err)
                                         : fold_metric(self, metric, &points, err);
}

static enum status note_progress(struct sqlite_store *self, struct put *put,
                                 struct err *err)
{
    struct cached_run *run = put->run;
    struct buf *body = &self->ingest->body;
    if (put->in->step_last > run->last_step)
        run->last_step = put->in->step_last;
    run->counts_steps = run->counts_steps || put->in->has_step;
    struct heard heard = {.last_step = run->last_step,
                          .updated_ms = put->in->now_ms,
                          .seq = self->ingest->seq,
                          .counts_steps = run->counts_steps};
    journal_heard(body, run->key, &heard);
    if (!tail_hear(&self->tail, run->key, &heard) || body->failed)
        return out_of_memory(err);
    return body->length < BODY_BYTES_AIM ? ST_OK : journal_flush(self, err);
}

static enum status put_points(struct sqlite_store *self, struct put *put, struct err *err)
{
    enum status status = sort_by_metric(put) ? ST_OK : out_of_memory(err);
    for (size_t m = 0; !status && m < put->in->name_count; m++)
        status = put_metric(self, put, m, err);
    return status ? status : note_progress(self, put, err);
}

static enum status put_all(struct sqlite_store *self, struct put *put, bool *created,
                           struct err *err)
{
    put->metrics = arena_array(&put->arena, put->in->name_count, sizeof *put->metrics);
    enum status status = put->metrics ? ST_OK : out_of_memory(err);
    if (!status)
        status = find_all(self, put, err);
    if (!status)
        status = add_missing(self, put, created, err);
    return status ? status : put_points(self, put, err);
}

enum status sqlite_put(struct store *store, const struct store_points *points,
                       bool *created, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct put put = {.in = points};
    assert(!sqlite3_get_autocommit(self->db));
    if (points->name_count > RUN_METRICS_MAX)
        return too_many_metrics(points->run, err);
    arena_init(&put.arena, SIZE_MAX);
    enum status status = put_all(self, &put, created, err);
    arena_release(&put.arena);
    return status;
}
