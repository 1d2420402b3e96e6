#include "base/thread.h"

#include "base/limits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static void block_all_but_faults(sigset_t *before)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

static void set_name(pthread_t thread, const char *name)
{
    char fits[16];
    snprintf(fits, sizeof fits, "%s", name);
    pthread_setname_np(thread, fits);
}

int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *data)
{
    pthread_attr_t attr;
    sigset_t before;
    pthread_attr_init(&attr);
    int cause = pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    block_all_but_faults(&before); /* a thread starts with its starter's mask */
    if (!cause)
        cause = pthread_create(out, &attr, run, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (!cause)
        set_name(*out, name);
    return cause;
}

void thread_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t us)
{
    struct timespec until = {us / 1000000, us % 1000000 * 1000};
    return pthread_cond_timedwait(cond, lock, &until) != ETIMEDOUT;
}
