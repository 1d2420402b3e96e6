/* The writer and the judge over a real database in a folder of their own. */
#include "stream/judge.h"
#include "stream/writer.h"

#include "base/clock.h"
#include "base/limits.h"
#include "near.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct fixture {
    char folder[64], db[96];
    struct writer *writer;
    struct judge *judge;
    pthread_mutex_t lock;
    pthread_cond_t changed_cond;
    int done, rendered, changed;
    int judged;      /* answers with a diagnosis; the judge's thread, before done */
    int64_t look_ms; /* of the judge */
    long render_ms;  /* what each diagnosis takes at least */
    char text[256];
    char seen[32]; /* first letters of the runs diagnosed since the test cleared it */
};

struct put {
    struct ticket ticket; /* first: a ticket is a put */
    struct fixture *fixture;
    char run[32];
    struct store_point point;
    int64_t now_ms;
    enum status fail; /* what apply says instead of writing */
};

static enum status put_apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct put *put = (struct put *)ticket;
    const char *names[] = {"train_loss"};
    if (put->fail != ST_OK)
        return err_set(err, put->fail, "test", "as the test asked for");
    struct store_points points = {.run = put->run,
                                  .names = names,
                                  .name_count = 1,
                                  .points = &put->point,
                                  .point_count = 1,
                                  .step_last = put->point.step,
                                  .now_ms = put->now_ms};
    bool created;
    return store_put(store, &points, &created, err);
}

static void tell(struct fixture *f, int *counter)
{
    pthread_mutex_lock(&f->lock);
    ++*counter;
    pthread_cond_broadcast(&f->changed_cond);
    pthread_mutex_unlock(&f->lock);
}

static void put_done(struct ticket *ticket)
{
    tell(((struct put *)ticket)->fixture, &((struct put *)ticket)->fixture->done);
}

