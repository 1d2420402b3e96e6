/* What is newly found is told, live and to webhooks, once it is on disk; and when it does
   not get there it is told when it does. The judge, the writer and the handler between
   them are the real ones; the linker puts the test before the commit and the webhook
   (Makefile, --wrap). */
#include "near.h"

#include "api/app.h"
#include "api/diagnosis_json.h"
#include "api/findings.h"
#include "api/run_json.h"
#include "place.h"
#include "stream/judge.h"
#include "stream/live.h"
#include "stream/writer.h"

#include <pthread.h>

struct fixture {
    struct app app; /* first */
    struct place *place;
    struct subscriber *listener;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    int commits, fail; /* of verdicts: how many were tried; how many still fail */
    int answers, posted, live;
    int await; /* a commit waits for so many answers: the diagnosis is over then */
    int64_t put_while_diagnosed; /* the step of a point; 0: none. The judge's thread */
    int refuse;                  /* verdicts that the writer does not take */
    int told_at_commit;          /* what was told when the last commit began */
};

static struct fixture *f; /* what the wrapped functions know */

static void count(int *counter)
{
    pthread_mutex_lock(&f->lock);
    ++*counter;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

static void wait_for(const int *counter, int value)
{
    pthread_mutex_lock(&f->lock);
    while (*counter < value)
        pthread_cond_wait(&f->changed, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

static int count_in(const char *text, const char *part)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        found++;
    return found;
}

/* Events that told of the divergence so far. */
static int heard(void)
{
    char text[64 << 10];
    ssize_t length;
    pthread_mutex_lock(&f->lock);
    while ((length = subscriber_read(f->listener, text, sizeof text - 1)) > 0) {
        text[length] = '\0';
        f->live += count_in(text, "\"rule\":\"divergence\"");
    }
    int live = f->live;
    pthread_mutex_unlock(&f->lock);
    return live;
}

static void no_wake(void *data)
{
    (void)data;
}

static struct subscriber *listen_to(struct live *live)
{
    struct err err = {0};
    struct subscriber *listener;
    struct live_filter all = {0};
    assert_int_equal(live_subscribe(live, &all, NULL, no_wake, NULL, &listener, &err),
                     ST_OK);
    return listener;
}

bool __wrap_webhook_wanted(const struct webhook *webhook, const char *project);
void __wrap_webhook_post(struct webhook *webhook, const char *project, const char *json);
enum status __real_store_commit(struct store *store, struct err *err);
enum status __wrap_store_commit(struct store *store, struct err *err);
enum status __real_store_run_judge(struct store *store, const char *id,
                                   const struct run_judgement *judgement,
                                   struct err *err);
enum status __wrap_store_run_judge(struct store *store, const char *id,
                                   const struct run_judgement *judgement,
                                   struct err *err);
enum status __real_writer_submit(struct writer *writer, struct ticket *ticket,
                                 struct err *err);
enum status __wrap_writer_submit(struct writer *writer, struct ticket *ticket,
                                 struct err *err);
static bool judging; /* the open transaction holds a verdict; the writer's thread alone */

bool __wrap_webhook_wanted(const struct webhook *webhook, const char *project)
{
    (void)webhook, (void)project;
    return true;
}

void __wrap_webhook_post(struct webhook *webhook, const char *project, const char *json)
{
    (void)webhook, (void)project;
    if (strstr(json, "\"rule\":\"divergence\""))
        count(&f->posted);
}

enum status __wrap_store_run_judge(struct store *store, const char *id,
                                   const struct run_judgement *judgement, struct err *err)
{
    judging = true;
    return __real_store_run_judge(store, id, judgement, err);
}

enum status __wrap_store_commit(struct store *store, struct err *err)
{
    if (!f || !judging)
        return __real_store_commit(store, err);
    judging = false;
    wait_for(&f->answers, f->await);
    f->told_at_commit = heard() + f->posted;
    bool fails = f->fail > 0;
    f->fail -= fails;
    enum status status = fails ? err_set(err, ST_FULL, "disk_full", "as the test asked")
                               : __real_store_commit(store, err);
    count(&f->commits);
    return status;
}

/* --- a run that diverges --- */

struct put {
    struct ticket ticket; /* first: a ticket is a put */
    int64_t step;
    double train_loss, val_loss;
};

static enum status put_apply(struct store *store, struct ticket *ticket, struct err *err)
{
    struct put *put = (struct put *)ticket;
    static const char *const names[] = {"train_loss", "val_loss"};
    struct store_point both[] = {
        {.metric = 0, .step = put->step, .time_ms = 1, .value = put->train_loss},
        {.metric = 1, .step = put->step, .time_ms = 1, .value = put->val_loss}};
    struct store_points points = {.run = "r",
                                  .names = names,
                                  .name_count = 2,
                                  .points = both,
                                  .point_count = 2,
                                  .step_last = put->step,
                                  .now_ms = 1};
    bool created;
    return store_put(store, &points, &created, err);
}

static void put_done(struct ticket *ticket)
{
    (void)ticket;
    count(&f->answers);
}

enum status __wrap_writer_submit(struct writer *writer, struct ticket *ticket,
                                 struct err *err)
{
    bool refused = ticket->done != put_done && f->refuse > 0;
    f->refuse -= refused;
    return refused ? err_set(err, ST_BUSY, "overloaded", "as the test asked")
                   : __real_writer_submit(writer, ticket, err);
}

static void answered(struct question *question, const struct judge_text *text)
{
    (void)question, (void)text;
    count(&f->answers);
}

static void put_one(int64_t step, double train_loss, double val_loss)
{
    struct err err = {0};
    struct put point = {.ticket = {.apply = put_apply, .done = put_done, .bytes = 1},
                        .step = step,
                        .train_loss = train_loss,
                        .val_loss = val_loss};
    int before = f->answers;
    assert_int_equal(writer_submit(f->app.writer, &point.ticket, &err), ST_OK);
    wait_for(&f->answers, before + 1);
}

static void ask(void)
{
    struct question question = {.run = "r", .answered = answered};
    int before = f->answers;
    f->await = before + 1;
    judge_ask(f->app.judge, &question);
    wait_for(&f->answers, before + 1);
}

/* A point, and the diagnosis after it. What that one told is on its way, not there. */
static void post(int64_t step, double train_loss)
{
    put_one(step, train_loss, 1);
    ask();
}

static size_t render(const struct judged *judged, struct buf *out)
{
    int64_t step = f->put_while_diagnosed;
    f->put_while_diagnosed = 0;
    if (step)
        put_one(step, 1, NAN);
    return diagnosis_render(judged, out);
}

static void start_judge(void)
{
    struct err err = {0};
    struct judge_config config = {.location = f->place->location,
                                  .readers = &run_readers,
                                  .render = render,
                                  .changed = findings_changed,
                                  .app = &f->app,
                                  .forget_ms = INT64_MAX};
    assert_int_equal(judge_start(&config, &f->app.judge, &err), ST_OK);
}

/* As app_stop does: then every verdict was told or has failed. */
static void stop(void)
{
    judge_stop(f->app.judge);
    writer_stop(f->app.writer);
    judge_free(f->app.judge);
    f->app.judge = NULL;
    f->app.writer = NULL;
}

static int setup(void **state)
{
    struct err err = {0};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->place = place_new();
    fixture->app.location = fixture->place->location;
    fixture->app.webhook_severity = SEVERITY_WARNING;
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    struct app *app = &fixture->app;
    assert_int_equal(live_new(&app->live, &err), ST_OK);
    fixture->listener = listen_to(app->live);
    assert_int_equal(writer_start(app->location, &app->writer, &err), ST_OK);
    *state = f = fixture;
    start_judge();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stop();
    subscriber_free(f->listener);
    live_free(f->app.live);
    place_free(f->place);
    free(f);
    f = NULL;
    return 0;
}

static void a_finding_is_told_once_and_after_its_commit(void **state)
{
    (void)state;
    post(1, NAN);
    wait_for(&f->commits, 1);
    post(2, NAN);
    stop();
    assert_int_equal(f->told_at_commit, 0);
    assert_true(heard() >= 1); /* live events tell what holds, again and again */
    assert_int_equal(f->posted, 1);
}

static void one_whose_commit_fails_is_told_by_the_next_diagnosis(void **state)
{
    (void)state;
    f->fail = 1;
    post(1, NAN);
    put_one(1, NAN,
            1); /* the same again; the writer is through with the verdict after it */
    ask();
    stop();
    assert_int_equal(f->commits, 2);
    assert_int_equal(f->told_at_commit, 0);
    assert_true(heard() >= 1);
    assert_int_equal(f->posted, 1);
}

static void one_that_the_writer_was_too_busy_for_as_well(void **state)
{
    (void)state;
    f->refuse = 1;
    post(1, NAN);
    assert_int_equal(heard() + f->posted, 0);
    ask();
    stop();
    assert_int_equal(heard(), 1);
    assert_int_equal(f->posted, 1);
}

static void and_one_that_failed_before_the_end_after_the_next_start(void **state)
{
    (void)state;
    struct err err = {0};
    f->fail = 1;
    post(1, NAN);
    stop();
    assert_int_equal(heard() + f->posted, 0);
    assert_int_equal(writer_start(f->app.location, &f->app.writer, &err), ST_OK);
    start_judge();
    wait_for(&f->commits, 2);
    stop();
    assert_int_equal(heard(), 1);
    assert_int_equal(f->posted, 1);
}

static enum status purge_apply(struct store *store, struct ticket *ticket,
                               struct err *err)
{
    (void)ticket;
    return store_run_purge(store, "r", err);
}

/* A log that is imported a second time says the same, byte for byte. */
static void a_run_that_was_made_again_is_told_as_if_it_were_the_first(void **state)
{
    (void)state;
    struct err err = {0};
    struct put purge = {.ticket = {.apply = purge_apply, .done = put_done, .bytes = 1}};
    post(1, NAN);
    wait_for(&f->commits, 1);
    int before = f->answers;
    assert_int_equal(writer_submit(f->app.writer, &purge.ticket, &err), ST_OK);
    wait_for(&f->answers, before + 1);
    put_one(1, NAN, 1);
    judge_touch_anew(f->app.judge, "r");
    ask();
    stop();
    assert_int_equal(f->commits, 2);
    assert_int_equal(f->posted, 2);
}

/* Whoever listens shall not end with what held before: a point comes while the one before
   it is diagnosed, and its diagnosis finds nothing else while that is being stored: which
   loss diverges, in the place of the other, so that the verdict is the stored one. */
static void what_is_told_live_comes_in_order(void **state)
{
    (void)state;
    char text[64 << 10];
    const char *first, *second;
    struct question questions[] = {{.run = "r", .answered = answered},
                                   {.run = "r", .answered = answered}};
    post(1, NAN);
    put_one(1, 1, NAN);
    wait_for(&f->commits, 1);
    struct subscriber *listener = listen_to(f->app.live);
    f->put_while_diagnosed = 2;
    f->await = f->answers + 3; /* the point and two questions */
    judge_ask(f->app.judge, &questions[0]);
    wait_for(&f->answers, f->await - 1);
    judge_ask(f->app.judge, &questions[1]);
    stop();
    ssize_t length = subscriber_read(listener, text, sizeof text - 1);
    subscriber_free(listener);
    text[length > 0 ? length : 0] = '\0';
    assert_non_null(first = strstr(text, "\"checked_to_step\":1"));
    assert_non_null(second = strstr(text, "\"checked_to_step\":2"));
    assert_true(first < second);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_finding_is_told_once_and_after_its_commit),
        ROW(one_whose_commit_fails_is_told_by_the_next_diagnosis),
        ROW(one_that_the_writer_was_too_busy_for_as_well),
        ROW(and_one_that_failed_before_the_end_after_the_next_start),
        ROW(a_run_that_was_made_again_is_told_as_if_it_were_the_first),
        ROW(what_is_told_live_comes_in_order),
    };
    return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
