/* Chunks: writing points into them, and what they say of a metric. */
#include "base/log.h"
#include "store/figures.h"
#include "store/sqlite/ingest.h"

#include <math.h>
#include <string.h>

enum status chunk_damaged(int64_t metric_key, struct err *err)
{
    return err_set(err, ST_FAILED, "db_corrupt",
                   "points of metric number %lld are damaged: restore a backup",
                   (long long)metric_key);
}

/* --- one chunk --- */

/* The first column of the one row under a key: it is there, or the database is damaged.
 */
static enum status open_bytes(struct sqlite_store *self, sqlite3_stmt *query,
                              int64_t body_key, struct chunk_bytes *out, struct err *err)
{
    bool row;
    *out = (struct chunk_bytes){.row = query};
    sql_int(query, 1, body_key);
    enum status status = sql_next(self, query, &row, err);
    if (!status && !row)
        return err_set(err, ST_FAILED, "db_corrupt",
                       "points number %lld are missing: restore a backup",
                       (long long)body_key);
    if (row) {
        out->at = sqlite3_column_blob(query, 0);
        out->length = (size_t)sqlite3_column_bytes(query, 0);
    }
    return status;
}

enum status chunk_blocks(struct sqlite_store *self, int64_t body_key,
                         struct chunk_bytes *out, struct err *err)
{
    return open_bytes(self,
                      sql_kept(self, SQL_BLOCKS,
                               "SELECT blocks FROM chunk_body WHERE body_key = ?1"),
                      body_key, out, err);
}

enum status chunk_body(struct sqlite_store *self, int64_t body_key,
                       struct chunk_bytes *out, struct err *err)
{
    return open_bytes(self,
                      sql_kept(self, SQL_BODY,
                               "SELECT body FROM chunk_body WHERE body_key = ?1"),
                      body_key, out, err);
}

static struct points points_in(struct chunk_room *room)
{
    return (struct points){room->step, room->time_ms, room->value, 0};
}

/* A put into the chunks of one metric. */
struct rewrite {
    struct sqlite_store *self;
    int64_t metric_key;
    struct points old; /* of a chunk that is rewritten; room for CHUNK_POINTS_MAX */
    struct points new; /* of the one that is being filled; as much */
    size_t full;       /* the number of points at which the next one begins */
};

static struct rewrite rewrite_of(struct sqlite_store *self, int64_t metric_key)
{
    return (struct rewrite){self, metric_key, points_in(&self->ingest->old),
                            points_in(&self->ingest->new), CHUNK_POINTS_MAX};
}

struct found {
    bool exists;
    int64_t first_step, body_key;
    struct stretch whole;
};

/* The first row of a query for first_step, whole and body_key. */
static enum status find(struct rewrite *r, sqlite3_stmt *query, int64_t step,
                        struct found *out, struct err *err)
{
    bool damaged = false;
    *out = (struct found){0};
    sql_int(query, 1, r->metric_key);
    sql_int(query, 2, step);
    enum status status = sql_next(r->self, query, &out->exists, err);
    if (out->exists) {
        damaged = !chunk_whole(sqlite3_column_blob(query, 1),
                               (size_t)sqlite3_column_bytes(query, 1), &out->whole);
        out->first_step = sqlite3_column_int64(query, 0);
        out->body_key = sqlite3_column_int64(query, 2);
    }
    sqlite3_reset(query);
    return damaged ? chunk_damaged(r->metric_key, err) : status;
}

/* The chunk with the largest first_step up to `step`. */
static enum status find_before(struct rewrite *r, int64_t step, struct found *out,
                               struct err *err)
{
    sqlite3_stmt *query = sql_kept(r->self, SQL_CHUNK_BEFORE,
                                   "SELECT first_step, whole, body_key FROM chunk "
                                   "WHERE metric_key = ?1 AND first_step <= ?2 "
                                   "ORDER BY first_step DESC LIMIT 1");
    return find(r, query, step, out, err);
}

