/* Changing runs: the rows of run and run_document. */
#include "store/sqlite/ingest.h"

#include <assert.h>

static enum status not_found(const char *id, struct err *err)
{
    return err_set(err, ST_NOT_FOUND, "run_not_found", "there is no run %s", id);
}

enum status sqlite_run_in_trash(const char *id, struct err *err)
{
    return err_set(err, ST_CONFLICT, "run_in_trash",
                   "run %s is in the trash: restore it first", id);
}

enum status sqlite_run_add(struct sqlite_store *self, const char *id, int64_t now_ms,
                           int64_t *key, struct err *err)
{
    sqlite3_stmt *add = sql_kept(self, SQL_RUN_ADD,
                                 "INSERT INTO run (id, name, created_ms, updated_ms) "
                                 "VALUES (?1, ?1, ?2, ?2)");
    sql_text(add, 1, id);
    sql_int(add, 2, now_ms);
    enum status status = sql_run(self, add, err);
    if (status)
        return status;
    *key = sqlite3_last_insert_rowid(self->db);
    sqlite3_stmt *document = sql_kept(self, SQL_RUN_ADD_DOCUMENT,
                                      "INSERT INTO run_document (run_key) VALUES (?1)");
    sql_int(document, 1, *key);
    return sql_run(self, document, err);
}

static enum status find(struct sqlite_store *self, const char *id, struct sqlite_run *out,
                        struct err *err)
{
    sqlite3_stmt *query =
        sql_once(self, "SELECT run_key, trashed_ms IS NOT NULL FROM run WHERE id = ?1");
    *out = (struct sqlite_run){0};
    sql_text(query, 1, id);
    enum status status = sql_next(self, query, &out->exists, err);
    if (out->exists) {
        out->key = sqlite3_column_int64(query, 0);
        out->trashed = sqlite3_column_int(query, 1);
    }
    sqlite3_finalize(query);
    return status;
}

enum status sqlite_run_find(struct sqlite_store *self, const char *id,
                            struct sqlite_run *out, struct err *err)
{
    assert(!sqlite3_get_autocommit(self->db));
    enum status status = find(self, id, out, err);
    return !status && !out->exists ? not_found(id, err) : status;
}

/* NULL leaves a column as it is. */
static enum status set_fields(struct sqlite_store *self, int64_t key,
                              const struct run_fields *fields, struct err *err)
{
    sqlite3_stmt *set =
        sql_once(self, "UPDATE run SET name = CASE ?2 WHEN '' THEN id "
                       "ELSE coalesce(?2, name) END, "
                       "project = coalesce(?3, project), "
                       "baseline = coalesce(?4, baseline), "
                       "epochs = coalesce(?5, epochs), status = coalesce(?6, status) "
                       "WHERE run_key = ?1");
    sql_int(set, 1, key);
    sql_text(set, 2, fields->name);
    sql_text(set, 3, fields->project);
    sql_text(set, 4, fields->baseline);
    if (fields->set_epochs)
        sql_int(set, 5, fields->epochs);
    if (fields->set_status)
        sql_int(set, 6, fields->status);
    return sql_run_once(self, set, err);
}

/* The JSON text null clears a column. */
static enum status set_document(struct sqlite_store *self, int64_t key,
                                const struct run_fields *fields, struct err *err)
{
    sqlite3_stmt *set = sql_once(
        self, "UPDATE run_document SET note = coalesce(?2, note), "
              "config_json = nullif(coalesce(?3, config_json), 'null'), "
              "tags_json = nullif(coalesce(?4, tags_json), 'null'), "
              "schedule_json = nullif(coalesce(?5, schedule_json), 'null'), "
              "roles_json = nullif(coalesce(?6, roles_json), 'null') WHERE run_key = ?1");
    sql_int(set, 1, key);
    sql_text(set, 2, fields->note);
    sql_text(set, 3, fields->config_json);
    sql_text(set, 4, fields->tags_json);
    sql_text(set, 5, fields->schedule_json);
    sql_text(set, 6, fields->roles_json);
    return sql_run_once(self, set, err);
}

