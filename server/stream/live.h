/* Fan-out of events to whoever listens: a bounded ring of past events, a cursor for each
   subscriber. A slow one is told to read again ("resync"), never waited for. */
#ifndef STREAM_LIVE_H
#define STREAM_LIVE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct live;
MUST_CHECK enum status live_new(struct live **out, struct err *err);
/* Ends every subscriber (their next read says -1), then no more events. */
void live_close(struct live *live);
void live_free(struct live *live); /* all subscribers must be gone; NULL is fine */

/* Any thread. Copies; run and project may be NULL (for everybody); project "" is none. */
void live_publish(struct live *live, const char *event, const char *run,
                  const char *project, const char *data_json);
/* Whether an event could reach anybody: somebody listens, or did, or asked for a cursor,
   in the last LIVE_LINGER_MS, and may come to go on from there. Any thread, no lock. */
bool live_wanted(const struct live *live);
/* For an event that was not made because nobody wanted it. Whoever goes on from a place
   before it is told to read again. Any thread. */
void live_skip(struct live *live);
/* The place in the stream now, e.g. "k3f9-1042". out holds LIVE_CURSOR_MAX bytes. */
#define LIVE_CURSOR_MAX 40
void live_cursor(struct live *live, char out[static LIVE_CURSOR_MAX]);
size_t live_subscribers(struct live *live);

struct live_filter {
    const char *runs;    /* comma-separated ids, NULL = all */
    const char *project; /* NULL = all */
};

struct subscriber;
/* since: a cursor or event id, NULL = from now. One that is unknown (another start of the
   server) or too old gives a resync first. wake(data) is called, on any thread and under
   live's lock, when there is something new after a read that returned 0. */
MUST_CHECK enum status live_subscribe(struct live *live, const struct live_filter *filter,
                                      const char *since, void (*wake)(void *), void *data,
                                      struct subscriber **out, struct err *err);
/* Up to max bytes of text/event-stream; 0 when there is nothing now; -1 after live_close.
 */
ssize_t subscriber_read(struct subscriber *subscriber, char *out, size_t max);
/* Wakes a crowd of subscribers (more than LIVE_CROWD; fewer are woken by whoever
   publishes), at a pace at which all of them together cost a bounded share of a core.
   Blocks until that monotonic time, or live_close(); false then. One thread's. */
bool live_pace(struct live *live, int64_t until_us);
/* A comment line is due (every 15 s without an event): makes the next read return one. */
void live_heartbeat(struct live *live);
void subscriber_free(struct subscriber *subscriber); /* after it wake is never called */

#endif
