/* When findings came and went, and which rules are muted. */
#include "store/sqlite/engine.h"

#include "base/limits.h"

#include <assert.h>
#include <string.h>

/* --- what holds --- */

static bool is_same(const struct run_finding *finding, sqlite3_stmt *row)
{
    return !strcmp(finding->rule, (const char *)sqlite3_column_text(row, 1)) &&
           !strcmp(finding->metric, (const char *)sqlite3_column_text(row, 2));
}

/* A row of the store that holds, against what holds now: it stays, changes or closes. */
static enum status settle(struct sqlite_store *self, sqlite3_stmt *row,
                          const struct findings_now *now, bool *known, struct err *err)
{
    int64_t key = sqlite3_column_int64(row, 0);
    size_t i = 0;
    while (i < now->count && (known[i] || !is_same(&now->holding[i], row)))
        i++; /* a rule may say two things of one curve: one row each */
    if (i == now->count) {
        sqlite3_stmt *close = sql_kept(
            self, SQL_FINDING_CLOSE,
            "UPDATE finding SET closed_step = ?2, closed_ms = ?3 WHERE finding_key = ?1");
        sql_int(close, 1, key);
        sql_int(close, 2, now->step);
        sql_int(close, 3, now->now_ms);
        return sql_run(self, close, err);
    }
    known[i] = true;
    if (sqlite3_column_int(row, 3) >= now->holding[i].severity)
        return ST_OK;
    now->news[i] = true;
    sqlite3_stmt *set =
        sql_kept(self, SQL_FINDING_SEVERITY,
                 "UPDATE finding SET severity = ?2 WHERE finding_key = ?1");
    sql_int(set, 1, key);
    sql_int(set, 2, now->holding[i].severity);
    return sql_run(self, set, err);
}

static enum status settle_all(struct sqlite_store *self, int64_t run_key,
                              const struct findings_now *now, bool *known,
                              struct err *err)
{
    sqlite3_stmt *holding =
        sql_kept(self, SQL_FINDINGS_HOLDING,
                 "SELECT finding_key, rule, metric, severity FROM finding "
                 "WHERE run_key = ?1 AND closed_ms IS NULL");
    bool row;
    enum status status;
    sql_int(holding, 1, run_key);
    while (!(status = sql_next(self, holding, &row, err)) && row) {
        status = settle(self, holding, now, known, err);
        if (status) {
            sqlite3_reset(holding);
            break;
        }
    }
    return status;
}