/* The chunk with the smallest first_step beyond `step`. */
static enum status find_after(struct rewrite *r, int64_t step, struct found *out,
                              struct err *err)
{
    sqlite3_stmt *query = sql_kept(r->self, SQL_CHUNK_AFTER,
                                   "SELECT first_step, whole, body_key FROM chunk "
                                   "WHERE metric_key = ?1 AND first_step > ?2 "
                                   "ORDER BY first_step LIMIT 1");
    return find(r, query, step, out, err);
}

/* --- filling --- */

static enum status write_chunk(struct rewrite *r, const struct points *points,
                               size_t from, size_t count, struct err *err)
{
    struct chunk *chunk = &r->self->ingest->chunk;
    uint8_t whole[STRETCH_BYTES];
    chunk_make(points, from, count, chunk);
    stretch_write(&chunk->whole, whole);
    sqlite3_stmt *body =
        sql_kept(r->self, SQL_BODY_ADD,
                 "INSERT INTO chunk_body (blocks, body) VALUES (?1, ?2)");
    sql_blob(body, 1, chunk->blocks, chunk->blocks_length);
    sql_blob(body, 2, chunk->body, chunk->body_length);
    enum status status = sql_run(r->self, body, err);
    if (status)
        return status;
    sqlite3_stmt *add = sql_kept(r->self, SQL_CHUNK_ADD,
                                 "INSERT INTO chunk (metric_key, first_step, whole, "
                                 "body_key) VALUES (?1, ?2, ?3, ?4)");
    sql_int(add, 1, r->metric_key);
    sql_int(add, 2, chunk->whole.first_step);
    sql_blob(add, 3, whole, sizeof whole);
    sql_int(add, 4, sqlite3_last_insert_rowid(r->self->db));
    return sql_run(r->self, add, err);
}

static enum status finish(struct rewrite *r, struct err *err)
{
    enum status status =
        r->new.count ? write_chunk(r, &r->new, 0, r->new.count, err) : ST_OK;
    r->new.count = 0;
    return status;
}

static enum status add_one(struct rewrite *r, const struct points *from, size_t i,
                           struct err *err)
{
    enum status status = ST_OK;
    if (r->new.count == r->full)
        status = finish(r, err);
    r->new.step[r->new.count] = from->step[i];
    r->new.time_ms[r->new.count] = from->time_ms[i];
    r->new.value[r->new.count++] = from->value[i];
    return status;
}

/* What fills whole chunks is not copied. */
static enum status add_all(struct rewrite *r, const struct points *from, size_t begin,
                           size_t end, struct err *err)
{
    enum status status = ST_OK;
    while (!status && begin < end) {
        if (!r->new.count && end - begin >= CHUNK_POINTS_MAX) {
            status = write_chunk(r, from, begin, CHUNK_POINTS_MAX, err);
            begin += CHUNK_POINTS_MAX;
        } else {
            status = add_one(r, from, begin++, err);
        }
    }
    return status;
}

/* Reads the points of a chunk into r->old. */
static enum status read_chunk(struct rewrite *r, const struct found *at, struct err *err)
{
    struct chunk_bytes blocks, body = {0};
    bool read = true;
    r->old.count = 0;
    enum status status = chunk_blocks(r->self, at->body_key, &blocks, err);
    if (!status)
        status = chunk_body(r->self, at->body_key, &body, err);
    struct block_walk walk = {.blocks = blocks.at, .blocks_length = blocks.length};
    while (!status && read && block_next(&walk))
        read = r->old.count + walk.stretch.count <= CHUNK_POINTS_MAX &&
               block_read(&walk, body.at, body.length, &r->old);
    sqlite3_reset(blocks.row);
    sqlite3_reset(body.row);
    read = read && !walk.damaged && r->old.count == at->whole.count;
    return !status && !read ? chunk_damaged(r->metric_key, err) : status;
}

