/* A few threads that do what may block. Jobs run in the order they came. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define WORKERS_QUEUE_MAX 1024 /* requests that wait for a worker; beyond it 503 */

/* Owned by whoever hands it in, until run() is called; run() may free it. */
struct job {
    void (*run)(struct job *job, void *worker);
    struct job *next; /* workers.c's own */
};

struct workers_config {
    size_t count; /* >= 1 */
    /* On the worker's thread: what it owns, NULL on failure. open may be NULL: nothing.
     */
    void *(*open)(void *app);
    void (*close)(void *worker);
    void *app;
};

struct workers;
/* ST_FAILED worker_failed when one could not open what it owns or no thread was left. */
MUST_CHECK enum status workers_start(const struct workers_config *config,
                                     struct workers **out, struct err *err);
/* False when WORKERS_QUEUE_MAX wait: then nothing happened. Any thread. */
MUST_CHECK bool workers_offer(struct workers *workers, struct job *job);
/* The same without a limit, for what is under way already. Any thread. */
void workers_push(struct workers *workers, struct job *job);
/* Runs what waits, then ends the threads. NULL is fine. */
void workers_stop(struct workers *workers);

#endif
