/* How points lie in the file, seen through plain SQLite: chunks that are neither many nor
   overlapping, a journal that stays short, and damage that is said instead of read. */
#include "near.h"

#include "place.h"
#include "store/chunk.h"
#include "store/sqlite/ingest.h"
#include "unsynced.h"

static int setup(void **state)
{
    struct place *place = place_new();
    *state = place;
    place_reopen(place);
    return 0;
}

static int teardown(void **state)
{
    place_free(*state);
    return 0;
}

static void shut(struct place *place)
{
    store_close(place->writer);
    place->writer = NULL;
}

/* --- what the file holds --- */

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *query;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    int64_t out = sqlite3_column_int64(query, 0);
    assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
    return out;
}

static void assert_stretch(const struct stretch *is, const struct stretch *should)
{
    assert_int_equal(is->first_step, should->first_step);
    assert_int_equal(is->last_step, should->last_step);
    assert_int_equal(is->count, should->count);
    assert_int_equal(is->nonfinite_count, should->nonfinite_count);
    assert_same(is->min, should->min);
    assert_same(is->max, should->max);
    assert_same(is->last, should->last);
}

/* Columns first_step, whole, blocks, body. Returns what is known of the whole. */
static struct stretch check_chunk(sqlite3_stmt *row)
{
    static int64_t step[CHUNK_POINTS_MAX], time_ms[CHUNK_POINTS_MAX];
    static double value[CHUNK_POINTS_MAX];
    struct points points = {step, time_ms, value, 0};
    struct block_walk walk = {.blocks = sqlite3_column_blob(row, 2),
                              .blocks_length = (size_t)sqlite3_column_bytes(row, 2)};
    while (block_next(&walk)) {
        size_t from = points.count;
        assert_true(from + walk.stretch.count <= CHUNK_POINTS_MAX);
        assert_true(block_read(&walk, sqlite3_column_blob(row, 3),
                               (size_t)sqlite3_column_bytes(row, 3), &points));
        struct stretch should = stretch_of(&points, from, points.count - from);
        assert_stretch(&walk.stretch, &should);
    }
    assert_false(walk.damaged);
    assert_int_equal(sqlite3_column_bytes(row, 1), STRETCH_BYTES);
    struct stretch whole = stretch_read(sqlite3_column_blob(row, 1));
    struct stretch should = stretch_of(&points, 0, points.count);
    assert_stretch(&whole, &should);
    assert_int_equal(sqlite3_column_int64(row, 0), whole.first_step);
    for (size_t i = 1; i < points.count; i++)
        assert_true(step[i - 1] < step[i]);
    return whole;
}

/* Each chunk says the truth, none overlaps the next, all belong to a metric, which counts
   as many points. Returns the number of chunks. The store is closed. */
static int64_t check_file(struct place *place)
{
    sqlite3 *db;
    sqlite3_stmt *rows;
    int64_t chunks = 0, metric_key = 0, last_step = -1, points = 0;
    shut(place);
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT first_step, whole, blocks, body, "
                                        "metric_key FROM chunk JOIN chunk_body USING "
                                        "(body_key) ORDER BY metric_key, first_step",
                                        -1, &rows, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(rows) == SQLITE_ROW; chunks++) {
        struct stretch whole = check_chunk(rows);
        if (metric_key == sqlite3_column_int64(rows, 4))
            assert_true(whole.first_step > last_step);
        metric_key = sqlite3_column_int64(rows, 4);
        last_step = whole.last_step;
        points += whole.count;
    }
    sqlite3_finalize(rows);
    assert_int_equal(number(db, "SELECT count(*) FROM chunk WHERE metric_key NOT IN "
                                "(SELECT metric_key FROM metric)"),
                     0);
    assert_int_equal(number(db, "SELECT count(*) FROM chunk_body"), chunks);
    assert_int_equal(number(db, "SELECT coalesce(sum(count), 0) FROM metric"), points);
    assert_int_equal(number(db, "SELECT coalesce(sum(length(body)), 0) FROM journal"), 0);
    assert_true(number(db, "SELECT count(*) FROM journal") <= 1);
    sqlite3_close(db);
    return chunks;
}

