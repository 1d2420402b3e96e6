/* points_of(metric_key): the points of a metric as a virtual table, for SQL. A range of
   steps that a statement asks for is all that is read. */
#include "base/limits.h"
#include "store/sqlite/ask.h"
#include "store/sqlite/ingest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_POINTS 4096 /* that are read at once */
#define TERMS_MAX   8    /* of a WHERE that are heeded here */

enum column { STEP, VALUE, NONFINITE, TIME_MS, METRIC_KEY };
static const char declaration[] =
    "CREATE TABLE points_of (step INTEGER, value REAL, nonfinite TEXT, time_ms INTEGER, "
    "metric_key INTEGER HIDDEN)";

struct table {
    sqlite3_vtab base; /* first: SQLite hands it around */
    struct sqlite_store *self;
};

struct cursor {
    sqlite3_vtab_cursor base; /* likewise */
    int64_t metric_key, from, to;
    struct points page; /* its columns are the room below */
    size_t at;
    bool more; /* there may be another page */
    int64_t step[PAGE_POINTS], time_ms[PAGE_POINTS];
    double value[PAGE_POINTS];
};

/* --- how to look --- */

/* What a plan says of each argument: the metric's key, or a bound for the step. */
enum term {
    KEY = 'k',
    EQUAL = 'e',
    AT_LEAST = 'g',
    ABOVE = 'a',
    AT_MOST = 'l',
    BELOW = 'b'
};

static char term_of(const struct sqlite3_index_constraint *constraint)
{
    if (constraint->iColumn == METRIC_KEY)
        return constraint->op == SQLITE_INDEX_CONSTRAINT_EQ ? KEY : 0;
    if (constraint->iColumn != STEP)
        return 0;
    switch (constraint->op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return EQUAL;
    case SQLITE_INDEX_CONSTRAINT_GE: return AT_LEAST;
    case SQLITE_INDEX_CONSTRAINT_GT: return ABOVE;
    case SQLITE_INDEX_CONSTRAINT_LE: return AT_MOST;
    case SQLITE_INDEX_CONSTRAINT_LT: return BELOW;
    default: return 0;
    }
}

/* Writes the plan's terms in the order of their arguments. Only the key need not be
   looked at again: a bound may be a text or NULL, which SQLite compares in its own way.
 */
static size_t plan_terms(sqlite3_index_info *info, char plan[static TERMS_MAX + 1])
{
    size_t count = 0;
    for (int i = 0; i < info->nConstraint && count < TERMS_MAX; i++) {
        char term = term_of(&info->aConstraint[i]);
        if (!term || !info->aConstraint[i].usable)
            continue;
        plan[count++] = term;
        info->aConstraintUsage[i].argvIndex = (int)count;
        info->aConstraintUsage[i].omit = term == KEY;
    }
    plan[count] = '\0';
    return count;
}