static enum status delete_chunk(struct rewrite *r, const struct found *at,
                                struct err *err)
{
    sqlite3_stmt *body =
        sql_kept(r->self, SQL_BODY_DELETE, "DELETE FROM chunk_body WHERE body_key = ?1");
    sql_int(body, 1, at->body_key);
    enum status status = sql_run(r->self, body, err);
    if (status)
        return status;
    sqlite3_stmt *chunk =
        sql_kept(r->self, SQL_CHUNK_DELETE,
                 "DELETE FROM chunk WHERE metric_key = ?1 AND first_step = ?2");
    sql_int(chunk, 1, r->metric_key);
    sql_int(chunk, 2, at->first_step);
    return sql_run(r->self, chunk, err);
}

/* Takes the points of a chunk out of the database, into r->old. */
static enum status take(struct rewrite *r, const struct found *at, struct err *err)
{
    enum status status = read_chunk(r, at, err);
    return status ? status : delete_chunk(r, at, err);
}

/* --- putting --- */

/* How many there are when each step counts once. */
static size_t count_merged(const struct points *old, const struct points *points,
                           size_t begin, size_t end)
{
    size_t count = old->count + (end - begin);
    for (size_t i = 0; i < old->count && begin < end; i++) {
        while (begin < end && points->step[begin] < old->step[i])
            begin++;
        count -= begin < end && points->step[begin] == old->step[i];
    }
    return count;
}

/* Points of one step are taken from `points`. What is too much for one chunk is cut into
   equal parts: then the next points that come in between find room in them. */
static enum status merge(struct rewrite *r, const struct points *points, size_t begin,
                         size_t end, struct err *err)
{
    enum status status = ST_OK;
    size_t old = 0, all = count_merged(&r->old, points, begin, end);
    size_t parts = (all + CHUNK_POINTS_MAX - 1) / CHUNK_POINTS_MAX;
    r->full = (all + parts - 1) / parts;
    while (!status && (old < r->old.count || begin < end)) {
        if (begin == end ||
            (old < r->old.count && r->old.step[old] < points->step[begin])) {
            status = add_one(r, &r->old, old++, err);
            continue;
        }
        old += old < r->old.count && r->old.step[old] == points->step[begin];
        status = add_one(r, points, begin++, err);
    }
    return status ? status : finish(r, err);
}

/* A chunk of a damaged file stays where it is: whoever reads it is told, and the others
   can write on. */
static enum status take_in(struct rewrite *r, const struct found *at, struct err *err)
{
    struct err damage = {0};
    enum status status = read_chunk(r, at, &damage);
    if (status && !strcmp(damage.code, "db_corrupt")) {
        log_line(LOG_LEVEL_ERROR, "%s", damage.text);
        return finish(r, err);
    }
    if (status) {
        *err = damage;
        return status;
    }
    status = delete_chunk(r, at, err);
    return status ? status : add_all(r, &r->old, 0, r->old.count, err);
}

/* Points beyond the last chunk. It is taken in where that is not much more than what is
   new, and so are those before it: so their sizes fall like 4, 2, 1, however few points
   come at a time, and each point is written some ten times at most. */
static enum status append(struct rewrite *r, struct found last,
                          const struct points *points, size_t begin, struct err *err)
{
    enum { TAKEN_MAX = 24 };
    struct found taken[TAKEN_MAX];
    size_t count = 0, total = points->count - begin;
    enum status status = ST_OK;
    r->full = CHUNK_POINTS_MAX;
    while (!status && last.exists && last.whole.count < CHUNK_POINTS_MAX &&
           last.whole.count <= 2 * total && count < TAKEN_MAX) {
        taken[count++] = last;
        total += last.whole.count;
        status = find_before(r, last.first_step - 1, &last, err);
    }
    while (!status && count)
        status = take_in(r, &taken[--count], err);
    if (!status)
        status = add_all(r, points, begin, points->count, err);
    return status ? status : finish(r, err);
}

/* Puts the points from *begin on that belong to one chunk: the one they lie in or after,
   or the first one. */
