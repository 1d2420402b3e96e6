/* What a commit promises when it also folds: a process that is killed, a power cut, a
   full disk, a failed sync, each in the middle of a folding. */
#include "near.h"

#define MODEL_RUNS    2
#define MODEL_METRICS 80
#define MODEL_STEPS   4096
/* Each look at what was left behind opens files of its own. */
#define DISK_FILES_MAX 512

#include "base/log.h"
#include "disk.h"
#include "store/model.h"
#include "store/sqlite/ingest.h"

/* A closing that cannot fold says so in the log, often here. The linker puts this before
   the one of base/log (Makefile, --wrap). */
void __wrap_log_line(enum log_level level, const char *format, ...);
void __wrap_log_line(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

/* --- the commits --- */

enum { EACH = 25, BATCH_MAX = MODEL_METRICS * EACH + 64 };
static struct store_point batch[BATCH_MAX];
static struct model model, after;

static struct store_point made(uint32_t m, int64_t step, uint64_t *random)
{
    return (struct store_point){.metric = m,
                                .step = step,
                                .time_ms = step * 10 + next_random(random) % 5,
                                .value = model_value(random)};
}

/* The points of commit number n after those that the model holds; always the same. Each
   metric goes on by EACH points, and some commits correct a few old ones. */
static size_t make_commit(const struct model *now, int64_t n, size_t r)
{
    size_t count = 0;
    uint64_t random = (uint64_t)n * 2 + r;
    for (uint32_t m = 0; m < MODEL_METRICS; m++) {
        int64_t step = now->end[r][m];
        for (int i = 0; i < EACH; i++)
            batch[count++] = made(m, step + i, &random);
    }
    if (n % 5 == 4) {
        for (int i = 0; i < 5; i++) {
            uint32_t m = next_random(&random) % MODEL_METRICS;
            batch[count++] = made(m, next_random(&random) % now->end[r][m], &random);
        }
    }
    return count;
}

/* Commit number n is of one run or the other. */
static size_t run_of(int64_t n)
{
    return n % 3 == 2;
}

static enum status try_commit(struct place *place, const struct model *now, int64_t n,
                              struct err *err)
{
    size_t count = make_commit(now, n, run_of(n));
    enum status status = store_begin(place->writer, err);
    if (status)
        return status;
    after = *now;
    status = model_try_put(place, &after, run_of(n), batch, count, err);
    if (status)
        store_rollback(place->writer);
    else
        status = store_commit(place->writer, err);
    return status;
}

static void write_commit(struct place *place, int64_t n)
{
    struct err err = {0};
    assert_ok(try_commit(place, &model, n, &err), &err);
    model = after;
}

/* The model after so many commits. */
static void model_of(struct model *out, int64_t commits)
{
    model_init(out);
    for (int64_t n = 0; n < commits; n++) {
        size_t count = make_commit(out, n, run_of(n));
        model_take(out, run_of(n), batch, count);
    }
}

static bool is_folding(const struct place *place)
{
    return ((struct sqlite_store *)place->writer)->ingest->folding != NULL;
}

static void compare(struct place *place, const struct model *should, uint32_t one_in)
{
    uint64_t random = one_in;
    model_compare(place->writer, should, one_in, &random);
    arena_release(&place->arena);
}

/* --- kill -9 --- */

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* What the kernel has of a process that ends now; it begins anew from that. */
static void assert_left_behind(const struct place *place, const struct model *should)
{
    struct place *left = place_new();
    struct err err = {0};
    struct store *reader;
    uint64_t random = 7;
    char from[120], to[120];
    copy_file(place->location, left->location);
    snprintf(from, sizeof from, "%s-wal", place->location);
    snprintf(to, sizeof to, "%s-wal", left->location);
    copy_file(from, to);
    place_reopen(left);
    assert_ok(store_open(left->location, STORE_READER, &reader, &err), &err);
    model_compare(reader, should, 20, &random);
    compare(left, should, 20);
    place_reopen(left); /* which folds */
    model_compare(reader, should, 20, &random);
    compare(left, should, 20);
    store_close(reader);
    place_free(left);
}

static void a_killed_process_leaves_every_commit(void **state)
{
    enum { COMMITS = 45 };
    static struct disk disk;
    int half_folded = 0;
    (void)state;
    struct place *place = place_new();
    disk_attach(&disk, 1);
    place_reopen(place);
    model_init(&model);
    for (int64_t n = 0; n < COMMITS; n++) {
        struct err err = {0};
        bool more;
        write_commit(place, n);
        half_folded += is_folding(place);
        if (n < 8 || is_folding(place))
            assert_left_behind(place, &model);
        if (n % 4 == 3) {
            assert_ok(store_tidy(place->writer, &more, &err), &err);
            assert_left_behind(place, &model);
        }
    }
    assert_true(half_folded > 5);
    place_free(place);
    disk_detach(&disk);
}

/* In the middle of a transaction that folds on its way. */
static void a_killed_process_leaves_no_part_of_a_commit(void **state)
{
    static struct disk disk;
    struct err err = {0};
    (void)state;
    struct place *place = place_new();
    disk_attach(&disk, 1);
    place_reopen(place);
    model_init(&model);
    for (int64_t n = 0; n < 14; n++) {
        write_commit(place, n);
        size_t count = make_commit(&model, 4, 0); /* with corrections */
        after = model;
        begin(place);
        assert_ok(model_try_put(place, &after, 0, batch, count, &err), &err);
        if (n % 4 == 0)
            assert_left_behind(place, &model);
        store_rollback(place->writer);
    }
    compare(place, &model, 1);
    place_free(place);
    disk_detach(&disk);
}

/* --- power loss --- */

/* Commits, and what is done when idle, until the power is cut. Returns how many were
   acknowledged by then; *folding counts those after which a folding was not at its end.
 */
static int64_t write_until_cut(struct place *place, struct disk *disk, int *folding)
{
    enum { COMMITS_MAX = 120 };
    int64_t acknowledged = 0;
    place_reopen(place);
    model_init(&model);
    while (!disk->cut && acknowledged < COMMITS_MAX) {
        struct err err = {0};
        bool more;
        write_commit(place, acknowledged);
        acknowledged += !disk->cut;
        *folding += is_folding(place);
        if (acknowledged % 6 == 5)
            assert_ok(store_tidy(place->writer, &more, &err), &err);
    }
    return acknowledged;
}

/* Each put adds one to updated_ms: together they say how many there are. */
static int64_t count_commits(struct place *left)
{
    int64_t commits = 0;
    for (size_t r = 0; r < MODEL_RUNS; r++) {
        struct err err = {0};
        struct run run;
        if (!store_run_get(left->writer, model_run(r), true, &left->arena, &run, &err))
            commits += run.updated_ms;
    }
    return commits;
}

static int cut_once(uint64_t seed, int64_t *acknowledged)
{
    static struct disk disk;
    struct place *place = place_new(), *left = place_new();
    int folding = 0;
    disk_attach(&disk, seed);
    disk.until_cut = next_random(&disk.random) % 1500;
    disk.cut_folder = left->folder;
    *acknowledged = write_until_cut(place, &disk, &folding);
    assert_true(disk.cut);
    place_free(place);
    disk_detach(&disk);
    place_reopen(left);
    int64_t commits = count_commits(left);
    assert_true(commits >= *acknowledged);
    model_of(&model, commits);
    compare(left, &model, 4);
    write_commit(left, commits); /* it goes on */
    compare(left, &model, 40);
    place_free(left);
    return folding;
}

static void no_acknowledged_commit_is_lost_while_folding(void **state)
{
    enum { ROUNDS = 30 };
    int folding = 0;
    int64_t sum = 0, acknowledged;
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++, sum += acknowledged)
        folding += cut_once(seed, &acknowledged);
    assert_true(sum > 10 * ROUNDS);
    assert_true(folding > ROUNDS);
}

