/* Reading runs: one, or a page of a list. */
#include "base/text.h"
#include "store/sqlite/engine.h"

#include <stdio.h>
#include <string.h>

/* The journal may have heard of a run later than its row says. */
#define UPDATED "heard_ms(run.run_key, updated_ms)"

#define BRIEF_COLUMNS                                                               \
    "run.run_key, id, name, project, baseline, status, epochs, counts_steps, "      \
    "trashed_ms IS NOT NULL, created_ms, " UPDATED ", last_step, verdict, errors, " \
    "warnings, infos, "
#define COLUMNS      BRIEF_COLUMNS "note, config_json, tags_json, schedule_json, roles_json"
#define NO_DOCUMENTS BRIEF_COLUMNS "NULL, NULL, NULL, NULL, NULL"

static void add_heard(const struct sqlite_store *self, struct run *run)
{
    const struct heard *heard = tail_heard(&self->tail, run->key);
    if (!heard)
        return;
    if (heard->last_step > run->last_step)
        run->last_step = heard->last_step;
    run->counts_steps = run->counts_steps || heard->counts_steps;
}

/* Sets *full when the arena is. */
static void read_run(const struct sqlite_store *self, sqlite3_stmt *row,
                     struct arena *arena, struct run *out, bool *full)
{
    *out = (struct run){
        .key = sqlite3_column_int64(row, 0),
        .id = sql_get_text(row, 1, arena, full),
        .name = sql_get_text(row, 2, arena, full),
        .project = sql_get_text(row, 3, arena, full),
        .baseline = sql_get_text(row, 4, arena, full),
        .status = (enum run_status)sqlite3_column_int(row, 5),
        .epochs = sqlite3_column_int64(row, 6),
        .counts_steps = sqlite3_column_int(row, 7),
        .trashed = sqlite3_column_int(row, 8),
        .created_ms = sqlite3_column_int64(row, 9),
        .updated_ms = sqlite3_column_int64(row, 10),
        .last_step = sqlite3_column_int64(row, 11),
        .judgement = {.verdict = sql_get_text(row, 12, arena, full),
                      .errors = sqlite3_column_int(row, 13),
                      .warnings = sqlite3_column_int(row, 14),
                      .infos = sqlite3_column_int(row, 15)},
        .note = sql_get_text(row, 16, arena, full),
        .config_json = sql_get_text(row, 17, arena, full),
        .tags_json = sql_get_text(row, 18, arena, full),
        .schedule_json = sql_get_text(row, 19, arena, full),
        .roles_json = sql_get_text(row, 20, arena, full),
    };
    add_heard(self, out);
}

static enum status get_run(struct sqlite_store *self, const char *id, struct arena *arena,
                           struct run *out, struct err *err)
{
    bool row, full = false;
    sqlite3_stmt *query =
        sql_kept(self, SQL_RUN_GET,
                 "SELECT " COLUMNS " FROM run JOIN run_document USING (run_key) "
                 "WHERE id = ?1");
    sql_text(query, 1, id);
    enum status status = sql_next(self, query, &row, err);
    if (row)
        read_run(self, query, arena, out, &full);
    sqlite3_reset(query);
    if (full)
        return sql_answer_too_large(err);
    if (!status && !row)
        return err_set(err, ST_NOT_FOUND, "run_not_found", "there is no run %s", id);
    return status;
}

enum status sqlite_run_get(struct store *store, const char *id, struct arena *arena,
                           struct run *out, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = get_run(self, id, arena, out, err);
    sql_read_end(self);
    return status;
}

/* --- lists --- */

/* What a list can be sorted by. `mark` is for cursors. */
static const struct {
    char mark;
    const char *column, *expression;
} orders[] = {
    [RUNS_BY_CREATED] = {'c', "created_ms", "created_ms"},
    [RUNS_BY_UPDATED] = {'u', "updated_ms", UPDATED},
    [RUNS_BY_NAME] = {'n', "name", "name COLLATE NOCASE"},
};