static enum status touch(struct sqlite_store *self, int64_t key, int64_t now_ms,
                         struct err *err)
{
    sqlite3_stmt *set =
        sql_once(self, "UPDATE run SET updated_ms = ?2 WHERE run_key = ?1");
    sql_int(set, 1, key);
    sql_int(set, 2, now_ms);
    return sql_run_once(self, set, err);
}

enum status sqlite_run_create(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    assert(!sqlite3_get_autocommit(self->db));
    enum status status = find(self, id, &run, err);
    if (!status && run.exists)
        return err_set(err, ST_CONFLICT, "run_exists", "run %s exists already%s", id,
                       run.trashed ? ", in the trash: restore or purge it first" : "");
    if (!status)
        status = sqlite_run_add(self, id, now_ms, &run.key, err);
    if (!status)
        status = set_fields(self, run.key, fields, err);
    if (!status)
        status = set_document(self, run.key, fields, err);
    return status;
}

enum status sqlite_run_update(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (!status && run.trashed)
        return sqlite_run_in_trash(id, err);
    if (!status)
        status = set_fields(self, run.key, fields, err);
    if (!status)
        status = set_document(self, run.key, fields, err);
    if (!status)
        status = touch(self, run.key, now_ms, err);
    return status;
}

enum status sqlite_run_trash(struct store *store, const char *id, int64_t now_ms,
                             struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (status || run.trashed)
        return status;
    cache_clear(&self->ingest->cache);
    sqlite3_stmt *set =
        sql_once(self, "UPDATE run SET trashed_ms = ?2 WHERE run_key = ?1");
    sql_int(set, 1, run.key);
    sql_int(set, 2, now_ms);
    return sql_run_once(self, set, err);
}

enum status sqlite_run_restore(struct store *store, const char *id, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (status || !run.trashed)
        return status;
    cache_clear(&self->ingest->cache);
    sqlite3_stmt *set =
        sql_once(self, "UPDATE run SET trashed_ms = NULL WHERE run_key = ?1");
    sql_int(set, 1, run.key);
    return sql_run_once(self, set, err);
}

/* Metrics and the document go with the run (ON DELETE CASCADE); chunks are not tied to
   metrics, nor bodies to chunks. */
enum status sqlite_run_purge(struct store *store, const char *id, struct err *err)
{
#define METRICS_OF_RUN "(SELECT metric_key FROM metric WHERE run_key = ?1)"
    static const char *const deletes[] = {
        "DELETE FROM chunk_body WHERE body_key IN (SELECT body_key FROM chunk WHERE "
        "metric_key IN " METRICS_OF_RUN ")",
        "DELETE FROM chunk WHERE metric_key IN " METRICS_OF_RUN,
        "DELETE FROM run WHERE run_key = ?1",
    };
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (status)
        return status;
    cache_clear(&self->ingest->cache);
    for (size_t i = 0; !status && i < sizeof deletes / sizeof *deletes; i++) {
        sqlite3_stmt *delete = sql_once(self, deletes[i]);
        sql_int(delete, 1, run.key);
        status = sql_run_once(self, delete, err);
    }
    return status;
}

enum status sqlite_run_judge(struct store *store, const char *id,
                             const struct run_judgement *judgement, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    assert(!sqlite3_get_autocommit(self->db));
    sqlite3_stmt *set = sql_kept(self, SQL_RUN_JUDGE,
                                 "UPDATE run SET verdict = ?2, errors = ?3, "
                                 "warnings = ?4, infos = ?5 WHERE id = ?1");
    sql_text(set, 1, id);
    sql_text(set, 2, judgement->verdict);
    sql_int(set, 3, judgement->errors);
    sql_int(set, 4, judgement->warnings);
    sql_int(set, 5, judgement->infos);
    enum status status = sql_run(self, set, err);
    return !status && !sqlite3_changes(self->db) ? not_found(id, err) : status;
}
