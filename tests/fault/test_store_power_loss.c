/* What a commit promises when the power goes, the disk fills up or a sync fails. */
#include "near.h"

#include "disk.h"

#include <signal.h>
#include <sys/resource.h>

static const char *const names[] = {"loss", "val_loss", "lr"};
enum { METRICS = 3 };

/* --- power loss --- */

/* Commit number n: a point at step n in each metric. The long note makes the log grow, so
   that checkpoints fall into the test too. */
static void write_commit(struct place *place, const char *note, int64_t n)
{
    struct err err = {0};
    struct store_point points[METRICS];
    struct run_fields fields = {.note = n % 2 ? note : note + 1};
    bool created;
    for (uint32_t m = 0; m < METRICS; m++)
        points[m] = (struct store_point){.metric = m, .step = n, .value = (double)n + m};
    struct store_points put = {.run = "r",
                               .names = names,
                               .name_count = METRICS,
                               .points = points,
                               .point_count = METRICS,
                               .step_last = n};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    assert_ok(store_run_update(place->writer, "r", &fields, n, &err), &err);
    commit(place);
    tidy(place);
}

/* Writes until the power is cut; returns how many commits were acknowledged by then. */
static int64_t write_until_cut(struct place *place, struct disk *disk)
{
    enum { NOTE_BYTES = 150000, COMMITS_MAX = 200 };
    static char note[NOTE_BYTES];
    int64_t acknowledged = 0;
    memset(note, 'n', sizeof note - 1);
    place_reopen(place);
    while (!disk->cut && acknowledged < COMMITS_MAX) {
        write_commit(place, note, acknowledged);
        acknowledged += !disk->cut;
    }
    return acknowledged;
}

/* Plain SQLite on what the cut left finds no fault in it. */
static void check_integrity(const char *location)
{
    sqlite3 *db;
    sqlite3_stmt *check;
    assert_int_equal(sqlite3_open_v2(location, &db,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(check), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(check, 0), "ok");
    sqlite3_finalize(check);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void check_metric(struct place *left, const char *name, uint32_t m,
                         int64_t commits)
{
    struct points points = get_points(left, "r", name);
    assert_int_equal(points.count, commits);
    assert_int_equal(get_metric(left, "r", name).count, commits);
    for (int64_t n = 0; n < commits; n++) {
        assert_int_equal(points.step[n], n);
        assert_same(points.value[n], (double)n + m);
    }
}

/* Every acknowledged commit is whole, and there is no part of another one. Returns how
   many commits are there. */
static int64_t check_left(struct place *left, int64_t acknowledged)
{
    struct err err = {0};
    struct run run;
    check_integrity(left->location);
    place_reopen(left);
    enum status status = store_run_get(left->writer, "r", true, &left->arena, &run, &err);
    int64_t commits = status ? 0 : run.last_step + 1;
    assert_true(status == ST_OK || status == ST_NOT_FOUND);
    assert_true(commits >= acknowledged);
    for (uint32_t m = 0; commits && m < METRICS; m++)
        check_metric(left, names[m], m, commits);
    return commits;
}

/* The store goes on where the commits end. */
static void go_on(struct place *left, int64_t commits)
{
    write_commit(left, "note", commits);
    assert_int_equal(get_metric(left, "r", "lr").count, commits + 1);
}

static int64_t cut_once(uint64_t seed)
{
    struct disk disk;
    struct place *place = place_new(), *left = place_new();
    disk_attach(&disk, seed);
    disk.until_cut = next_random(&disk.random) % 4000;
    disk.cut_folder = left->folder;
    int64_t acknowledged = write_until_cut(place, &disk);
    assert_true(disk.cut);
    place_free(place);
    disk_detach(&disk);
    go_on(left, check_left(left, acknowledged));
    place_free(left);
    return acknowledged;
}

static void no_acknowledged_commit_is_lost(void **state)
{
    enum { ROUNDS = 50 };
    int64_t acknowledged = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        acknowledged += cut_once(seed);
    assert_true(acknowledged > ROUNDS);
}

/* --- a full disk, a sync that fails --- */

struct bench {
    struct place *place;
    struct disk disk;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    *state = bench;
    bench->place = place_new();
    disk_attach(&bench->disk, 1);
    place_reopen(bench->place);
    put(bench->place, "r", "loss", 1, 0.5);
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    place_free(bench->place);
    disk_detach(&bench->disk);
    free(bench);
    return 0;
}

enum { MANY = 20000 };

/* One transaction with more points than the page cache keeps back, so that writes fail in
   the middle of a put as well as at its commit. */
static enum status put_many(struct place *place, struct err *err)
{
    static struct store_point points[MANY];
    for (int64_t i = 0; i < MANY; i++)
        points[i] = (struct store_point){.step = 2 + i, .value = (double)i};
    begin(place);
    enum status status = put_points(place, "r", "loss", points, MANY, err);
    if (status)
        store_rollback(place->writer);
    else
        status = store_commit(place->writer, err);
    return status;
}

static void assert_only_the_first_point(struct place *place)
{
    struct metric metric = get_metric(place, "r", "loss");
    assert_int_equal(metric.count, 1);
    assert_same(metric.last, 0.5);
    assert_int_equal(get_points(place, "r", "loss").count, 1);
    arena_release(&place->arena);
}

static void a_full_disk_rolls_back_and_is_recovered_from(void **state)
{
    struct bench *bench = *state;
    int failures = 0;
    for (long writes = 0; writes < 400; writes += 1 + writes / 8) {
        struct err err = {0};
        bench->disk.until_full = writes;
        enum status status = put_many(bench->place, &err);
        bench->disk.until_full = -1;
        if (status == ST_OK)
            break;
        assert_status(status, ST_FULL, &err);
        assert_string_equal(err.code, "disk_full");
        assert_only_the_first_point(bench->place);
        failures++;
    }
    struct err err = {0};
    assert_true(failures > 10);
    assert_ok(put_many(bench->place, &err), &err);
    assert_int_equal(get_metric(bench->place, "r", "loss").count, MANY + 1);
}

static void a_file_size_limit_is_a_full_disk(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum status status = put_many(bench->place, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_status(status, ST_FULL, &err);
    assert_only_the_first_point(bench->place);
    assert_ok(put_many(bench->place, &err), &err);
}

static void after_a_failed_sync_nothing_is_acknowledged(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    bench->disk.sync_fails = true;
    assert_status(put_many(bench->place, &err), ST_FAILED, &err);
    assert_string_equal(err.code, "io_error");
    bench->disk.sync_fails = false;
    assert_status(store_begin(bench->place->writer, &err), ST_FAILED, &err);
    assert_string_equal(err.code, "io_error");
    assert_only_the_first_point(bench->place);
    place_reopen(bench->place);
    put(bench->place, "r", "loss", 2, 0.25);
    assert_same(get_metric(bench->place, "r", "loss").min, 0.0 + 0.25);
}

static void every_commit_syncs(void **state)
{
    struct bench *bench = *state;
    for (int64_t step = 2; step < 12; step++) {
        long before = bench->disk.syncs;
        put(bench->place, "r", "loss", step, 1);
        assert_true(bench->disk.syncs > before);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_acknowledged_commit_is_lost),
        CASE(a_full_disk_rolls_back_and_is_recovered_from),
        CASE(a_file_size_limit_is_a_full_disk),
        CASE(after_a_failed_sync_nothing_is_acknowledged),
        CASE(every_commit_syncs),
    };
    return cmocka_run_group_tests_name("store on a failing disk", tests, NULL, NULL);
}