static enum status open_one(struct sqlite_store *self, int64_t run_key,
                            const struct run_finding *finding,
                            const struct findings_now *now, struct err *err)
{
    sqlite3_stmt *add =
        sql_kept(self, SQL_FINDING_OPEN,
                 "INSERT INTO finding (run_key, rule, metric, severity, "
                 "opened_step, opened_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    sql_int(add, 1, run_key);
    sql_text(add, 2, finding->rule);
    sql_text(add, 3, finding->metric);
    sql_int(add, 4, finding->severity);
    sql_int(add, 5, now->step);
    sql_int(add, 6, now->now_ms);
    return sql_run(self, add, err);
}

/* A finding that comes and goes with every point must not fill the disk. */
static enum status forget_oldest(struct sqlite_store *self, int64_t run_key,
                                 struct err *err)
{
    sqlite3_stmt *forget =
        sql_kept(self, SQL_FINDINGS_FORGET,
                 "DELETE FROM finding WHERE finding_key IN (SELECT finding_key FROM "
                 "finding WHERE run_key = ?1 AND closed_ms IS NOT NULL "
                 "ORDER BY finding_key DESC LIMIT -1 OFFSET ?2)");
    sql_int(forget, 1, run_key);
    sql_int(forget, 2, FINDING_HISTORY_MAX);
    return sql_run(self, forget, err);
}

enum status sqlite_findings_set(struct store *store, const char *id,
                                const struct findings_now *now, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    bool known[FINDING_HISTORY_MAX] = {false}, opened = false;
    assert(now->count <= FINDING_HISTORY_MAX);
    if (now->count)
        memset(now->news, 0, now->count * sizeof *now->news);
    enum status status = sqlite_run_find(self, id, &run, err);
    if (!status)
        status = settle_all(self, run.key, now, known, err);
    for (size_t i = 0; !status && i < now->count; i++) {
        if (known[i])
            continue;
        opened = now->news[i] = true;
        status = open_one(self, run.key, &now->holding[i], now, err);
    }
    return !status && opened ? forget_oldest(self, run.key, err) : status;
}

/* --- reading --- */

static int64_t or_none(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL
               ? -1
               : sqlite3_column_int64(row, column);
}

enum status sqlite_findings(struct store *store, int64_t run_key, struct arena *arena,
                            struct run_finding **out, size_t *count, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    bool row, full = false;
    sqlite3_stmt *query =
        sql_kept(self, SQL_FINDINGS,
                 "SELECT rule, metric, severity, opened_step, opened_ms, closed_step, "
                 "closed_ms, count(*) OVER () FROM finding WHERE run_key = ?1 "
                 "ORDER BY finding_key DESC");
    enum status status;
    *out = NULL;
    *count = 0;
    sql_int(query, 1, run_key);
    while (!(status = sql_next(self, query, &row, err)) && row) {
        if (!*out)
            *out =
                arena_array(arena, (size_t)sqlite3_column_int64(query, 7), sizeof **out);
        full = full || !*out;
        if (full)
            break;
        (*out)[(*count)++] =
            (struct run_finding){.rule = sql_get_text(query, 0, arena, &full),
                                 .metric = sql_get_text(query, 1, arena, &full),
                                 .severity = sqlite3_column_int(query, 2),
                                 .opened_step = sqlite3_column_int64(query, 3),
                                 .opened_ms = sqlite3_column_int64(query, 4),
                                 .closed_step = or_none(query, 5),
                                 .closed_ms = or_none(query, 6)};
    }
    if (full)
        sqlite3_reset(query);
    return full ? sql_answer_too_large(err) : status;
}

enum status sqlite_mutes(struct store *store, int64_t run_key, struct arena *arena,
                         struct mute **out, size_t *count, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    bool row, full = false;
    sqlite3_stmt *query = sql_kept(
        self, SQL_MUTES,
        "SELECT rule, reason, muted_ms FROM mute WHERE run_key = ?1 ORDER BY rule");
    enum status status;
    *out = NULL;
    *count = 0;
    sql_int(query, 1, run_key);
    while (!(status = sql_next(self, query, &row, err)) && row) {
        if (!*out)
            *out = arena_array(arena, MUTES_MAX, sizeof **out);
        full = full || !*out || *count == MUTES_MAX;
        if (full)
            break;
        (*out)[(*count)++] = (struct mute){.rule = sql_get_text(query, 0, arena, &full),
                                           .reason = sql_get_text(query, 1, arena, &full),
                                           .muted_ms = sqlite3_column_int64(query, 2)};
    }
    if (full)
        sqlite3_reset(query);
    return full ? sql_answer_too_large(err) : status;
}

/* --- muting --- */

enum status sqlite_mute(struct store *store, const char *id, const struct mute *mute,
                        struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (!status && run.trashed)
        return sqlite_run_in_trash(id, err);
    if (status)
        return status;
    sqlite3_stmt *set =
        sql_once(self, "INSERT INTO mute (run_key, rule, reason, muted_ms) "
                       "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (run_key, rule) "
                       "DO UPDATE SET reason = excluded.reason");
    sql_int(set, 1, run.key);
    sql_text(set, 2, mute->rule);
    sql_text(set, 3, mute->reason);
    sql_int(set, 4, mute->muted_ms);
    return sql_run_once(self, set, err);
}

enum status sqlite_unmute(struct store *store, const char *id, const char *rule,
                          struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct sqlite_run run;
    enum status status = sqlite_run_find(self, id, &run, err);
    if (status)
        return status;
    sqlite3_stmt *set =
        sql_once(self, "DELETE FROM mute WHERE run_key = ?1 AND rule = ?2");
    sql_int(set, 1, run.key);
    sql_text(set, 2, rule);
    return sql_run_once(self, set, err);
}