static void wait_for(struct fixture *f, const int *counter, int value)
{
    pthread_mutex_lock(&f->lock);
    while (*counter < value)
        pthread_cond_wait(&f->changed_cond, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

static struct put put_of(struct fixture *f, const char *run, int64_t step, double value)
{
    struct put put = {.fixture = f,
                      .now_ms = 1,
                      .point = {.step = step, .time_ms = 1, .value = value}};
    put.ticket.apply = put_apply;
    put.ticket.done = put_done;
    put.ticket.bytes = sizeof put;
    snprintf(put.run, sizeof put.run, "%s", run);
    return put;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    *state = f;
    strcpy(f->folder, "/tmp/epochd-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->db, sizeof f->db, "%s/t.db", f->folder);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed_cond, NULL);
    return writer_start(f->db, &f->writer, &err) == ST_OK ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    struct fixture *f = *state;
    char path[128];
    judge_stop(f->judge);
    writer_stop(f->writer);
    judge_free(f->judge);
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        snprintf(path, sizeof path, "%s%s", f->db, tails[i]);
        unlink(path);
    }
    int left = rmdir(f->folder); /* fails when something unexpected lies there */
    free(f);
    return left;
}

/* How many points of train_loss the run has on disk. */
static int64_t stored(struct fixture *f, const char *run)
{
    struct store *store;
    struct arena arena;
    struct run found;
    struct metric *metrics;
    struct err err = {0};
    size_t count = 0;
    int64_t points = -1;
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_open(f->db, STORE_READER, &store, &err), ST_OK);
    if (store_run_get(store, run, false, &arena, &found, &err) == ST_OK &&
        store_metrics(store, found.key, &arena, &metrics, &count, &err) == ST_OK && count)
        points = metrics[0].count;
    store_close(store);
    arena_release(&arena);
    return points;
}

static void every_ticket_is_told_once_and_is_on_disk(void **state)
{
    enum { N = 500 };
    struct fixture *f = *state;
    struct err err = {0};
    struct put *puts = calloc(N, sizeof *puts);
    for (int i = 0; i < N; i++) {
        puts[i] = put_of(f, "a", i, i);
        assert_int_equal(writer_submit(f->writer, &puts[i].ticket, &err), ST_OK);
    }
    wait_for(f, &f->done, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(puts[i].ticket.status, ST_OK);
    assert_int_equal(stored(f, "a"), N);
    struct writer_stats stats;
    writer_stats(f->writer, &stats);
    assert_int_equal(stats.tickets, N);
    assert_true(stats.commits <= N);
    assert_int_equal(f->done, N);
    free(puts);
}

static void a_refused_ticket_does_not_harm_its_neighbours(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct put good = put_of(f, "a", 1, 1), bad = put_of(f, "a", 2, 2);
    struct put also_good = put_of(f, "a", 3, 3);
    bad.fail = ST_CONFLICT;
    struct put *all[] = {&good, &bad, &also_good};
    for (int i = 0; i < 3; i++)
        assert_int_equal(writer_submit(f->writer, &all[i]->ticket, &err), ST_OK);
    wait_for(f, &f->done, 3);
    assert_int_equal(good.ticket.status, ST_OK);
    assert_int_equal(bad.ticket.status, ST_CONFLICT);
    assert_string_equal(bad.ticket.err.text, "as the test asked for");
    assert_int_equal(also_good.ticket.status, ST_OK);
    assert_int_equal(stored(f, "a"), 2);
}

static void a_full_disk_fails_the_group_and_passes(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct put full = put_of(f, "a", 1, 1);
    full.fail = ST_FULL;
    assert_int_equal(writer_submit(f->writer, &full.ticket, &err), ST_OK);
    wait_for(f, &f->done, 1);
    assert_int_equal(full.ticket.status, ST_FULL);
    struct put later = put_of(f, "a", 1, 1);
    assert_int_equal(writer_submit(f->writer, &later.ticket, &err), ST_OK);
    wait_for(f, &f->done, 2);
    assert_int_equal(later.ticket.status, ST_OK);
}

static void a_failed_write_fails_the_group_and_passes(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct put broken = put_of(f, "a", 1, 1), later = put_of(f, "a", 2, 2);
    broken.fail = ST_FAILED;
    assert_int_equal(writer_submit(f->writer, &broken.ticket, &err), ST_OK);
    wait_for(f, &f->done, 1);
    assert_int_equal(broken.ticket.status, ST_FAILED);
    assert_int_equal(writer_submit(f->writer, &later.ticket, &err), ST_OK);
    wait_for(f, &f->done, 2);
    assert_int_equal(later.ticket.status, ST_OK);
}

/* The linker puts this before the store's own (Makefile, --wrap). */
enum status __real_store_commit(struct store *store, struct err *err);
enum status __wrap_store_commit(struct store *store, struct err *err);
static bool sync_fails;

enum status __wrap_store_commit(struct store *store, struct err *err)
{
    if (!sync_fails)
        return __real_store_commit(store, err);
    return err_set(err, ST_FAILED, "io_error", "the test let the sync fail");
}

static void after_a_failed_sync_nothing_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct put broken = put_of(f, "a", 1, 1), later = put_of(f, "a", 2, 2);
    sync_fails = true;
    assert_int_equal(writer_submit(f->writer, &broken.ticket, &err), ST_OK);
    wait_for(f, &f->done, 1);
    sync_fails = false;
    assert_int_equal(broken.ticket.status, ST_FAILED);
    assert_int_equal(writer_submit(f->writer, &later.ticket, &err), ST_FAILED);
    assert_string_equal(err.code, "storage_failed");
    assert_int_equal(stored(f, "a"), -1);
}

static void a_full_queue_says_busy(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct put huge = put_of(f, "a", 1, 1);
    huge.ticket.bytes = (size_t)WRITE_QUEUE_BYTES_MAX + 1;
    assert_int_equal(writer_submit(f->writer, &huge.ticket, &err), ST_BUSY);
    assert_string_equal(err.code, "overloaded");
}

static void stopping_commits_what_waits(void **state)
{
    enum { N = 200 };
    struct fixture *f = *state;
    struct err err = {0};
    struct put *puts = calloc(N, sizeof *puts);
    for (int i = 0; i < N; i++) {
        puts[i] = put_of(f, "a", i, i);
        assert_int_equal(writer_submit(f->writer, &puts[i].ticket, &err), ST_OK);
    }
    writer_stop(f->writer);
    f->writer = NULL;
    assert_int_equal(f->done, N);
    assert_int_equal(stored(f, "a"), N);
    free(puts);
}

/* --- the judge --- */

static bool no_schedule(const char *json, struct arena *arena, struct schedule *out)
{
    (void)json, (void)arena, (void)out;
    return false;
}

static void no_roles(const char *json, struct arena *arena, const char *names[ROLE_COUNT])
{
    (void)json, (void)arena, (void)names;
}

static struct fixture *render_counts; /* the judge's render has no data of its own */

static size_t render(const struct judged *judged, struct buf *out)
{
    nanosleep(&(struct timespec){.tv_nsec = render_counts->render_ms * 1000000}, NULL);
    size_t seen = strlen(render_counts->seen);
    if (seen + 1 < sizeof render_counts->seen)
        render_counts->seen[seen] = *judged->run.id;
    tell(render_counts, &render_counts->rendered);
    buf_printf(out, "%s:%lld", judged->run.id, (long long)judged->run.last_step);
    size_t brief = out->length;
    buf_add_text(out, " and more");
    return brief;
}

static bool changed(void *app, const struct judged *judged, const struct judge_text *text)
{
    struct fixture *f = app;
    (void)judged;
    assert_true(text->brief > 0 && text->brief + 9 == text->length);
    tell(f, &f->changed);
    return true;
}

struct asked {
    struct question question; /* first: a question is an asked */
    struct fixture *fixture;
};

static void answered(struct question *question, const struct judge_text *text)
{
    struct fixture *f = ((struct asked *)question)->fixture;
    snprintf(f->text, sizeof f->text, "%.*s", text ? (int)text->brief : 0,
             text ? text->members : "");
    f->judged += text != NULL;
    tell(f, &f->done);
}

static void judge_on(struct fixture *f)
{
    static const struct judge_readers readers = {.schedule = no_schedule,
                                                 .roles = no_roles};
    struct err err = {0};
    render_counts = f;
    struct judge_config config = {f->db, &readers,   render,   changed,
                                  f,     f->look_ms, INT64_MAX};
    assert_int_equal(judge_start(&config, &f->judge, &err), ST_OK);
}

static void post(struct fixture *f, const char *run, int64_t step, double value)
{
    struct err err = {0};
    struct put put = put_of(f, run, step, value);
    int before = f->done;
    assert_int_equal(writer_submit(f->writer, &put.ticket, &err), ST_OK);
    wait_for(f, &f->done, before + 1);
}

static void ask(struct fixture *f, const char *run)
{
    struct asked asked = {.fixture = f};
    int before = f->done;
    asked.question.answered = answered;
    strcpy(asked.question.run, run);
    judge_ask(f->judge, &asked.question);
    wait_for(f, &f->done, before + 1);
}

static void an_answer_knows_the_post_before_it(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    for (int i = 1; i <= 3; i++) {
        char want[16];
        post(f, "a", i, 1.0 / i);
        ask(f, "a");
        snprintf(want, sizeof want, "a:%d", i);
        assert_string_equal(f->text, want);
    }
    assert_true(f->changed >= 3); /* the look at the start may have seen the first */
}

/* Nobody asks: the look at the start is one diagnosis, the others are of a quiet run. The
   points of these tests came in 1970. */
static void a_running_run_that_went_quiet_is_looked_at_again(void **state)
{
    struct fixture *f = *state;
    post(f, "a", 1, 1);
    f->look_ms = 1;
    judge_on(f);
    wait_for(f, &f->rendered, 3);
    assert_int_equal(f->changed, 1); /* nothing new was said */
}

static void a_question_about_no_run_is_answered_with_nothing(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    ask(f, "nobody");
    assert_string_equal(f->text, "");
    assert_int_equal(f->rendered, 0);
}

static void a_run_that_many_wait_for_is_diagnosed_far_less_often(void **state)
{
    enum { N = 3000 };
    struct fixture *f = *state;
    judge_on(f);
    post(f, "a", 1, 1);
    int before = f->done;
    struct asked *all = calloc(N, sizeof *all);
    for (int i = 0; i < N; i++) {
        all[i].fixture = f;
        all[i].question.answered = answered;
        strcpy(all[i].question.run, "a");
        judge_ask(f->judge, &all[i].question);
    }
    wait_for(f, &f->done, before + N);
    assert_true(f->rendered >= 1 && f->rendered < N);
    free(all);
}

/* Every diagnosis takes a millisecond: most are answered with what was said last, though
   there is credit for all. All are diagnosed in the end. */
static void a_crowd_is_answered_before_all_its_runs_are_diagnosed(void **state)
{
    enum { N = 20 };
    struct fixture *f = *state;
    struct asked all[N];
    f->render_ms = 1;
    judge_on(f);
    for (int i = 0; i < N; i++) {
        all[i] = (struct asked){.fixture = f, .question.answered = answered};
        snprintf(all[i].question.run, sizeof all[i].question.run, "run-%d", i);
        post(f, all[i].question.run, 1, 1);
        ask(f, all[i].question.run);
    }
    wait_for(f, &f->rendered, N);
    int answered_before = f->done, rendered_before = f->rendered;
    for (int i = 0; i < N; i++)
        judge_ask(f->judge, &all[i].question);
    wait_for(f, &f->done, answered_before + N);
    assert_true(f->rendered - rendered_before < N);
    wait_for(f, &f->rendered, rendered_before + N);
}

static void post_runs(struct fixture *f, int count)
{
    char run[16];
    for (int i = 0; i < count; i++) {
        snprintf(run, sizeof run, "run-%d", i);
        post(f, run, 1, 1);
    }
    f->render_ms = 10;
}

/* Ten milliseconds each, eight asked of at a time: more than a second of them is too
   much. */
static void a_flood_of_new_runs_is_answered_without_diagnoses(void **state)
{
    enum { N = 200, AT_ONCE = 8 };
    struct fixture *f = *state;
    struct asked all[AT_ONCE];
    judge_on(f);
    post_runs(f, N);
    int before = f->done;
    for (int i = 0; i < N; i++) {
        struct asked *asked = &all[i % AT_ONCE];
        *asked = (struct asked){.fixture = f, .question.answered = answered};
        snprintf(asked->question.run, sizeof asked->question.run, "run-%d", i);
        judge_ask(f->judge, &asked->question);
        if (i % AT_ONCE == AT_ONCE - 1)
            wait_for(f, &f->done, before + i + 1);
    }
    assert_in_range(f->judged, 1, N - 1);
}

/* A job that posts the logs of many runs, one after the other. */
static void who_asks_of_new_runs_alone_gets_a_diagnosis_of_each(void **state)
{
    enum { N = 150 };
    struct fixture *f = *state;
    char run[16];
    judge_on(f);
    post_runs(f, N);
    for (int i = 0; i < N; i++) {
        snprintf(run, sizeof run, "run-%d", i);
        ask(f, run);
    }
    assert_int_equal(f->judged, N);
}

/* A diagnosis that takes more than the credit: known runs then wait for a second. */
static void use_up_credit(struct fixture *f)
{
    post(f, "z", 1, 1);
    ask(f, "z");
    f->render_ms = 225;
    ask(f, "z");
    f->render_ms = 0;
    memset(f->seen, 0, sizeof f->seen);
}

static void
new_runs_one_after_the_other_do_not_use_up_the_credit_of_known_ones(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    post(f, "a", 1, 1);
    ask(f, "a");
    post_runs(f, 5);
    f->render_ms = 100;
    for (int i = 0; i < 5; i++) {
        char run[16];
        snprintf(run, sizeof run, "run-%d", i);
        ask(f, run);
    }
    f->render_ms = 0;
    post(f, "a", 2, 1);
    ask(f, "a");
    assert_string_equal(f->text, "a:2");
}

static void a_run_that_is_asked_of_again_keeps_its_place(void **state)
{
    static const char *const runs[] = {"a", "b", "c"};
    struct fixture *f = *state;
    judge_on(f);
    for (int i = 0; i < 3; i++) {
        post(f, runs[i], 1, 1);
        ask(f, runs[i]);
    }
    use_up_credit(f);
    int before = f->rendered;
    for (int i = 0; i < 100; i++) /* a, b, a, c, and then a alone */
        judge_touch(f->judge, runs[i == 1 || i == 3 ? (i + 1) / 2 : 0]);
    assert_int_equal(f->rendered, before);
    wait_for(f, &f->rendered, before + 3);
    assert_string_equal(f->seen, "abc");
}

static void runs_that_too_many_others_pushed_out_are_diagnosed_in_the_end(void **state)
{
    enum { N = JUDGE_RUNS_MAX + 100 };
    struct fixture *f = *state;
    struct err err = {0};
    struct put *puts = calloc(N, sizeof *puts);
    judge_on(f);
    for (int i = 0; i < N; i++) {
        char run[16];
        snprintf(run, sizeof run, "run-%d", i);
        puts[i] = put_of(f, run, 1, 1);
        puts[i].now_ms = clock_unix_ms();
        assert_int_equal(writer_submit(f->writer, &puts[i].ticket, &err), ST_OK);
    }
    wait_for(f, &f->done, N);
    use_up_credit(f);
    int before = f->changed;
    for (int i = 0; i < N; i++)
        judge_touch(f->judge, puts[i].run);
    wait_for(f, &f->changed, before + N);
    free(puts);
}

static void a_touched_run_is_diagnosed_though_nobody_waits(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    post(f, "a", 1, 1);
    judge_touch(f->judge, "a");
    wait_for(f, &f->changed, 1);
    assert_true(f->rendered >= 1);
}

static enum status purge_apply(struct store *store, struct ticket *ticket,
                               struct err *err)
{
    return store_run_purge(store, ((struct put *)ticket)->run, err);
}

static void purge(struct fixture *f, const char *run)
{
    struct err err = {0};
    struct put put = put_of(f, run, 0, 0);
    int before = f->done;
    put.ticket.apply = purge_apply;
    assert_int_equal(writer_submit(f->writer, &put.ticket, &err), ST_OK);
    wait_for(f, &f->done, before + 1);
}

static void a_run_that_is_gone_leaves_no_text_behind(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    post(f, "a", 5, 1);
    ask(f, "a");
    assert_string_equal(f->text, "a:5");
    purge(f, "a");
    ask(f, "a");
    assert_string_equal(f->text, "");
    post(f, "a", 2, 1);
    ask(f, "a");
    assert_string_equal(f->text, "a:2");
}

/* Nothing is diagnosed between: there is no credit for it. */
static void nor_does_one_that_was_made_again_at_once(void **state)
{
    struct fixture *f = *state;
    judge_on(f);
    post(f, "a", 5, 1);
    ask(f, "a");
    use_up_credit(f);
    purge(f, "a");
    judge_touch_anew(f->judge, "a");
    post(f, "a", 2, 1);
    ask(f, "a");
    assert_string_equal(f->text, "a:2");
}

static void starting_catches_up_with_what_a_crash_left(void **state)
{
    struct fixture *f = *state;
    post(f, "a", 1, 1);
    post(f, "b", 1, 1);
    judge_on(f);
    wait_for(f, &f->changed, 2);
}

static void stopping_diagnoses_what_nobody_waits_for(void **state)
{
    enum { N = 50 };
    struct fixture *f = *state;
    char run[16];
    judge_on(f);
    for (int i = 0; i < N; i++) {
        snprintf(run, sizeof run, "run-%d", i);
        post(f, run, 1, 1);
        judge_touch(f->judge, run);
    }
    judge_stop(f->judge);
    judge_free(f->judge);
    f->judge = NULL;
    assert_true(f->changed >= N);
}

static void more_runs_than_are_remembered_are_all_answered(void **state)
{
    enum { N = JUDGE_RUNS_MAX + 100 };
    struct fixture *f = *state;
    judge_on(f);
    for (int i = 0; i < N; i++) {
        char run[16];
        snprintf(run, sizeof run, "run-%d", i);
        if (i % 100 == 0)
            post(f, run, 1, 1);
        ask(f, run);
        assert_int_equal(!!*f->text, i % 100 == 0);
    }
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(every_ticket_is_told_once_and_is_on_disk),
        ROW(a_refused_ticket_does_not_harm_its_neighbours),
        ROW(a_full_disk_fails_the_group_and_passes),
        ROW(a_failed_write_fails_the_group_and_passes),
        ROW(after_a_failed_sync_nothing_is_acknowledged),
        ROW(a_full_queue_says_busy),
        ROW(stopping_commits_what_waits),
        ROW(an_answer_knows_the_post_before_it),
        ROW(a_running_run_that_went_quiet_is_looked_at_again),
        ROW(a_question_about_no_run_is_answered_with_nothing),
        ROW(a_run_that_many_wait_for_is_diagnosed_far_less_often),
        ROW(a_crowd_is_answered_before_all_its_runs_are_diagnosed),
        ROW(a_flood_of_new_runs_is_answered_without_diagnoses),
        ROW(who_asks_of_new_runs_alone_gets_a_diagnosis_of_each),
        ROW(new_runs_one_after_the_other_do_not_use_up_the_credit_of_known_ones),
        ROW(a_run_that_is_asked_of_again_keeps_its_place),
        ROW(runs_that_too_many_others_pushed_out_are_diagnosed_in_the_end),
        ROW(a_touched_run_is_diagnosed_though_nobody_waits),
        ROW(a_run_that_is_gone_leaves_no_text_behind),
        ROW(nor_does_one_that_was_made_again_at_once),
        ROW(starting_catches_up_with_what_a_crash_left),
        ROW(stopping_diagnoses_what_nobody_waits_for),
        ROW(more_runs_than_are_remembered_are_all_answered),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
