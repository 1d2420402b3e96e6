/* Threads, all started the same way: the libc's defaults differ (a stack has 8 MiB with
   glibc, 128 KiB with musl). And waiting by a clock that never jumps. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A joinable thread with a stack of THREAD_STACK_BYTES. It gets no signal but those that
   a fault of its own raises; the caller's are as before. The name is seen in ps and gdb,
   its first 15 bytes. 0, or what pthread_create says. */
int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *data);

/* A condition for thread_wait_until. */
void thread_cond_init(pthread_cond_t *cond);
/* Waits with the lock held, at most until clock_monotonic_us() is `us`. False when that
   time has come; true when something woke it, perhaps nothing. */
bool thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t us);

#endif