/* A cursor says where the page before ended: mark, direction, key and sort value of its
   last run, "cd.17.1764000000000" or "na.17.<name in hex>". It therefore still points to
   the same place when runs come, go or change. */
struct cursor {
    bool set;
    int64_t key, time_ms;
    const char *name;
};

static char direction(const struct run_query *query)
{
    return query->ascending ? 'a' : 'd';
}

static const char *cursor_text(const struct run_query *query, const struct run *last,
                               struct arena *arena)
{
    int64_t time_ms =
        query->order == RUNS_BY_CREATED ? last->created_ms : last->updated_ms;
    if (query->order != RUNS_BY_NAME)
        return arena_printf(arena, "%c%c.%lld.%lld", orders[query->order].mark,
                            direction(query), (long long)last->key, (long long)time_ms);
    size_t length = strlen(last->name);
    char *hex = arena_alloc(arena, 2 * length + 1);
    for (size_t i = 0; hex && i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)last->name[i]);
    return hex ? arena_printf(arena, "n%c.%lld.%s", direction(query),
                              (long long)last->key, hex)
               : NULL;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* False unless the text is pairs of hex digits, none of them 00. */
static bool from_hex(const char *hex, char *out)
{
    for (; hex[0]; hex += 2) {
        int high = hex_digit(hex[0]), low = hex_digit(hex[1]);
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        *out++ = (char)(high * 16 + low);
    }
    *out = '\0';
    return true;
}

static bool parse_cursor(const struct run_query *query, struct arena *arena,
                         struct cursor *out)
{
    const char *text = query->cursor;
    *out = (struct cursor){.set = text};
    if (!text)
        return true;
    size_t length = strlen(text);
    if (length < 4 || text[0] != orders[query->order].mark ||
        text[1] != direction(query) || text[2] != '.')
        return false;
    const char *dot = strchr(text + 3, '.');
    if (!dot || !text_to_int64(text + 3, (size_t)(dot - text) - 3, &out->key))
        return false;
    if (query->order != RUNS_BY_NAME)
        return text_to_int64(dot + 1, strlen(dot + 1), &out->time_ms);
    char *name = arena_alloc(arena, length);
    out->name = name;
    return name && from_hex(dot + 1, name);
}

/* What a query asks of a run: only the conditions that it has, so that an index is used
   where one fits. q is looked for with instr: unlike LIKE it knows no wildcards. lower()
   folds ASCII. */
enum { PARAM_PROJECT = 1, PARAM_STATUS, PARAM_Q, PARAM_KEY, PARAM_PLACE, PARAM_LIMIT };
enum { WHERE_MAX = 512 };

static void where(const struct run_query *query, char out[static WHERE_MAX])
{
    snprintf(out, WHERE_MAX, " WHERE trashed_ms IS %s%s%s%s",
             query->trashed ? "NOT NULL" : "NULL",
             query->project ? " AND project = ?1" : "",
             query->set_status ? " AND status = ?2" : "",
             query->q ? " AND (instr(lower(id), ?3) OR instr(lower(name), ?3) OR "
                        "instr(lower(project), ?3) OR instr(lower((SELECT tags_json FROM "
                        "run_document WHERE run_document.run_key = run.run_key)), ?3))"
                      : "");
}

static void bind_where(sqlite3_stmt *statement, const struct run_query *query,
                       const char *lower)
{
    if (query->project)
        sql_text(statement, PARAM_PROJECT, query->project);
    if (query->set_status)
        sql_int(statement, PARAM_STATUS, query->status);
    if (lower)
        sql_text(statement, PARAM_Q, lower);
}