/* --- a full disk, a sync that fails --- */

struct bench {
    struct place *place;
    struct disk disk;
    int64_t commits;
};

/* The next commit begins a folding. */
static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    *state = bench;
    bench->place = place_new();
    disk_attach(&bench->disk, 1);
    place_reopen(bench->place);
    model_init(&model);
    while (((struct sqlite_store *)bench->place->writer)->tail.points + 2000 < 16384)
        write_commit(bench->place, bench->commits++);
    assert_false(is_folding(bench->place));
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

/* Tries one commit with ever more room. Returns how often there was too little. */
static int commit_with_little_room(struct bench *bench)
{
    int failures = 0;
    for (long writes = 0;; writes += 1 + writes / 6) {
        struct err err = {0};
        bench->disk.until_full = writes;
        enum status status = try_commit(bench->place, &model, bench->commits, &err);
        bench->disk.until_full = -1;
        if (status == ST_OK)
            break;
        assert_status(status, ST_FULL, &err);
        assert_string_equal(err.code, "disk_full");
        compare(bench->place, &model, 40);
        failures++;
    }
    model = after;
    bench->commits++;
    compare(bench->place, &model, 10);
    return failures;
}

static void a_full_disk_stops_a_folding_and_loses_nothing(void **state)
{
    struct bench *bench = *state;
    int folding = 0;
    for (int i = 0; i < 6; i++) {
        assert_true(commit_with_little_room(bench) > 3);
        folding += is_folding(bench->place);
    }
    assert_true(folding > 1);
    place_reopen(bench->place);
    compare(bench->place, &model, 1);
}