/* Puts one point, in the open transaction. */
static void put_one(struct place *place, const char *metric, int64_t step, double value)
{
    struct err err = {0};
    struct store_point point = {.step = step, .time_ms = step, .value = value};
    assert_ok(put_points(place, "r", metric, &point, 1, &err), &err);
}

static void assert_steps_from_0(struct place *place, int64_t count)
{
    place_reopen(place);
    struct points points = get_points(place, "r", "loss");
    assert_int_equal(points.count, count);
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(points.step[i], i);
        assert_same(points.value[i], (double)i);
    }
    assert_int_equal(get_metric(place, "r", "loss").count, count);
}

/* --- sizes --- */

static void points_that_come_backwards_make_few_chunks(void **state)
{
    struct place *place = *state;
    begin(place);
    for (int64_t step = 5000; step >= 0; step--)
        put_one(place, "loss", step, (double)step);
    commit(place);
    assert_true(check_file(place) <= 4);
    assert_steps_from_0(place, 5001);
}

static void points_that_come_in_any_order_make_few_chunks(void **state)
{
    enum { ALL = 12007, STRIDE = 5003 }; /* a prime, and another */
    struct place *place = *state;
    begin(place);
    for (int64_t i = 0; i < ALL; i++) {
        int64_t step = i * STRIDE % ALL;
        put_one(place, "loss", step, (double)step);
    }
    commit(place);
    assert_true(check_file(place) <= 2 * ALL / CHUNK_POINTS_MAX + 2);
    assert_steps_from_0(place, ALL);
}

/* A few new points at a time go into chunks, since each put also corrects an old one. */
static void a_few_points_at_a_time_make_few_chunks(void **state)
{
    enum { ALL = 10000, EACH = 5 };
    struct place *place = *state;
    begin(place);
    for (int64_t step = 0; step < ALL; step++) {
        put_one(place, "loss", step, (double)step);
        if (step % EACH == 0)
            put_one(place, "loss", 0, 0);
    }
    commit(place);
    assert_true(check_file(place) <= 16);
    assert_steps_from_0(place, ALL);
}

static void a_long_series_lies_in_full_chunks(void **state)
{
    enum { EACH = 1000, COMMITS = 100 };
    static struct store_point points[EACH];
    struct place *place = *state;
    struct err err = {0};
    for (int64_t n = 0; n < COMMITS; n++) {
        for (int64_t i = 0; i < EACH; i++)
            points[i] = (struct store_point){.step = n * EACH + i,
                                             .value = (double)(n * EACH + i)};
        begin(place);
        assert_ok(put_points(place, "r", "loss", points, EACH, &err), &err);
        commit(place);
    }
    assert_true(check_file(place) <= EACH * COMMITS / CHUNK_POINTS_MAX + 8);
    assert_steps_from_0(place, EACH * COMMITS);
}

/* --- the journal --- */

/* A point of each of so many metrics, from some number on. */
static void put_wide(struct place *place, const char *run, int64_t step)
{
    enum { METRICS = 200 };
    static char text[METRICS][8];
    static const char *names[METRICS];
    static struct store_point points[METRICS];
    struct err err = {0};
    bool created;
    for (uint32_t m = 0; m < METRICS; m++) {
        snprintf(text[m], sizeof text[m], "m%u", m);
        names[m] = text[m];
        points[m] = (struct store_point){.metric = m, .step = step, .value = m};
    }
    struct store_points put = {.run = run,
                               .names = names,
                               .name_count = METRICS,
                               .points = points,
                               .point_count = METRICS,
                               .step_last = step,
                               .now_ms = 1000 + step};
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
}

static bool is_folding(const struct place *place)
{
    return ((struct sqlite_store *)place->writer)->ingest->folding != NULL;
}

/* Commits until a folding has begun that is not at its end. Returns the next step. */
static int64_t put_until_folding(struct place *place, const char *run, int64_t step)
{
    do {
        begin(place);
        put_wide(place, run, step);
        commit(place);
    } while (step++ < 1000 && !is_folding(place));
    assert_true(is_folding(place));
    return step;
}