/* Rough: what matters is that a narrower range is cheaper. */
static void estimate(sqlite3_index_info *info, const char *plan, size_t count)
{
    info->estimatedRows = 100000;
    for (size_t i = 0; i < count; i++)
        info->estimatedRows /= plan[i] == KEY ? 1 : 4;
    if (strchr(plan, EQUAL)) {
        info->estimatedRows = 1;
        info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    }
    info->estimatedCost = 10 + (double)info->estimatedRows;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    char plan[TERMS_MAX + 1];
    size_t count = plan_terms(info, plan);
    (void)table;
    if (!strchr(plan, KEY))
        return SQLITE_CONSTRAINT; /* not this way: whose points are not known */
    estimate(info, plan, count);
    info->idxStr = sqlite3_mprintf("%s", plan);
    info->needToFreeIdxStr = 1;
    info->orderByConsumed = info->nOrderBy == 1 && info->aOrderBy[0].iColumn == STEP &&
                            !info->aOrderBy[0].desc;
    return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

/* The steps on either side of a bound, one beyond the range at most: *low <= bound <=
 *high. False: the value is no number, and SQLite itself compares. */
static bool bound_of(sqlite3_value *value, int64_t *low, int64_t *high)
{
    const double end = (double)STEP_MAX + 1;
    int type = sqlite3_value_type(value);
    if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
        return false;
    double near = sqlite3_value_double(value);
    near = near < -1 ? -1 : near > end ? end : near;
    *low = (int64_t)floor(near);
    *high = (int64_t)ceil(near);
    return true;
}

static void heed(struct cursor *cursor, char term, sqlite3_value *value)
{
    int64_t from = 0, to = STEP_MAX, low, high;
    if (term == KEY) {
        cursor->metric_key = sqlite3_value_int64(value);
        return;
    }
    if (!bound_of(value, &low, &high))
        return;
    if (term == EQUAL || term == AT_LEAST)
        from = high;
    if (term == EQUAL || term == AT_MOST)
        to = low;
    if (term == ABOVE)
        from = low + 1;
    if (term == BELOW)
        to = high - 1;
    cursor->from = from > cursor->from ? from : cursor->from;
    cursor->to = to < cursor->to ? to : cursor->to;
}

/* --- reading --- */

static bool take_points(void *data, const struct points *points)
{
    struct points *page = data;
    size_t room = PAGE_POINTS - page->count;
    size_t count = points->count < room ? points->count : room;
    memcpy(page->step + page->count, points->step, count * sizeof *page->step);
    memcpy(page->time_ms + page->count, points->time_ms, count * sizeof *page->time_ms);
    memcpy(page->value + page->count, points->value, count * sizeof *page->value);
    page->count += count;
    return page->count < PAGE_POINTS;
}

static int read_page(struct cursor *cursor)
{
    struct table *table = (struct table *)cursor->base.pVtab;
    struct points_visitor visitor = {.data = &cursor->page, .points = take_points};
    struct point_range range = {cursor->from, cursor->to, false};
    struct err err = {0};
    cursor->at = cursor->page.count = 0;
    if (range.from > range.to) {
        cursor->more = false;
        return SQLITE_OK;
    }
    if (sqlite_points_walk(&table->self->base, cursor->metric_key, &range, &visitor,
                           &err)) {
        table->base.zErrMsg = sqlite3_mprintf("%s", err.text);
        return SQLITE_CORRUPT;
    }
    cursor->more = cursor->page.count == PAGE_POINTS;
    if (cursor->more)
        cursor->from = cursor->page.step[PAGE_POINTS - 1] + 1;
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *plan, int count,
                  sqlite3_value **values)
{
    struct cursor *cursor = (struct cursor *)base;
    (void)number;
    cursor->from = 0;
    cursor->to = STEP_MAX;
    for (int i = 0; i < count; i++)
        heed(cursor, plan[i], values[i]);
    return read_page(cursor);
}

static int next(sqlite3_vtab_cursor *base)
{
    struct cursor *cursor = (struct cursor *)base;
    cursor->at++;
    return cursor->at == cursor->page.count && cursor->more ? read_page(cursor)
                                                            : SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *base)
{
    struct cursor *cursor = (struct cursor *)base;
    return cursor->at == cursor->page.count;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
    struct cursor *cursor = (struct cursor *)base;
    double value = cursor->value[cursor->at];
    switch ((enum column)number) {
    case STEP: sqlite3_result_int64(context, cursor->step[cursor->at]); break;
    case TIME_MS: sqlite3_result_int64(context, cursor->time_ms[cursor->at]); break;
    case METRIC_KEY: sqlite3_result_int64(context, cursor->metric_key); break;
    case VALUE: sql_result_finite(context, value); break;
    case NONFINITE:
        if (!isfinite(value))
            sqlite3_result_text(context,
                                isnan(value) ? "NaN"
                                : value > 0  ? "Infinity"
                                             : "-Infinity",
                                -1, SQLITE_STATIC);
        break;
    }
    return SQLITE_OK;
}

static int row_number(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    struct cursor *cursor = (struct cursor *)base;
    *out = cursor->step[cursor->at];
    return SQLITE_OK;
}

/* --- being a table --- */

static int connect(sqlite3 *db, void *data, int count, const char *const *words,
                   sqlite3_vtab **out, char **error)
{
    (void)count, (void)words, (void)error;
    struct table *table = calloc(1, sizeof *table);
    int code = table ? sqlite3_declare_vtab(db, declaration) : SQLITE_NOMEM;
    if (code) {
        free(table);
        return code;
    }
    table->self = data;
    *out = &table->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    struct cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor)
        return SQLITE_NOMEM;
    cursor->page = (struct points){cursor->step, cursor->time_ms, cursor->value, 0};
    *out = &cursor->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

/* Without xCreate it is there without CREATE VIRTUAL TABLE, and only so. */
static const sqlite3_module module = {
    .xConnect = connect,
    .xDisconnect = disconnect,
    .xBestIndex = best_index,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = row_number,
};

enum status points_table(struct sqlite_store *self, struct err *err)
{
    return sqlite3_create_module_v2(self->db, "points_of", &module, self, NULL)
               ? sql_error(self, err)
               : ST_OK;
}
