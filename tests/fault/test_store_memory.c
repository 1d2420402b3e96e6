/* Out of memory anywhere: the allocations of a commit, a folding, a read, an opening
   and a closing fail one by one, ours and SQLite's. What fails says so, leaves nothing,
   and works when there is memory again. The linker puts the functions below in the place
   of malloc, calloc, realloc and log_line (Makefile, --wrap). */
#include "near.h"

#define MODEL_RUNS    1
#define MODEL_METRICS 40
#define MODEL_STEPS   8192

#include "base/log.h"
#include "store/model.h"
#include "store/sqlite/ingest.h"
#include "store/unsynced.h"

/* --- memory that ends --- */

static struct memory {
    bool ours, of_sqlite; /* whose allocations count */
    bool for_good;        /* all after the first that fails fail too */
    bool failed;          /* at least one did */
    long until;           /* so many succeed; negative: all */
} memory = {.until = -1};

static bool is_out_of_memory(bool counts)
{
    if (!counts || memory.until < 0 || memory.until-- > 0)
        return false;
    memory.until = memory.for_good ? 0 : -1;
    memory.failed = true;
    return true;
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return is_out_of_memory(memory.ours) ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return is_out_of_memory(memory.ours) ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    return is_out_of_memory(memory.ours) ? NULL : __real_realloc(old, bytes);
}

/* What has no caller to be told is logged, very often here. */
void __wrap_log_line(enum log_level level, const char *format, ...);
void __wrap_log_line(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

static sqlite3_mem_methods of_sqlite;

static void *sqlite_malloc(int bytes)
{
    return is_out_of_memory(memory.of_sqlite) ? NULL : of_sqlite.xMalloc(bytes);
}

static void *sqlite_realloc(void *old, int bytes)
{
    return is_out_of_memory(memory.of_sqlite) ? NULL : of_sqlite.xRealloc(old, bytes);
}

static void wrap_sqlite(void)
{
    sqlite3_mem_methods wrapped;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &of_sqlite), SQLITE_OK);
    wrapped = of_sqlite;
    wrapped.xMalloc = sqlite_malloc;
    wrapped.xRealloc = sqlite_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &wrapped), SQLITE_OK);
}

static const struct memory ours = {.ours = true}, sqlites = {.of_sqlite = true},
                           all = {.ours = true, .of_sqlite = true, .for_good = true};

/* --- commits --- */

enum { EACH = 30, BATCH_MAX = 4096 };
static struct store_point batch[BATCH_MAX];
static struct model model, after;

static struct store_point made(uint32_t m, int64_t step, uint64_t *random)
{
    return (struct store_point){.metric = m,
                                .step = step,
                                .time_ms = step,
                                .value = model_value(random)};
}

/* All metrics go on. */
static size_t append_points(void)
{
    size_t count = 0;
    uint64_t random = (uint64_t)model.updated_ms[0];
    for (uint32_t m = 0; m < MODEL_METRICS; m++) {
        for (int i = 0; i < EACH; i++)
            batch[count++] = made(m, model.end[0][m] + i, &random);
    }
    return count;
}

/* Some old ones are corrected, in no order. */
static size_t old_points(void)
{
    uint64_t random = (uint64_t)model.updated_ms[0];
    for (size_t i = 0; i < 10; i++)
        batch[i] =
            made((uint32_t)i % 3, next_random(&random) % model.end[0][i % 3], &random);
    return 10;
}

/* More than go through the journal. */
static size_t many_points(void)
{
    uint64_t random = (uint64_t)model.updated_ms[0];
    for (size_t i = 0; i < 2100; i++)
        batch[i] = made(7, (model.end[0][7] + (int64_t)i) % MODEL_STEPS, &random);
    return 2100;
}

static enum status put_and_commit(struct place *place, size_t count, struct err *err)
{
    enum status status = store_begin(place->writer, err);
    if (status)
        return status;
    after = model;
    status = model_try_put(place, &after, 0, batch, count, err);
    if (!status)
        return store_commit(place->writer, err);
    store_rollback(place->writer);
    return status;
}

static void write_commit(struct place *place)
{
    struct err err = {0};
    assert_ok(put_and_commit(place, append_points(), &err), &err);
    model = after;
}