static void readers_forget_what_is_folded(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    struct store_info info;
    int64_t step = 0, rows = 0;
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    for (int foldings = 0; foldings < 3; foldings++) {
        step = put_until_folding(place, "r", step);
        while (is_folding(place)) {
            begin(place);
            put_wide(place, "r", step++);
            commit(place);
        }
        assert_ok(store_info(reader, &info, &err), &err);
        assert_int_equal(info.points, step * 200);
        const struct tail *tail = &((struct sqlite_store *)reader)->tail;
        rows = tail->last_seq - tail->first_seq;
        assert_true(rows < 20 && tail->points < 20 * 200);
    }
    store_close(reader);
    check_file(place);
}

static void idle_time_ends_a_folding(void **state)
{
    struct place *place = *state;
    put_until_folding(place, "r", 0);
    tidy(place);
    assert_false(is_folding(place));
    assert_int_equal(((struct sqlite_store *)place->writer)->tail.points, 0);
    check_file(place);
}

/* It is not on the list of what is folded, but the rows that name it go later. */
static void a_run_that_begins_during_a_folding_keeps_its_progress(void **state)
{
    struct place *place = *state;
    int64_t step = put_until_folding(place, "r", 0);
    begin(place);
    put_wide(place, "late", 4711);
    commit(place);
    while (is_folding(place)) {
        begin(place);
        put_wide(place, "r", step++);
        commit(place);
    }
    assert_int_equal(get_run(place, "late").last_step, 4711);
    assert_int_equal(get_run(place, "late").updated_ms, 1000 + 4711);
    place_reopen(place);
    assert_int_equal(get_run(place, "late").last_step, 4711);
    assert_int_equal(get_run(place, "late").updated_ms, 1000 + 4711);
    check_file(place);
}

static void what_is_purged_during_a_folding_leaves_no_chunks(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    begin(place);
    put_wide(place, "other", 1);
    commit(place);
    put_until_folding(place, "r", 0);
    begin(place);
    assert_ok(store_run_purge(place->writer, "r", &err), &err);
    commit(place);
    check_file(place);
}

/* Interrupted in its middle by a rollback, it begins again. */
static void a_rollback_during_a_folding_loses_nothing(void **state)
{
    struct place *place = *state;
    int64_t step = put_until_folding(place, "r", 0);
    for (int i = 0; i < 3; i++) {
        begin(place);
        put_wide(place, "r", step);
        store_rollback(place->writer);
        begin(place);
        put_wide(place, "r", step++);
        commit(place);
    }
    assert_int_equal(get_metric(place, "r", "m7").count, step);
    assert_int_equal(get_points(place, "r", "m199").count, step);
    check_file(place);
}

/* --- damage --- */

enum { DAMAGED = 300 };

