#include "api/ticker.h"

#include "stream/live.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define PERIOD_S 15

struct ticker {
    struct live *live;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping; /* lock */
};

static void *tick(void *data)
{
    struct ticker *ticker = data;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    next.tv_sec += PERIOD_S;
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->stopping) {
        if (pthread_cond_timedwait(&ticker->wake, &ticker->lock, &next) != ETIMEDOUT)
            continue;
        live_heartbeat(ticker->live);
        next.tv_sec += PERIOD_S;
    }
    pthread_mutex_unlock(&ticker->lock);
    return NULL;
}

static void destroy(struct ticker *ticker)
{
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->lock);
    free(ticker);
}

enum status ticker_start(struct live *live, struct ticker **out, struct err *err)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);
    if (!ticker)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the ticker");
    ticker->live = live;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_cond_init(&ticker->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&ticker->thread, NULL, tick, ticker)) {
        destroy(ticker);
        return err_set(err, ST_FAILED, "no_thread", "cannot start the ticker thread");
    }
    *out = ticker;
    return ST_OK;
}

void ticker_stop(struct ticker *ticker)
{
    if (!ticker)
        return;
    pthread_mutex_lock(&ticker->lock);
    ticker->stopping = true;
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
    destroy(ticker);
}
