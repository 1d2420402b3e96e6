/* Folding: what the journal holds goes into chunks. A part of it rides along with every
   commit, so that no post waits for the whole. */
#include "base/limits.h"
#include "store/figures.h"
#include "store/sqlite/ingest.h"

#include <stdlib.h>

/* Folding begins when the journal holds so many points of each metric, within these
   bounds: with fewer, most of the work would be to rewrite what is there already; more
   cost memory, in every reader. Many posts without points also count. */
#define POINTS_EACH 64
#define POINTS_MIN  16384
#define POINTS_MAX  262144

/* What one commit takes along. Eight times as much, and as often as it takes, where posts
   bring more than that: what waits in memory is bounded. */
#define METRICS_AT_ONCE 32
#define POINTS_AT_ONCE  16384
#define HURRY           8

/* --- one metric --- */

static enum status save_figures(struct sqlite_store *self, const struct metric *metric,
                                struct err *err)
{
    sqlite3_stmt *save = sql_kept(self, SQL_METRIC_SAVE,
                                  "UPDATE metric SET (" FIGURES ", folded_seq"
                                  ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                                  "?11, ?12, ?13) WHERE metric_key = ?14");
    sql_int(save, 1, metric->count);
    sql_int(save, 2, metric->nonfinite_count);
    sql_double(save, 3, metric->min);
    sql_int(save, 5, metric->min_step);
    sql_double(save, 6, metric->max);
    sql_int(save, 8, metric->max_step);
    sql_double(save, 9, metric->last);
    sql_int(save, 11, metric->first_step);
    sql_int(save, 12, metric->last_step);
    sql_int(save, 13, self->ingest->seq - 1);
    sql_int(save, 14, metric->key);
    return sql_run(self, save, err);
}

enum status fold_metric(struct sqlite_store *self, struct metric *metric,
                        const struct points *points, struct err *err)
{
    bool beyond = true;
    const struct unfolded *unfolded = tail_points(&self->tail, metric->key);
    /* What was journalled so far must have a number that is not beyond folded_seq. */
    enum status status = journal_flush(self, err);
    if (!status && unfolded)
        status = chunks_put(self, metric->key, &unfolded->points, &beyond, err);
    if (!status && points)
        status = chunks_put(self, metric->key, points, &beyond, err);
    for (size_t i = 0; points && beyond && i < points->count; i++)
        figures_add(metric, points->step[i], points->value[i]);
    if (!status && !beyond)
        status = chunks_figures(self, metric, err);
    if (!status)
        status = save_figures(self, metric, err);
    if (!status)
        tail_drop(&self->tail, metric->key);
    return status;
}

/* *exists is false for a metric that was purged meanwhile. */
static enum status read_figures(struct sqlite_store *self, struct metric *metric,
                                bool *exists, struct err *err)
{
    sqlite3_stmt *query =
        sql_kept(self, SQL_METRIC_FIGURES,
                 "SELECT " FIGURES " FROM metric WHERE metric_key = ?1");
    sql_int(query, 1, metric->key);
    enum status status = sql_next(self, query, exists, err);
    if (*exists)
        sqlite_read_figures(query, metric);
    sqlite3_reset(query);
    return status;
}

static enum status fold_key(struct sqlite_store *self, int64_t key, struct err *err)
{
    bool exists;
    struct metric metric = {.key = key};
    enum status status = read_figures(self, &metric, &exists, err);
    if (status)
        return status;
    if (!exists) {
        tail_drop(&self->tail, key);
        return ST_OK;
    }
    journal_figures(self, 0, &metric);
    return fold_metric(self, &metric, NULL, err);
}

static enum status save_heard(struct sqlite_store *self, int64_t run_key, struct err *err)
{
    const struct heard *heard = tail_heard(&self->tail, run_key);
    if (!heard)
        return ST_OK;
    sqlite3_stmt *save =
        sql_kept(self, SQL_RUN_PROGRESS,
                 "UPDATE run SET last_step = max(last_step, ?2), counts_steps = "
                 "max(counts_steps, ?3), updated_ms = max(updated_ms, ?4) "
                 "WHERE run_key = ?1");
    sql_int(save, 1, run_key);
    sql_int(save, 2, heard->last_step);
    sql_int(save, 3, heard->counts_steps);
    sql_int(save, 4, heard->updated_ms);
    return sql_run(self, save, err);
}

/* --- all of them, a part at a time --- */