/* A metric of one chunk; returns the file through plain SQLite. */
static sqlite3 *make_damaged(struct place *place)
{
    sqlite3 *db;
    begin(place);
    for (int64_t step = 0; step < DAMAGED; step++)
        put_one(place, "loss", 3 * step + step % 2, step % 50 ? (double)step : NAN);
    commit(place);
    assert_int_equal(check_file(place), 1);
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

static const char *table_of(const char *column)
{
    return strcmp(column, "whole") ? "chunk_body" : "chunk";
}

struct column {
    uint8_t bytes[8192];
    size_t length;
};

static void get_column(sqlite3 *db, const char *name, struct column *out)
{
    sqlite3_stmt *query;
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT %s FROM %s", name, table_of(name));
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    out->length = (size_t)sqlite3_column_bytes(query, 0);
    assert_true(out->length <= sizeof out->bytes);
    memcpy(out->bytes, sqlite3_column_blob(query, 0), out->length);
    sqlite3_finalize(query);
}

static void set_column(sqlite3 *db, const char *name, const struct column *in)
{
    sqlite3_stmt *set;
    char sql[64];
    snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1", table_of(name), name);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &set, NULL), SQLITE_OK);
    sqlite3_bind_blob(set, 1, in->length ? (const void *)in->bytes : "", (int)in->length,
                      SQLITE_STATIC);
    assert_int_equal(sqlite3_step(set), SQLITE_DONE);
    sqlite3_finalize(set);
}

static bool take_odd(void *data, const struct stretch *stretch)
{
    (void)stretch;
    return ++*(int *)data % 2;
}

static bool see_points(void *data, const struct points *points)
{
    int64_t sum = 0;
    (void)data;
    for (size_t i = 0; i < points->count; i++)
        sum |= points->step[i] | points->time_ms[i];
    return sum != -4711;
}

/* ST_OK, or what a damaged database says. */
static int said(enum status status, const struct err *err)
{
    if (!status)
        return 0;
    assert_status(status, ST_FAILED, err);
    assert_string_equal(err->code, "db_corrupt");
    return 1;
}

/* Everything that looks into chunks. Returns how many of it were refused. */
static int look(struct place *place, struct store *reader)
{
    struct err err = {0};
    struct points points;
    struct arena arena;
    int refused = 0, calls = 0;
    struct points_visitor visitor = {&calls, take_odd, see_points};
    arena_init(&arena, 1 << 20);
    refused +=
        said(store_points_read(reader, 1, 0, STEP_MAX, false, &arena, &points, &err),
             &err);
    refused +=
        said(store_points_read(reader, 1, 100, 200, true, &arena, &points, &err), &err);
    refused += said(store_points_walk(reader, 1, 0, STEP_MAX, &visitor, &err), &err);
    begin(place);
    struct store_point point = {.step = 301, .value = 5};
    refused += said(put_points(place, "r", "loss", &point, 1, &err), &err);
    store_rollback(place->writer);
    arena_release(&arena);
    return refused;
}

/* Each byte of a column, one after the other, then the column cut short. */
static int damage_column(struct place *place, sqlite3 *db, const char *name)
{
    static struct column column;
    struct err err = {0};
    struct store *reader;
    int refused = 0;
    place_reopen(place);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    get_column(db, name, &column);
    for (size_t at = 0; at < column.length; at++) {
        static const uint8_t flips[] = {1, 0x10, 0x80, 0xff};
        uint8_t flip = flips[at % 4];
        column.bytes[at] ^= flip;
        set_column(db, name, &column);
        refused += look(place, reader);
        column.bytes[at] ^= flip;
    }
    for (size_t length = column.length; column.length; column.length /= 2) {
        length = column.length;
        column.length--;
        set_column(db, name, &column);
        refused += look(place, reader);
        column.length = length;
    }
    store_close(reader);
    return refused;
}

static void a_flipped_byte_of_what_is_known_of_a_chunk(void **state)
{
    struct place *place = *state;
    sqlite3 *db = make_damaged(place);
    assert_true(damage_column(place, db, "whole") > 0);
    sqlite3_close(db);
}

static void a_flipped_byte_of_what_is_known_of_its_blocks(void **state)
{
    struct place *place = *state;
    sqlite3 *db = make_damaged(place);
    assert_true(damage_column(place, db, "blocks") > 0);
    sqlite3_close(db);
}

static void a_flipped_byte_of_its_blocks(void **state)
{
    struct place *place = *state;
    sqlite3 *db = make_damaged(place);
    assert_true(damage_column(place, db, "body") > 0);
    sqlite3_close(db);
}

/* The numbers that would be the most dangerous if they were believed. */
static void a_wrong_count_is_not_believed(void **state)
{
    static const struct {
        const char *column;
        size_t at;
    } places[] = {{"whole", 16}, {"blocks", 16}, {"blocks", 52 + 16}, {"blocks", 48}};
    static const uint32_t numbers[] = {0, 1, 127, 129, 4095, 5000, 1 << 20, UINT32_MAX};
    static struct column good, bad;
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    sqlite3 *db = make_damaged(place);
    place_reopen(place);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        get_column(db, places[p].column, &good);
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
            bad = good;
            memcpy(bad.bytes + places[p].at, &numbers[n], sizeof numbers[n]);
            set_column(db, places[p].column, &bad);
            assert_true(look(place, reader) > 0);
        }
        set_column(db, places[p].column, &good);
        assert_int_equal(look(place, reader), 0);
    }
    store_close(reader);
    sqlite3_close(db);
}

