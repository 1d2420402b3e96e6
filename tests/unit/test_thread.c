/* base/thread: what every thread of epochd has, whatever the libc's defaults are. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/thread.h"
#include "near.h"

#include <signal.h>
#include <string.h>

struct seen {
    size_t stack;
    char name[32];
    sigset_t blocked;
};

static void *look(void *data)
{
    struct seen *seen = data;
    pthread_attr_t attr;
    void *base;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &base, &seen->stack);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_BLOCK, NULL, &seen->blocked);
    return data;
}

static struct seen seen_by_a_thread(void)
{
    struct seen seen = {0};
    pthread_t thread;
    void *result;
    assert_int_equal(thread_start(&thread, "looks", look, &seen), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &seen);
    return seen;
}

static void has_its_stack(void **state)
{
    (void)state;
    assert_true(seen_by_a_thread().stack >= THREAD_STACK_BYTES);
}

/* What a fault raises must still end the process, and be seen by a sanitizer. */
static void takes_no_signal_but_those_of_faults(void **state)
{
    static const struct {
        int number;
        bool blocked;
    } rows[] = {{SIGINT, true},  {SIGTERM, true},  {SIGHUP, true},   {SIGUSR1, true},
                {SIGPIPE, true}, {SIGCHLD, true},  {SIGSEGV, false}, {SIGBUS, false},
                {SIGFPE, false}, {SIGABRT, false}, {SIGILL, false}};
    (void)state;
    struct seen seen = seen_by_a_thread();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(sigismember(&seen.blocked, rows[i].number), rows[i].blocked);
}

static void leaves_the_signals_of_its_starter(void **state)
{
    sigset_t before, after;
    (void)state;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    seen_by_a_thread();
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < SIGRTMIN; number++)
        assert_int_equal(sigismember(&after, number), sigismember(&before, number));
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open; /* lock */
};

static void *wait_at(void *data)
{
    struct gate *gate = data;
    pthread_mutex_lock(&gate->lock);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

/* 15 bytes are what a name may have: the start of a longer one is better than none. */
static void has_its_name(void **state)
{
    static const char *const rows[][2] = {{"judge", "judge"},
                                          {"a name of many words", "a name of many "}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER};
        char name[32];
        pthread_t thread;
        thread_cond_init(&gate.changed);
        assert_int_equal(thread_start(&thread, rows[i][0], wait_at, &gate), 0);
        pthread_getname_np(thread, name, sizeof name);
        assert_string_equal(name, rows[i][1]);
        pthread_mutex_lock(&gate.lock);
        gate.open = true;
        pthread_cond_signal(&gate.changed);
        pthread_mutex_unlock(&gate.lock);
        pthread_join(thread, NULL);
        pthread_cond_destroy(&gate.changed);
    }
}

static void a_wait_ends_by_the_monotonic_clock(void **state)
{
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER};
    int64_t until = clock_monotonic_us() + 2000;
    (void)state;
    thread_cond_init(&gate.changed);
    pthread_mutex_lock(&gate.lock);
    while (thread_wait_until(&gate.changed, &gate.lock, until))
        ;
    pthread_mutex_unlock(&gate.lock);
    assert_true(clock_monotonic_us() >= until);
    pthread_cond_destroy(&gate.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_its_stack),
        cmocka_unit_test(takes_no_signal_but_those_of_faults),
        cmocka_unit_test(leaves_the_signals_of_its_starter),
        cmocka_unit_test(has_its_name),
        cmocka_unit_test(a_wait_ends_by_the_monotonic_clock),
    };
    return cmocka_run_group_tests_name("a thread", tests, NULL, NULL);
}