static enum status count_runs(struct sqlite_store *self, const struct run_query *query,
                              const char *lower, int64_t *total, struct err *err)
{
    bool row;
    char matching[WHERE_MAX], text[WHERE_MAX + 64];
    where(query, matching);
    snprintf(text, sizeof text, "SELECT count(*) FROM run%s", matching);
    sqlite3_stmt *statement = sql_once(self, text);
    bind_where(statement, query, lower);
    enum status status = sql_next(self, statement, &row, err);
    *total = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

/* The inner query picks keys from the small rows, the outer one fetches the rest of those
   few alone. One run more than the page holds tells whether there is another page. */
static sqlite3_stmt *page_statement(struct sqlite_store *self,
                                    const struct run_query *query, bool from_cursor)
{
    char matching[WHERE_MAX], beyond[256] = "", text[2048];
    const char *by = orders[query->order].expression;
    if (query->order == RUNS_BY_UPDATED && !self->tail.runs.count)
        by = "updated_ms"; /* which has an index */
    const char *way = query->ascending ? "ASC" : "DESC";
    where(query, matching);
    if (from_cursor)
        snprintf(beyond, sizeof beyond, " AND (%s, run_key) %c (?5, ?4)", by,
                 query->ascending ? '>' : '<');
    int length = snprintf(
        text, sizeof text,
        "SELECT %s FROM (SELECT run_key AS page_key FROM run%s%s "
        "ORDER BY %s %s, run_key %s LIMIT ?6) JOIN run ON run.run_key = page_key "
        "%s ORDER BY %s %s, run.run_key %s",
        query->brief ? NO_DOCUMENTS : COLUMNS, matching, beyond, by, way, way,
        query->brief ? "" : "JOIN run_document USING (run_key)", by, way, way);
    return length > 0 && (size_t)length < sizeof text ? sql_once(self, text) : NULL;
}

static void bind_page(sqlite3_stmt *statement, const struct run_query *query,
                      const struct cursor *cursor)
{
    if (cursor->set) {
        sql_int(statement, PARAM_KEY, cursor->key);
        if (query->order == RUNS_BY_NAME)
            sql_text(statement, PARAM_PLACE, cursor->name);
        else
            sql_int(statement, PARAM_PLACE, cursor->time_ms);
    }
    sql_int(statement, PARAM_LIMIT, (int64_t)query->limit + 1);
}

static enum status read_page(struct sqlite_store *self, sqlite3_stmt *statement,
                             const struct run_query *query, struct arena *arena,
                             struct run_page *out, struct err *err)
{
    bool row, full = false;
    enum status status;
    bool few = !query->brief && out->total < (int64_t)query->limit;
    size_t room = few ? (size_t)out->total : query->limit;
    out->runs = arena_array(arena, room, sizeof *out->runs);
    if (!out->runs)
        return sql_answer_too_large(err);
    while (!(status = sql_next(self, statement, &row, err)) && row && !full) {
        if (out->count == query->limit) {
            out->next = cursor_text(query, &out->runs[out->count - 1], arena);
            return out->next ? ST_OK : sql_answer_too_large(err);
        }
        read_run(self, statement, arena, &out->runs[out->count++], &full);
    }
    return full ? sql_answer_too_large(err) : status;
}

static enum status page(struct sqlite_store *self, const struct run_query *query,
                        struct arena *arena, struct run_page *out, struct err *err)
{
    struct cursor cursor;
    char *lower = query->q ? arena_strdup(arena, query->q) : NULL;
    if (query->q && !lower)
        return sql_answer_too_large(err);
    for (char *p = lower; p && *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    if (!parse_cursor(query, arena, &cursor))
        return err_set(err, ST_INVALID, "bad_cursor",
                       "this cursor is not from a page of this list: leave it out to "
                       "start at the first page");
    enum status status =
        query->brief ? ST_OK : count_runs(self, query, lower, &out->total, err);
    if (status)
        return status;
    sqlite3_stmt *statement = page_statement(self, query, cursor.set);
    bind_where(statement, query, lower);
    bind_page(statement, query, &cursor);
    status = read_page(self, statement, query, arena, out, err);
    sqlite3_finalize(statement);
    return status;
}

enum status sqlite_runs(struct store *store, const struct run_query *query,
                        struct arena *arena, struct run_page *out, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    *out = (struct run_page){0};
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = page(self, query, arena, out, err);
    sql_read_end(self);
    return status;
}
