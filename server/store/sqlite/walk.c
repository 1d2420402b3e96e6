/* Reading points: the chunks of a metric, then what only the journal holds of it. */
#include "base/limits.h"
#include "store/sqlite/ingest.h"

#include <string.h>

/* One read; in a transaction. */
struct reading {
    struct sqlite_store *self;
    int64_t metric_key, from, to;
    const struct points_visitor *visitor;
    bool ended; /* by the visitor */
};

/* --- blocks --- */

/* How many of the points have a step below that. */
static size_t count_below(const struct points *points, int64_t step)
{
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (points->step[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The points with from <= step <= to. */
static struct points cut(const struct points *points, int64_t from, int64_t to)
{
    size_t first = count_below(points, from);
    size_t end = to < STEP_MAX ? count_below(points, to + 1) : points->count;
    return (struct points){points->step + first, points->time_ms + first,
                           points->value + first, end > first ? end - first : 0};
}

static void show(struct reading *r, const struct points *points)
{
    struct points in_range = cut(points, r->from, r->to);
    if (in_range.count && !r->visitor->points(r->visitor->data, &in_range))
        r->ended = true;
}

/* Whether the visitor takes it, or it is not in the range. */
static bool is_done(const struct reading *r, const struct stretch *stretch)
{
    const struct points_visitor *visitor = r->visitor;
    if (stretch->last_step < r->from || stretch->first_step > r->to)
        return true;
    return visitor->take && stretch->first_step >= r->from &&
           stretch->last_step <= r->to && visitor->take(visitor->data, stretch);
}

/* Room for one block. */
struct block_room {
    int64_t step[BLOCK_POINTS], time_ms[BLOCK_POINTS];
    double value[BLOCK_POINTS];
};

/* --- chunks --- */

/* The blocks of a chunk of `left` points: no more are shown, since whoever counted them
   has room for so many. The body is read when a block must be looked into. */
static enum status show_blocks(struct reading *r, struct block_walk *walk, size_t left,
                               int64_t body_key, struct err *err)
{
    struct chunk_bytes body = {0};
    enum status status = ST_OK;
    while (!status && !r->ended && block_next(walk)) {
        struct block_room room;
        struct points points = {room.step, room.time_ms, room.value, 0};
        walk->damaged = walk->stretch.count > left;
        if (walk->damaged)
            break;
        left -= walk->stretch.count;
        if (is_done(r, &walk->stretch))
            continue;
        if (!body.row)
            status = chunk_body(r->self, body_key, &body, err);
        if (status)
            break;
        walk->damaged = !block_read(walk, body.at, body.length, &points);
        if (!walk->damaged)
            show(r, &points);
    }
    sqlite3_reset(body.row);
    if (left && !r->ended)
        walk->damaged = true;
    return !status && walk->damaged ? chunk_damaged(r->metric_key, err) : status;
}

/* A row of first_step, whole and body_key. */
static enum status show_chunk(struct reading *r, sqlite3_stmt *row, struct err *err)
{
    struct stretch whole;
    if (!chunk_whole(sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1),
                     &whole))
        return chunk_damaged(r->metric_key, err);
    if (is_done(r, &whole))
        return ST_OK;
    struct chunk_bytes blocks;
    int64_t body_key = sqlite3_column_int64(row, 2);
    enum status status = chunk_blocks(r->self, body_key, &blocks, err);
    struct block_walk walk = {.blocks = blocks.at, .blocks_length = blocks.length};
    if (!status)
        status = show_blocks(r, &walk, whole.count, body_key, err);
    sqlite3_reset(blocks.row);
    return status;
}

/* The chunks of the range, and the one before, which may reach into it. */
static enum status show_chunks(struct reading *r, struct err *err)
{
    bool row;
    sqlite3_stmt *query = sql_kept(
        r->self, SQL_CHUNKS,
        "SELECT first_step, whole, body_key FROM chunk WHERE metric_key = ?1 AND "
        "first_step <= ?3 AND first_step >= coalesce((SELECT max(first_step) FROM chunk "
        "WHERE metric_key = ?1 AND first_step < ?2), ?2) ORDER BY first_step");
    enum status status;
    sql_int(query, 1, r->metric_key);
    sql_int(query, 2, r->from);
    sql_int(query, 3, r->to);
    while (!(status = sql_next(r->self, query, &row, err)) && row && !r->ended) {
        status = show_chunk(r, query, err);
        if (status)
            break;
    }
    sqlite3_reset(query);
    return status;
}

/* --- the journal --- */

/* What is in no chunk yet. count is 0 when there is nothing. */
static enum status unfolded_points(struct sqlite_store *self, int64_t metric_key,
                                   struct points *out, struct err *err)
{
    int64_t folded_seq;
    const struct unfolded *unfolded = tail_points(&self->tail, metric_key);
    *out = (struct points){0};
    if (!unfolded)
        return ST_OK;
    enum status status = journal_folded(self, metric_key, &folded_seq, err);
    size_t from = unfolded_from(unfolded, folded_seq);
    const struct points *all = &unfolded->points;
    *out = (struct points){all->step + from, all->time_ms + from, all->value + from,
                           all->count - from};
    return status;
}

/* As if they lay in a chunk of one block. */
static enum status show_unfolded(struct reading *r, struct err *err)
{
    struct points points;
    enum status status = unfolded_points(r->self, r->metric_key, &points, err);
    if (status || !points.count)
        return status;
    struct stretch whole = stretch_of(&points, 0, points.count);
    if (!is_done(r, &whole))
        show(r, &points);
    return ST_OK;
}

static enum status walk(struct reading *r, struct err *err)
{
    enum status status = show_chunks(r, err);
    return !status && !r->ended ? show_unfolded(r, err) : status;
}

enum status sqlite_points_walk(struct store *store, int64_t metric_key,
                               const struct point_range *range,
                               const struct points_visitor *visitor, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct reading r = {self, metric_key, range->from, range->to, visitor, false};
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = walk(&r, err);
    sql_read_end(self);
    return status;
}

/* --- into an arena --- */

static bool take_any(void *data, const struct stretch *stretch)
{
    *(size_t *)data += stretch->count;
    return true;
}

static bool count_points(void *data, const struct points *points)
{
    *(size_t *)data += points->count;
    return true;
}

static bool append(void *data, const struct points *points)
{
    struct points *out = data;
    memcpy(out->step + out->count, points->step, points->count * sizeof *out->step);
    memcpy(out->time_ms + out->count, points->time_ms,
           points->count * sizeof *out->time_ms);
    memcpy(out->value + out->count, points->value, points->count * sizeof *out->value);
    out->count += points->count;
    return true;
}

static bool append_last(void *data, const struct points *points)
{
    struct points *out = data,
                  last = cut(points, points->step[points->count - 1], STEP_MAX);
    out->count = 0; /* instead of the one before */
    return append(out, &last);
}

static bool append_first(void *data, const struct points *points)
{
    struct points first = cut(points, 0, points->step[0]);
    append(data, &first);
    return false;
}

/* The first step of the last chunk that begins before `step`; 0 when there is none. */
static enum status chunk_start(struct reading *r, int64_t step, int64_t *out,
                               struct err *err)
{
    bool row;
    sqlite3_stmt *query =
        sql_kept(r->self, SQL_CHUNK_START,
                 "SELECT max(first_step) FROM chunk WHERE metric_key = ?1 AND "
                 "first_step < ?2");
    sql_int(query, 1, r->metric_key);
    sql_int(query, 2, step);
    enum status status = sql_next(r->self, query, &row, err);
    *out = row ? sqlite3_column_int64(query, 0) : 0;
    sqlite3_reset(query);
    return status;
}

/* One walk after another; the points of each are appended to out. */
static enum status collect(const struct reading *of, const struct point_range *range,
                           bool (*add)(void *, const struct points *), struct points *out,
                           struct err *err)
{
    struct points_visitor visitor = {.data = out, .points = add};
    struct reading r = {of->self,  of->metric_key, range->from,
                        range->to, &visitor,       false};
    return walk(&r, err);
}

static enum status read_all(struct reading *r, bool wider, struct points *out,
                            struct err *err)
{
    struct point_range before = {0, r->from - 1, false},
                       after = {r->to + 1, STEP_MAX, false},
                       range = {r->from, r->to, false};
    enum status status = ST_OK;
    if (wider)
        status = chunk_start(r, r->from, &before.from, err);
    if (!status && wider)
        status = collect(r, &before, append_last, out, err);
    if (!status)
        status = collect(r, &range, append, out, err);
    return !status && wider ? collect(r, &after, append_first, out, err) : status;
}

static enum status read_points(struct reading *r, bool wider, struct arena *arena,
                               struct points *out, struct err *err)
{
    size_t room = wider ? 2 : 0;
    struct points_visitor counting = {&room, take_any, count_points};
    r->visitor = &counting;
    enum status status = walk(r, err);
    if (status)
        return status;
    out->step = arena_array(arena, room, sizeof *out->step);
    out->value = arena_array(arena, room, sizeof *out->value);
    out->time_ms = arena_array(arena, room, sizeof *out->time_ms);
    if (!out->step || !out->value || !out->time_ms)
        return sql_answer_too_large(err);
    return read_all(r, wider, out, err);
}

enum status sqlite_points_read(struct store *store, int64_t metric_key,
                               const struct point_range *range, struct arena *arena,
                               struct points *out, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct reading r = {.self = self,
                        .metric_key = metric_key,
                        .from = range->from,
                        .to = range->to};
    *out = (struct points){0};
    enum status status = sql_read_begin(self, err);
    if (status)
        return status;
    status = read_points(&r, range->wider, arena, out, err);
    sql_read_end(self);
    return status;
}