static bool is_folding(const struct place *place)
{
    return ((struct sqlite_store *)place->writer)->ingest->folding != NULL;
}

/* --- a place in each state --- */

static void begin_run(struct place *place)
{
    place_reopen(place);
    model_init(&model);
    write_commit(place);
}

/* The next commit begins a folding. */
static void fill_journal(struct place *place)
{
    begin_run(place);
    while (((struct sqlite_store *)place->writer)->tail.points < 16384 - 1200)
        write_commit(place);
    assert_false(is_folding(place));
}

static void begin_folding(struct place *place)
{
    fill_journal(place);
    write_commit(place);
    assert_true(is_folding(place));
}

/* --- the trial --- */

static void assert_no_memory(enum status status, const struct err *err)
{
    if (status == ST_TOO_LARGE)
        return;
    assert_status(status, ST_FAILED, err);
    if (strcmp(err->code, "out_of_memory"))
        print_error("%s: %s\n", err->code, err->text);
    assert_string_equal(err->code, "out_of_memory");
}

/* Each of the first hundred, then ever fewer. */
static long next_try(long until)
{
    return until + 1 + until / 100;
}

static void compare(struct store *store, uint32_t one_in)
{
    uint64_t random = one_in;
    model_compare(store, &model, one_in, &random);
}

static enum status act_append(struct place *place, struct err *err)
{
    return put_and_commit(place, append_points(), err);
}

static enum status act_correct(struct place *place, struct err *err)
{
    return put_and_commit(place, old_points(), err);
}

static enum status act_many(struct place *place, struct err *err)
{
    return put_and_commit(place, many_points(), err);
}

static enum status act_tidy(struct place *place, struct err *err)
{
    bool more = true;
    enum status status = ST_OK;
    while (!status && more)
        status = store_tidy(place->writer, &more, err);
    return status;
}

static bool take_none(void *data, const struct stretch *stretch)
{
    (void)data, (void)stretch;
    return false;
}

static bool see_any(void *data, const struct points *points)
{
    *(size_t *)data += points->count;
    return true;
}

/* On a handle of its own: what it remembers of the journal is read too. */
static enum status read_all(struct store *reader, struct err *err)
{
    struct arena arena;
    struct run_page page;
    struct run_query query = {.limit = 10, .order = RUNS_BY_UPDATED};
    struct metric *metrics;
    struct points points;
    struct store_info info;
    size_t count = 0;
    struct points_visitor visitor = {&count, take_none, see_any};
    arena_init(&arena, (size_t)64 << 20);
    enum status status = store_runs(reader, &query, &arena, &page, err);
    if (!status)
        status = store_metrics(reader, page.runs[0].key, &arena, &metrics, &count, err);
    for (size_t m = 0; !status && m < 3; m++) {
        status =
            store_points_read(reader, metrics[m].key, 5, 500, true, &arena, &points, err);
        if (!status)
            status =
                store_points_walk(reader, metrics[m].key, 0, STEP_MAX, &visitor, err);
    }
    if (!status)
        status = store_info(reader, &info, err);
    arena_release(&arena);
    return status;
}

static enum status act_read(struct place *place, struct err *err)
{
    struct store *reader;
    enum status status = store_open(place->location, STORE_READER, &reader, err);
    if (!status)
        status = read_all(reader, err);
    store_close(reader);
    return status;
}

/* A failed close leaves what it could not fold to the journal. */
static enum status act_reopen(struct place *place, struct err *err)
{
    store_close(place->writer);
    place->writer = NULL;
    enum status status = store_open(place->location, STORE_WRITER, &place->writer, err);
    if (!status)
        status = store_begin(place->writer, err);
    if (!status)
        store_rollback(place->writer);
    return status;
}

/* --- the table --- */