/* The end of the process folds too; what it cannot fold the journal still has. */
static void a_full_disk_at_the_end_loses_nothing(void **state)
{
    struct bench *bench = *state;
    for (long writes = 0; writes < 40; writes += 1 + writes / 4) {
        write_commit(bench->place, bench->commits++);
        bench->disk.until_full = writes;
        store_close(bench->place->writer);
        bench->place->writer = NULL;
        bench->disk.until_full = -1;
        place_reopen(bench->place);
        compare(bench->place, &model, 10);
    }
}

static void a_full_disk_while_idle_is_said_and_loses_nothing(void **state)
{
    struct bench *bench = *state;
    int failures = 0;
    write_commit(bench->place, bench->commits++);
    assert_true(is_folding(bench->place));
    for (long writes = 0; writes < 400; writes += 1 + writes / 6) {
        struct err err = {0};
        bool more;
        bench->disk.until_full = writes;
        enum status status = store_tidy(bench->place->writer, &more, &err);
        bench->disk.until_full = -1;
        if (status) {
            assert_status(status, ST_FULL, &err);
            failures++;
        }
        compare(bench->place, &model, 20);
        if (!is_folding(bench->place))
            write_commit(bench->place, bench->commits++);
    }
    assert_true(failures > 3);
    tidy(bench->place);
    compare(bench->place, &model, 1);
}

static void a_failed_sync_during_a_folding_ends_the_writing(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    write_commit(bench->place, bench->commits++);
    assert_true(is_folding(bench->place));
    bench->disk.sync_fails = true;
    assert_status(try_commit(bench->place, &model, bench->commits, &err), ST_FAILED,
                  &err);
    assert_string_equal(err.code, "io_error");
    bench->disk.sync_fails = false;
    assert_status(store_begin(bench->place->writer, &err), ST_FAILED, &err);
    compare(bench->place, &model, 4);
    place_reopen(bench->place); /* the commit may have reached the disk, or not */
    bool stored = count_commits(bench->place) == bench->commits + 1;
    compare(bench->place, stored ? &after : &model, 4);
    model = stored ? after : model;
    bench->commits += stored;
    write_commit(bench->place, bench->commits);
    compare(bench->place, &model, 4);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_process_leaves_every_commit),
        cmocka_unit_test(a_killed_process_leaves_no_part_of_a_commit),
        cmocka_unit_test(no_acknowledged_commit_is_lost_while_folding),
        CASE(a_full_disk_stops_a_folding_and_loses_nothing),
        CASE(a_full_disk_at_the_end_loses_nothing),
        CASE(a_full_disk_while_idle_is_said_and_loses_nothing),
        CASE(a_failed_sync_during_a_folding_ends_the_writing),
    };
    return cmocka_run_group_tests_name("folding on a failing disk", tests, NULL, NULL);
}
