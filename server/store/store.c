#include "store/store.h"

#include "base/limits.h"
#include "store/store_ops.h"

#include <assert.h>

const char *const run_status_names[4] = {"running", "finished", "failed", NULL};

/* The first that handles a location gets it; a file name is what is left over. */
static const struct store_ops *const engines[] = {&store_sqlite_ops};

enum status store_open(const char *location, enum store_mode mode, struct store **out,
                       struct err *err)
{
    *out = NULL;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (engines[i]->handles(location))
            return engines[i]->open(location, mode, out, err);
    }
    return err_set(err, ST_INVALID, "unknown_engine", "no engine for %s", location);
}

void store_close(struct store *store)
{
    if (store)
        store->ops->close(store);
}

static const struct store_ops *writer(const struct store *store)
{
    assert(store->mode == STORE_WRITER);
    return store->ops;
}

enum status store_begin(struct store *store, struct err *err)
{
    return writer(store)->begin(store, err);
}

enum status store_commit(struct store *store, struct err *err)
{
    return writer(store)->commit(store, err);
}

void store_rollback(struct store *store)
{
    writer(store)->rollback(store);
}

enum status store_tidy(struct store *store, bool *more, struct err *err)
{
    return writer(store)->tidy(store, more, err);
}

enum status store_put(struct store *store, const struct store_points *points,
                      bool *created, struct err *err)
{
    return writer(store)->put(store, points, created, err);
}

enum status store_run_create(struct store *store, const char *id,
                             const struct run_fields *fields, int64_t now_ms,
                             struct err *err)
{
    return writer(store)->run_create(store, id, fields, now_ms, err);
}

enum status store_run_update(struct store *store, const char *id,
                             const struct run_fields *fields, int64_t now_ms,
                             struct err *err)
{
    return writer(store)->run_update(store, id, fields, now_ms, err);
}

enum status store_run_trash(struct store *store, const char *id, int64_t now_ms,
                            struct err *err)
{
    return writer(store)->run_trash(store, id, now_ms, err);
}

enum status store_run_restore(struct store *store, const char *id, struct err *err)
{
    return writer(store)->run_restore(store, id, err);
}

enum status store_run_purge(struct store *store, const char *id, struct err *err)
{
    return writer(store)->run_purge(store, id, err);
}

enum status store_run_judge(struct store *store, const char *id,
                            const struct run_judgement *judgement, struct err *err)
{
    return writer(store)->run_judge(store, id, judgement, err);
}

enum status store_findings_set(struct store *store, const char *id,
                               const struct findings_now *now, struct err *err)
{
    return writer(store)->findings_set(store, id, now, err);
}

enum status store_mute(struct store *store, const char *id, const struct mute *mute,
                       struct err *err)
{
    return writer(store)->mute(store, id, mute, err);
}

enum status store_unmute(struct store *store, const char *id, const char *rule,
                         struct err *err)
{
    return writer(store)->unmute(store, id, rule, err);
}

enum status store_run_get(struct store *store, const char *id, bool trashed_too,
                          struct arena *arena, struct run *out, struct err *err)
{
    enum status status = store->ops->run_get(store, id, arena, out, err);
    if (status == ST_OK && out->trashed && !trashed_too)
        return err_set(err, ST_NOT_FOUND, "run_not_found",
                       "run %s is in the trash: restore it first", id);
    return status;
}

enum status store_runs(struct store *store, const struct run_query *query,
                       struct arena *arena, struct run_page *out, struct err *err)
{
    assert(query->limit >= 1 && query->limit <= RUNS_PAGE_MAX);
    return store->ops->runs(store, query, arena, out, err);
}

enum status store_metrics(struct store *store, int64_t run_key, struct arena *arena,
                          struct metric **out, size_t *count, struct err *err)
{
    return store->ops->metrics(store, run_key, arena, out, count, err);
}

enum status store_read_begin(struct store *store, struct err *err)
{
    return store->ops->read_begin(store, err);
}

void store_read_end(struct store *store)
{
    store->ops->read_end(store);
}

enum status store_points_read(struct store *store, int64_t metric_key, int64_t from,
                              int64_t to, bool wider, struct arena *arena,
                              struct points *out, struct err *err)
{
    struct point_range range = {from, to, wider};
    return store->ops->points_read(store, metric_key, &range, arena, out, err);
}

enum status store_points_walk(struct store *store, int64_t metric_key, int64_t from,
                              int64_t to, const struct points_visitor *visitor,
                              struct err *err)
{
    struct point_range range = {from, to, false};
    return store->ops->points_walk(store, metric_key, &range, visitor, err);
}

enum status store_mutes(struct store *store, int64_t run_key, struct arena *arena,
                        struct mute **out, size_t *count, struct err *err)
{
    return store->ops->mutes(store, run_key, arena, out, count, err);
}

enum status store_findings(struct store *store, int64_t run_key, struct arena *arena,
                           struct run_finding **out, size_t *count, struct err *err)
{
    return store->ops->findings(store, run_key, arena, out, count, err);
}

enum status store_sql(struct store *store, const char *statement,
                      const struct sql_reader *reader, struct err *err)
{
    assert(store->mode == STORE_READER);
    return store->ops->sql(store, statement, reader, err);
}

enum status store_compact(struct store *store, const struct compaction *wanted,
                          struct compacted *out, struct err *err)
{
    assert(wanted->dry_run || store->mode == STORE_WRITER);
    assert(!wanted->thin_before_ms || wanted->thin_points >= SIEVE_POINTS_MIN);
    return store->ops->compact(store, wanted, out, err);
}

enum status store_purge_trash(struct store *store, int64_t before_ms, size_t limit,
                              size_t *count, struct err *err)
{
    return writer(store)->purge_trash(store, before_ms, limit, count, err);
}

enum status store_info(struct store *store, struct store_info *out, struct err *err)
{
    return store->ops->info(store, out, err);
}
