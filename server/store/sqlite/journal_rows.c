/* The journal: one row for each commit, and the tail that it adds up to in memory. */
#include "store/figures.h"
#include "store/journal.h"
#include "store/sqlite/ingest.h"

#include <assert.h>

/* --- writing --- */

enum status journal_flush(struct sqlite_store *self, struct err *err)
{
    struct ingest *ingest = self->ingest;
    if (ingest->body.failed)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    if (!ingest->body.length)
        return ST_OK;
    sqlite3_stmt *add = sql_kept(self, SQL_JOURNAL_ADD,
                                 "INSERT INTO journal (seq, body) VALUES (?1, ?2)");
    sql_int(add, 1, ingest->seq);
    sql_blob(add, 2, ingest->body.data, ingest->body.length);
    enum status status = sql_run(self, add, err);
    if (!self->tail.first_seq)
        self->tail.first_seq = ingest->seq;
    self->tail.last_seq = ingest->seq++;
    buf_clear(&ingest->body);
    return status;
}

/* --- reading --- */

/* The numbers of the first and the last row; 0 without any. */
static enum status read_range(struct sqlite_store *self, int64_t *first, int64_t *last,
                              struct err *err)
{
    bool row;
    sqlite3_stmt *query =
        sql_kept(self, SQL_JOURNAL_RANGE,
                 "SELECT (SELECT min(seq) FROM journal), (SELECT max(seq) FROM journal)");
    enum status status = sql_next(self, query, &row, err);
    *first = row ? sqlite3_column_int64(query, 0) : 0;
    *last = row ? sqlite3_column_int64(query, 1) : 0;
    sqlite3_reset(query);
    return status;
}

static enum status read_rows(struct sqlite_store *self, struct err *err)
{
    bool row;
    sqlite3_stmt *query =
        sql_kept(self, SQL_JOURNAL_READ,
                 "SELECT seq, body FROM journal WHERE seq > ?1 ORDER BY seq");
    sql_int(query, 1, self->tail.last_seq);
    enum status status;
    while (!(status = sql_next(self, query, &row, err)) && row) {
        struct journal_row now = {sqlite3_column_int64(query, 0),
                                  sqlite3_column_blob(query, 1),
                                  (size_t)sqlite3_column_bytes(query, 1)};
        status = journal_replay(&now, &self->tail, err);
        if (status)
            break;
    }
    sqlite3_reset(query);
    return status;
}

enum status journal_folded(struct sqlite_store *self, int64_t metric_key,
                           int64_t *folded_seq, struct err *err)
{
    bool row;
    sqlite3_stmt *query = sql_kept(self, SQL_METRIC_FOLDED,
                                   "SELECT folded_seq FROM metric WHERE metric_key = ?1");
    sql_int(query, 1, metric_key);
    enum status status = sql_next(self, query, &row, err);
    *folded_seq = row ? sqlite3_column_int64(query, 0) : INT64_MAX;
    sqlite3_reset(query);
    return status;
}

/* A writer's tail holds nothing that is in chunks: folding takes it as it is. */
static enum status cut_folded(struct sqlite_store *self, struct err *err)
{
    int64_t folded_seq;
    enum status status = ST_OK;
    const struct keyed_table *table = &self->tail.metrics;
    for (size_t i = 0; !status && i < table->slot_count; i++) {
        for (struct keyed *next, *at = table->slots[i]; !status && at; at = next) {
            next = at->next;
            status = journal_folded(self, at->key, &folded_seq, err);
            if (!status)
                tail_cut(&self->tail, at->key, folded_seq);
        }
    }
    return status;
}

/* Rows at the beginning go when all they hold is in chunks: then what the tail knows of
   them can go too. */
enum status journal_refresh(struct sqlite_store *self, struct err *err)
{
    int64_t first, last;
    if (self->ingest && self->tail_known)
        return ST_OK;
    enum status status = read_range(self, &first, &last, err);
    if (status)
        return status;
    if (!self->tail_known || first != self->tail.first_seq || last < self->tail.last_seq)
        tail_reset(&self->tail);
    if (last > self->tail.last_seq)
        status = read_rows(self, err);
    if (!status && self->ingest) {
        self->ingest->seq = self->tail.last_seq + 1;
        status = cut_folded(self, err);
    }
    self->tail_known = status == ST_OK;
    return status;
}

static sqlite3_stmt *read_end(struct sqlite_store *self)
{
    return sql_kept(self, SQL_READ_END, "COMMIT");
}

/* A begin within a begin, or within the writer's transaction, has a snapshot already. */
enum status sql_read_begin(struct sqlite_store *self, struct err *err)
{
    enum status status = ST_OK;
    if (self->reading) {
        self->reading++;
        return ST_OK;
    }
    if (sqlite3_get_autocommit(self->db)) {
        if (!read_end(self)) /* prepared now: the end must not fail */
            return sql_error(self, err);
        status = sql_run(self, sql_kept(self, SQL_READ_BEGIN, "BEGIN"), err);
        self->reading = status == ST_OK;
    }
    if (!status)
        status = journal_refresh(self, err);
    if (status)
        sql_read_end(self);
    return status;
}

void sql_read_end(struct sqlite_store *self)
{
    if (!self->reading || --self->reading)
        return;
    sqlite3_stmt *end = read_end(self);
    sqlite3_step(end);
    sqlite3_reset(end);
}

int64_t journal_figures(const struct sqlite_store *self, int64_t folded_seq,
                        struct metric *metric)
{
    const struct unfolded *unfolded = tail_points(&self->tail, metric->key);
    size_t from = unfolded_from(unfolded, folded_seq);
    if (!unfolded)
        return 0;
    for (size_t i = from; i < unfolded->points.count; i++)
        figures_add(metric, unfolded->points.step[i], unfolded->points.value[i]);
    return (int64_t)(unfolded->points.count - from);
}

/* --- for SQL --- */

static void heard_ms(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct sqlite_store *self = sqlite3_user_data(context);
    const struct heard *heard = tail_heard(&self->tail, sqlite3_value_int64(values[0]));
    int64_t known_ms = sqlite3_value_int64(values[1]);
    (void)count;
    sqlite3_result_int64(context, heard && heard->updated_ms > known_ms
                                      ? heard->updated_ms
                                      : known_ms);
}

static void unfolded(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct sqlite_store *self = sqlite3_user_data(context);
    const struct unfolded *of = tail_points(&self->tail, sqlite3_value_int64(values[0]));
    size_t from = unfolded_from(of, sqlite3_value_int64(values[1]));
    (void)count;
    sqlite3_result_int64(context, of ? (int64_t)(of->points.count - from) : 0);
}

enum status journal_functions(struct sqlite_store *self, struct err *err)
{
    static const struct {
        const char *name;
        int arguments;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"heard_ms", 2, heard_ms}, {"unfolded", 2, unfolded}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (sqlite3_create_function_v2(self->db, functions[i].name,
                                       functions[i].arguments, SQLITE_UTF8, self,
                                       functions[i].call, NULL, NULL, NULL))
            return sql_error(self, err);
    }
    return ST_OK;
}