static enum status put_next(struct rewrite *r, const struct points *points, size_t *begin,
                            bool *beyond, struct err *err)
{
    struct found at, after;
    enum status status = find_before(r, points->step[*begin], &at, err);
    if (!status && !at.exists)
        status = find_after(r, points->step[*begin], &at, err);
    if (status)
        return status;
    status = find_after(r, at.exists ? at.first_step : INT64_MAX, &after, err);
    if (status)
        return status;
    size_t end = *begin, from = *begin;
    while (end < points->count && (!after.exists || points->step[end] < after.first_step))
        end++;
    *begin = end;
    if (!at.exists || (!after.exists && points->step[from] > at.whole.last_step))
        return append(r, at, points, from, err);
    *beyond = false;
    status = take(r, &at, err);
    return status ? status : merge(r, points, from, end, err);
}

enum status chunks_put(struct sqlite_store *self, int64_t metric_key,
                       const struct points *points, bool *beyond, struct err *err)
{
    enum status status = ST_OK;
    size_t begin = 0;
    *beyond = true;
    struct rewrite r = rewrite_of(self, metric_key);
    while (!status && begin < points->count)
        status = put_next(&r, points, &begin, beyond, err);
    return status;
}

/* --- packing --- */

/* A chunk is written once the next one was taken, so it never meets one that begins at
   the same step. */
enum status chunks_pack(struct sqlite_store *self, int64_t metric_key, struct err *err)
{
    struct rewrite r = rewrite_of(self, metric_key);
    struct found found = {.first_step = -1};
    enum status status;
    while (!(status = find_after(&r, found.first_step, &found, err)) && found.exists) {
        status = take(&r, &found, err);
        if (!status)
            status = add_all(&r, &r.old, 0, r.old.count, err);
        if (status)
            return status;
    }
    return status ? status : finish(&r, err);
}

enum status chunks_delete(struct sqlite_store *self, int64_t metric_key, struct err *err)
{
    struct rewrite r = rewrite_of(self, metric_key);
    struct found found;
    enum status status;
    while (!(status = find_after(&r, -1, &found, err)) && found.exists) {
        status = delete_chunk(&r, &found, err);
        if (status)
            return status;
    }
    return status;
}

/* --- figures --- */

/* The first step in the chunk that begins at *step whose value is `value`. */
static enum status find_value(struct rewrite *r, double value, int64_t *step,
                              struct err *err)
{
    struct found at;
    enum status status = find_before(r, *step, &at, err);
    if (!status)
        status = read_chunk(r, &at, err);
    if (status)
        return status;
    size_t i = 0;
    while (i < r->old.count && r->old.value[i] != value)
        i++;
    if (i == r->old.count)
        return chunk_damaged(r->metric_key, err);
    *step = r->old.step[i];
    return ST_OK;
}

static void add_whole(struct metric *metric, struct stretch *sum, int64_t first_step,
                      const struct stretch *whole)
{
    bool lower = isnan(sum->min) ? !isnan(whole->min) : whole->min < sum->min;
    bool higher = isnan(sum->max) ? !isnan(whole->max) : whole->max > sum->max;
    if (lower)
        metric->min_step = first_step; /* of the chunk, for now */
    if (higher)
        metric->max_step = first_step;
    if (sum->count)
        stretch_extend(sum, whole);
    else
        *sum = *whole;
    metric->count += whole->count; /* a stretch has fewer bits for it */
    metric->nonfinite_count += whole->nonfinite_count;
}

enum status chunks_figures(struct sqlite_store *self, struct metric *metric,
                           struct err *err)
{
    struct rewrite r = rewrite_of(self, metric->key);
    struct stretch sum = {.min = NAN, .max = NAN, .last = NAN};
    struct found found = {.first_step = -1};
    enum status status = ST_OK;
    figures_init(metric);
    do {
        status = find_after(&r, found.first_step, &found, err);
        if (!status && found.exists)
            add_whole(metric, &sum, found.first_step, &found.whole);
    } while (!status && found.exists);
    if (!status && metric->min_step >= 0)
        status = find_value(&r, sum.min, &metric->min_step, err);
    if (!status && metric->max_step >= 0)
        status = find_value(&r, sum.max, &metric->max_step, err);
    metric->min = sum.min;
    metric->max = sum.max;
    metric->last = sum.last;
    metric->first_step = sum.count ? sum.first_step : -1;
    metric->last_step = sum.count ? sum.last_step : -1;
    return status;
}
