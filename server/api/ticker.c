#include "api/ticker.h"

#include "api/retention.h"
#include "base/clock.h"
#include "base/thread.h"
#include "stream/live.h"

#include <stdlib.h>

#define PERIOD_US 15000000

struct ticker {
    struct live *live;
    struct retention *retention;
    pthread_t thread;
};

static void *tick(void *data)
{
    struct ticker *ticker = data;
    int64_t next_us = clock_monotonic_us() + PERIOD_US;
    while (live_pace(ticker->live, next_us)) {
        live_heartbeat(ticker->live);
        retention_look(ticker->retention);
        next_us += PERIOD_US;
    }
    return NULL;
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
    if (thread_start(&ticker->thread, "ticker", tick, ticker)) {
        free(ticker);
        return err_set(err, ST_FAILED, "no_thread", "cannot start the ticker thread");
    }
    *out = ticker;
    return ST_OK;
}

void ticker_stop(struct ticker *ticker)
{
    if (ticker)
        pthread_join(ticker->thread, NULL);
    free(ticker);
}
