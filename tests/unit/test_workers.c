#include "near.h"

#include "http/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct counter {
    struct job job;
    atomic_size_t *done;
    pthread_mutex_t *gate; /* held by the test while the workers shall wait */
};

static atomic_size_t opened, closed;

static void *open_one(void *app)
{
    atomic_fetch_add(&opened, 1);
    return app;
}

static void close_one(void *worker)
{
    (void)worker;
    atomic_fetch_add(&closed, 1);
}

static void run(struct job *job, void *worker)
{
    struct counter *counter = (struct counter *)(void *)job;
    assert_non_null(worker);
    pthread_mutex_lock(counter->gate);
    pthread_mutex_unlock(counter->gate);
    atomic_fetch_add(counter->done, 1);
    free(counter);
}

static struct counter *new_job(atomic_size_t *done, pthread_mutex_t *gate)
{
    struct counter *counter = calloc(1, sizeof *counter);
    assert_non_null(counter);
    *counter = (struct counter){{run, NULL}, done, gate};
    return counter;
}

static const struct workers_config config = {3, open_one, close_one, &opened};

static void stop_runs_what_waits(void **state)
{
    (void)state;
    enum { JOBS = 500 };
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    atomic_size_t done = 0;
    struct workers *workers = NULL;
    struct err err = {0};
    size_t opened_before = opened;
    assert_int_equal(workers_start(&config, &workers, &err), ST_OK);
    for (int i = 0; i < JOBS; i++)
        assert_true(workers_offer(workers, &new_job(&done, &gate)->job));
    workers_stop(workers);
    assert_int_equal(done, JOBS);
    assert_int_equal(opened - opened_before, 3);
    assert_int_equal(opened, closed);
}

static void queue_is_bounded_but_not_for_what_is_under_way(void **state)
{
    (void)state;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    atomic_size_t done = 0;
    size_t taken = 0;
    struct workers *workers = NULL;
    struct err err = {0};
    assert_int_equal(workers_start(&config, &workers, &err), ST_OK);
    pthread_mutex_lock(&gate);
    struct counter *counter = new_job(&done, &gate);
    while (workers_offer(workers, &counter->job)) {
        taken++;
        counter = new_job(&done, &gate);
    }
    /* each worker may have taken one off the queue */
    assert_in_range(taken, WORKERS_QUEUE_MAX, WORKERS_QUEUE_MAX + 3);
    workers_push(workers, &counter->job);
    pthread_mutex_unlock(&gate);
    workers_stop(workers);
    assert_int_equal(done, taken + 1);
}

static atomic_size_t tries;

static void *open_some(void *app)
{
    return atomic_fetch_add(&tries, 1) == 1 ? NULL : app;
}

static void one_that_cannot_open_stops_all(void **state)
{
    (void)state;
    struct workers_config some = config;
    struct workers *workers = NULL;
    struct err err = {0};
    size_t closed_before = closed;
    some.open = open_some;
    assert_int_equal(workers_start(&some, &workers, &err), ST_FAILED);
    assert_string_equal(err.code, "worker_failed");
    assert_int_equal(closed - closed_before, 2);
}

static void stop_takes_null(void **state)
{
    (void)state;
    workers_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_runs_what_waits),
        cmocka_unit_test(queue_is_bounded_but_not_for_what_is_under_way),
        cmocka_unit_test(one_that_cannot_open_stops_all),
        cmocka_unit_test(stop_takes_null),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
