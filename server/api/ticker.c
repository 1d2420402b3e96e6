#include "api/ticker.h"

#include "api/retention.h"
#include "base/clock.h"
#include "base/thread.h"
#include "stream/live.h"

#include <stdbool.h>
#include <stdlib.h>

#define PERIOD_US 15000000

struct ticker {
    struct live *live;
    struct retention *retention;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping; /* lock */
};

static void *tick(void *data)
{
    struct ticker *ticker = data;
    int64_t next_us = clock_monotonic_us() + PERIOD_US;
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->stopping) {
        if (thread_wait_until(&ticker->wake, &ticker->lock, next_us))
            continue;
        live_heartbeat(ticker->live);
        retention_look(ticker->retention);
        next_us += PERIOD_US;
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

enum status ticker_start(struct live *live, struct retention *retention,
                         struct ticker **out, struct err *err)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);
    if (!ticker)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for the ticker");
    ticker->live = live;
    ticker->retention = retention;
    retention_look(retention); /* before any request */
    pthread_mutex_init(&ticker->lock, NULL);
    thread_cond_init(&ticker->wake);
    if (thread_start(&ticker->thread, "ticker", tick, ticker)) {
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