void fold_forget(struct ingest *ingest)
{
    free(ingest->folding);
    ingest->folding = NULL;
}

static int compare_keys(const void *a, const void *b)
{
    const int64_t *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

/* By key: metrics of one run lie together on the disk too. */
static size_t list_keys(const struct keyed_table *table, int64_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < table->slot_count; i++) {
        for (const struct keyed *at = table->slots[i]; at; at = at->next)
            out[count++] = at->key;
    }
    qsort(out, count, sizeof *out, compare_keys);
    return count;
}

static enum status begin_folding(struct sqlite_store *self, struct err *err)
{
    struct ingest *ingest = self->ingest;
    const struct tail *tail = &self->tail;
    size_t room = tail->metrics.count + tail->runs.count + 1;
    enum status status = journal_flush(self, err);
    if (status)
        return status;
    ingest->folding = malloc(room * sizeof *ingest->folding);
    if (!ingest->folding)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    ingest->folded = 0;
    ingest->folding_seq = tail->last_seq;
    ingest->folding_metrics = list_keys(&tail->metrics, ingest->folding);
    ingest->folding_runs =
        list_keys(&tail->runs, ingest->folding + ingest->folding_metrics);
    return ST_OK;
}

/* Deletes the rows that are folded. The newest is only emptied: numbers go on from it. */
static enum status end_folding(struct sqlite_store *self, struct err *err)
{
    struct ingest *ingest = self->ingest;
    struct tail *tail = &self->tail;
    bool all = tail->last_seq == ingest->folding_seq;
    sqlite3_stmt *delete =
        sql_kept(self, SQL_JOURNAL_DELETE, "DELETE FROM journal WHERE seq < ?1");
    sql_int(delete, 1, all ? tail->last_seq : ingest->folding_seq + 1);
    enum status status = sql_run(self, delete, err);
    if (!status && all)
        status = sql_script(self, "UPDATE journal SET body = x''", err);
    tail_forget_runs(tail, ingest->folding_seq);
    tail->puts = 0;
    fold_forget(ingest);
    return status;
}

static bool is_overdue(const struct tail *tail)
{
    return tail->points > 2 * POINTS_MAX || tail->puts > 2 * POINTS_MAX;
}

static enum status fold_part(struct sqlite_store *self, size_t hurry, struct err *err)
{
    struct ingest *ingest = self->ingest;
    size_t items = METRICS_AT_ONCE * hurry, left = self->tail.points;
    size_t until = left > POINTS_AT_ONCE * hurry ? left - POINTS_AT_ONCE * hurry : 0;
    size_t all = ingest->folding_metrics + ingest->folding_runs;
    enum status status = ST_OK;
    while (!status && items-- && ingest->folded < all && self->tail.points >= until) {
        int64_t key = ingest->folding[ingest->folded];
        status = ingest->folded < ingest->folding_metrics ? fold_key(self, key, err)
                                                          : save_heard(self, key, err);
        ingest->folded++;
    }
    return !status && ingest->folded == all ? end_folding(self, err) : status;
}

bool fold_is_due(const struct sqlite_store *self)
{
    const struct tail *tail = &self->tail;
    size_t enough = POINTS_EACH * tail->metrics.count;
    enough = enough < POINTS_MIN ? POINTS_MIN : enough;
    enough = enough > POINTS_MAX ? POINTS_MAX : enough;
    return self->ingest->folding || tail->points >= enough || tail->puts >= POINTS_MAX;
}

enum status fold_some(struct sqlite_store *self, struct err *err)
{
    enum status status = ST_OK;
    bool more = fold_is_due(self);
    while (!status && more) {
        if (!self->ingest->folding)
            status = begin_folding(self, err);
        if (!status)
            status = fold_part(self, is_overdue(&self->tail) ? HURRY : 1, err);
        more = is_overdue(&self->tail);
    }
    return status;
}

enum status fold_all(struct sqlite_store *self, struct err *err)
{
    struct store *store = &self->base;
    enum status status = ST_OK;
    while (!status && (self->tail.metrics.count || self->tail.runs.count)) {
        status = store_begin(store, err);
        if (!status && !self->ingest->folding)
            status = begin_folding(self, err);
        if (!status)
            status = fold_part(self, SIZE_MAX / POINTS_AT_ONCE, err);
        status = status ? status : store_commit(store, err);
        if (status)
            store_rollback(store);
    }
    return status;
}