/* Whoever reads the damaged points is told; everybody can write on. */
static void a_damaged_chunk_does_not_stop_the_writer(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct points points;
    sqlite3 *db;
    for (int64_t step = 0; step < 10; step++)
        put(place, "bad", "loss", step, 1);
    shut(place);
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE chunk_body SET body = zeroblob(7)", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    place_reopen(place);
    put(place, "bad", "loss", 10, 2);
    put(place, "good", "loss", 1, 3);
    place_reopen(place); /* folds */
    put(place, "good", "loss", 2, 4);
    assert_int_equal(get_points(place, "good", "loss").count, 2);
    assert_int_equal(get_metric(place, "bad", "loss").count, 11);
    int64_t key = get_metric(place, "bad", "loss").key;
    assert_ok(store_points_read(place->writer, key, 10, 20, false, &place->arena, &points,
                                &err),
              &err);
    assert_int_equal(points.count, 1);
    assert_int_equal(said(store_points_read(place->writer, key, 0, 20, false,
                                            &place->arena, &points, &err),
                          &err),
                     1);
}

/* Each brings more than a commit usually folds. */
static void large_commits_do_not_pile_up_in_memory(void **state)
{
    enum { NAMES = 400, EACH = 1000, COMMITS = 6 };
    static struct store_point many[NAMES * EACH];
    static char text[NAMES][8];
    static const char *name[NAMES];
    struct place *place = *state;
    struct err err = {0};
    bool created;
    place_reopen(place);
    for (int64_t c = 0; c < COMMITS; c++) {
        for (size_t i = 0; i < NAMES * EACH; i++) {
            snprintf(text[i / EACH], sizeof text[0], "m%zu", i / EACH);
            name[i / EACH] = text[i / EACH];
            many[i] = (struct store_point){.metric = (uint32_t)(i / EACH),
                                           .step = c * EACH + (int64_t)(i % EACH)};
        }
        struct store_points put = {.run = "r",
                                   .names = name,
                                   .name_count = NAMES,
                                   .points = many,
                                   .point_count = NAMES * EACH};
        begin(place);
        assert_ok(store_put(place->writer, &put, &created, &err), &err);
        commit(place);
        assert_true(((struct sqlite_store *)place->writer)->tail.points <= 1 << 19);
    }
    assert_int_equal(get_metric(place, "r", "m399").count, COMMITS * EACH);
}

/* A row of the journal that is damaged stops readers and the writer, not the opening. */
static void a_damaged_journal_is_said(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    struct store_info info;
    sqlite3 *db;
    put(place, "r", "loss", 1, 1);
    shut(place);
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "INSERT INTO journal SELECT max(seq) + 1, x'070501' FROM journal",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    for (int again = 0; again < 2; again++)
        assert_int_equal(said(store_info(reader, &info, &err), &err), 1);
    store_close(reader);
    place_reopen(place);
    for (int again = 0; again < 2; again++)
        assert_int_equal(said(store_begin(place->writer, &err), &err), 1);
    assert_non_null(strstr(err.text, "row 2 of the journal"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(points_that_come_backwards_make_few_chunks),
        CASE(points_that_come_in_any_order_make_few_chunks),
        CASE(a_few_points_at_a_time_make_few_chunks),
        CASE(a_long_series_lies_in_full_chunks),
        CASE(readers_forget_what_is_folded),
        CASE(idle_time_ends_a_folding),
        CASE(a_run_that_begins_during_a_folding_keeps_its_progress),
        CASE(what_is_purged_during_a_folding_leaves_no_chunks),
        CASE(a_rollback_during_a_folding_loses_nothing),
        CASE(a_flipped_byte_of_what_is_known_of_a_chunk),
        CASE(a_flipped_byte_of_what_is_known_of_its_blocks),
        CASE(a_flipped_byte_of_its_blocks),
        CASE(a_wrong_count_is_not_believed),
        CASE(a_damaged_journal_is_said),
        CASE(a_damaged_chunk_does_not_stop_the_writer),
        CASE(large_commits_do_not_pile_up_in_memory),
    };
    unsynced_attach();
    return cmocka_run_group_tests_name("chunks in a file", tests, NULL, NULL);
}