static const struct trial {
    const char *name;
    void (*prepare)(struct place *);
    const struct memory *which;
    enum status (*act)(struct place *, struct err *);
    bool changes;
} trials[] = {
    {"a commit: ours", begin_run, &ours, act_append, true},
    {"a commit: SQLite's", begin_run, &sqlites, act_append, true},
    {"a commit: all from then on", begin_run, &all, act_append, true},
    {"a folding begins: ours", fill_journal, &ours, act_append, true},
    {"a folding begins: SQLite's", fill_journal, &sqlites, act_append, true},
    {"a folding begins: all from then on", fill_journal, &all, act_append, true},
    {"a folding goes on: ours", begin_folding, &ours, act_append, true},
    {"a folding goes on: SQLite's", begin_folding, &sqlites, act_append, true},
    {"a folding goes on: all from then on", begin_folding, &all, act_append, true},
    {"corrections: ours", begin_folding, &ours, act_correct, true},
    {"corrections: SQLite's", begin_folding, &sqlites, act_correct, true},
    {"corrections: all from then on", begin_folding, &all, act_correct, true},
    {"many points: ours", begin_folding, &ours, act_many, true},
    {"many points: SQLite's", begin_folding, &sqlites, act_many, true},
    {"many points: all from then on", begin_folding, &all, act_many, true},
    {"idle time: SQLite's", begin_folding, &sqlites, act_tidy, false},
    {"idle time: all from then on", begin_folding, &all, act_tidy, false},
    {"reading: ours", begin_folding, &ours, act_read, false},
    {"reading: SQLite's", begin_folding, &sqlites, act_read, false},
    {"reading: all from then on", begin_folding, &all, act_read, false},
    {"closing and opening: ours", begin_folding, &ours, act_reopen, false},
    {"closing and opening: SQLite's", begin_folding, &sqlites, act_reopen, false},
    {"closing and opening: all from then on", begin_folding, &all, act_reopen, false},
};
enum { TRIALS = sizeof trials / sizeof *trials };

/* Does something again and again, each time with one more allocation that succeeds, until
   none fails. After each time all is as before, or as it should be after it. */
static void try_all(struct place *place, const struct trial *trial)
{
    long fails = 0;
    for (long until = 0;; until = next_try(until)) {
        struct err err = {0};
        after = model;
        memory = *trial->which;
        memory.until = until;
        enum status status = trial->act(place, &err);
        bool failed = memory.failed;
        memory = (struct memory){.until = -1};
        assert_true(failed || status == ST_OK);
        if (status)
            assert_no_memory(status, &err);
        else if (trial->changes)
            model = after;
        fails += status != ST_OK;
        if (place->writer)
            compare(place->writer, 20);
        if (!failed)
            break;
    }
    assert_true(fails > 0);
}

struct bench {
    struct place *place;
    const struct trial *trial;
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    *bench = (struct bench){place_new(), *state};
    *state = bench;
    bench->trial->prepare(bench->place);
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    place_free(bench->place);
    free(bench);
    return 0;
}

static void each_allocation_fails(void **state)
{
    struct bench *bench = *state;
    try_all(bench->place, bench->trial);
}

/* Whatever failed first on a handle, it sees what is committed later. */
static void a_reader_goes_on(void **state)
{
    struct place *place = ((struct bench *)*state)->place;
    for (long i = 0, until = 0, quiet = 0; quiet < 3; i++, until = next_try(until)) {
        struct err err = {0};
        struct store *reader;
        assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
        memory = i % 3 == 0 ? ours : i % 3 == 1 ? sqlites : all;
        memory.until = until;
        enum status status = read_all(reader, &err);
        quiet = memory.failed ? 0 : quiet + 1;
        memory = (struct memory){.until = -1};
        if (status)
            assert_no_memory(status, &err);
        batch[0] = (struct store_point){.step = model.end[0][0], .value = 1};
        assert_ok(put_and_commit(place, 1, &err), &err);
        model = after;
        compare(reader, 20);
        store_close(reader);
    }
}

int main(void)
{
    struct CMUnitTest tests[TRIALS + 1];
    wrap_sqlite();
    unsynced_attach();
    for (size_t i = 0; i < TRIALS; i++)
        tests[i] = (struct CMUnitTest){trials[i].name, each_allocation_fails, setup,
                                       teardown, (void *)(uintptr_t)&trials[i]};
    tests[TRIALS] = (struct CMUnitTest){"a_reader_goes_on", a_reader_goes_on, setup,
                                        teardown, (void *)(uintptr_t)&trials[0]};
    return cmocka_run_group_tests_name("store out of memory", tests, NULL, NULL);
}
