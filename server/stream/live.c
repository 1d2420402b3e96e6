#include "stream/live.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_MS   1000 /* what browsers wait before they connect again */

#define NOBODY_YET 0
#define SOMEBODY   INT64_MAX

/* One published event as the bytes that go out. Shared by the ring and the subscribers
   that are in the middle of sending it. */
struct event {
    unsigned references; /* live.lock */
    uint64_t number;
    char *run, *project; /* NULL = for everybody */
    size_t length;
    char *text;
};

struct subscriber {
    struct live *live;
    struct subscriber *next, **link;
    char *runs, *project;
    uint64_t number;       /* of the next event to look at */
    struct event *sending; /* partly sent, or NULL */
    size_t sent;
    char note[160]; /* a line of our own to send first: hello, resync, heartbeat */
    size_t note_length, note_sent;
    bool idle; /* the last read returned 0: wake it when there is more */
    bool resync;
    void (*wake)(void *data);
    void *data;
};

struct live {
    char boot[16]; /* differs at every start: an id of an earlier start is not ours */
    _Atomic int64_t wanted_until_us; /* NOBODY_YET, or SOMEBODY while there are any */
    pthread_mutex_t lock;            /* guards all below */
    struct event *ring[LIVE_RING_EVENTS];
    uint64_t oldest, next; /* numbers in the ring: oldest <= n < next */
    size_t bytes;
    struct subscriber *subscribers;
    size_t subscriber_count;
    bool closed;
    pthread_cond_t changed;
    bool held_back;         /* somebody is still to be woken, by live_pace() */
    int64_t paced_until_us; /* not before that */
};

static void base36(uint64_t value, char *out)
{
    char reversed[16];
    size_t n = 0;
    do {
        reversed[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
        value /= 36;
    } while (value);
    while (n)
        *out++ = reversed[--n];
    *out = '\0';
}

enum status live_new(struct live **out, struct err *err)
{
    struct live *live = calloc(1, sizeof *live);
    if (!live)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for live events");
    base36((uint64_t)clock_unix_ms() * 64 + (uint64_t)getpid() % 64, live->boot);
    live->oldest = live->next = 1;
    thread_cond_init(&live->changed);
    pthread_mutex_init(&live->lock, NULL);
    *out = live;
    return ST_OK;
}

static void event_drop(struct event *event)
{
    if (event && --event->references == 0) {
        free(event->run);
        free(event->project);
        free(event->text);
        free(event);
    }
}

static void ring_drop_oldest(struct live *live)
{
    struct event **slot = &live->ring[live->oldest % LIVE_RING_EVENTS];
    live->bytes -= (*slot)->length;
    event_drop(*slot);
    *slot = NULL;
    live->oldest++;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    while (live->oldest < live->next)
        ring_drop_oldest(live);
    pthread_cond_destroy(&live->changed);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

/* Is `id` one of the comma-separated ids in `list`? */
static bool listed(const char *list, const char *id)
{
    size_t length = strlen(id);
    for (const char *p = list; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        if (!strncmp(p, id, length) && (p[length] == ',' || !p[length]))
            return true;
    }
    return false;
}

static bool wanted(const struct subscriber *s, const struct event *event)
{
    if (s->runs && event->run && !listed(s->runs, event->run))
        return false;
    return !s->project || !event->project || !strcmp(s->project, event->project);
}

static void wake_if_idle(struct subscriber *s)
{
    if (!s->idle)
        return;
    s->idle = false;
    s->wake(s->data);
}

/* Passes over what this subscriber does not want. */
static bool has_news(struct subscriber *s)
{
    const struct live *live = s->live;
    s->resync = s->resync || s->number < live->oldest;
    while (!s->resync && s->number < live->next &&
           !wanted(s, live->ring[s->number % LIVE_RING_EVENTS]))
        s->number++;
    return s->resync || s->number < live->next;
}

static void wake_all(struct live *live)
{
    for (struct subscriber *s = live->subscribers; s; s = s->next) {
        if (s->idle && has_news(s))
            wake_if_idle(s);
    }
}

/* With the lock held: there is something new. To wake a crowd takes longer than whoever
   publishes should be held up, and a write for each event and viewer is what a stream
   costs: so for a crowd live_pace() does it, and lets events gather. */
static void tell(struct live *live)
{
    if (live->subscriber_count <= LIVE_CROWD) {
        wake_all(live);
    } else if (!live->held_back) {
        live->held_back = true;
        pthread_cond_signal(&live->changed);
    }
}

static struct event *event_new(const struct live *live, const char *name,
                               const char *data)
{
    struct event *event = calloc(1, sizeof *event);
    if (!event)
        return NULL;
    event->references = 1;
    event->number = live->next;
    int length = asprintf(&event->text, "event: %s\nid: %s-%llu\ndata: %s\n\n", name,
                          live->boot, (unsigned long long)event->number, data);
    if (length < 0) {
        free(event);
        return NULL;
    }
    event->length = (size_t)length;
    return event;
}

/* Out of memory: everybody reads again, nobody misses something silently. */
static void resync_all(struct live *live)
{
    for (struct subscriber *s = live->subscribers; s; s = s->next) {
        s->resync = true;
        wake_if_idle(s);
    }
}

void live_publish(struct live *live, const char *name, const char *run,
                  const char *project, const char *data_json)
{
    pthread_mutex_lock(&live->lock);
    struct event *event = live->closed ? NULL : event_new(live, name, data_json);
    if (!event) {
        resync_all(live);
        pthread_mutex_unlock(&live->lock);
        return;
    }
    event->run = run ? strdup(run) : NULL;
    event->project = project ? strdup(project) : NULL;
    while (
        live->next - live->oldest == LIVE_RING_EVENTS ||
        (live->oldest < live->next && live->bytes + event->length > LIVE_RING_BYTES_MAX))
        ring_drop_oldest(live);
    live->ring[live->next++ % LIVE_RING_EVENTS] = event;
    live->bytes += event->length;
    tell(live);
    pthread_mutex_unlock(&live->lock);
}

/* With the lock held: somebody is here, or was and may come back. */
static void note_interest(struct live *live)
{
    atomic_store(&live->wanted_until_us,
                 live->subscriber_count ? SOMEBODY
                                        : clock_monotonic_us() + LIVE_LINGER_MS * 1000);
}

bool live_wanted(const struct live *live)
{
    int64_t until_us = atomic_load(&live->wanted_until_us);
    return until_us == SOMEBODY ||
           (until_us != NOBODY_YET && clock_monotonic_us() < until_us);
}

/* The place moves on past all that the ring holds: nobody can go on from before it. */
void live_skip(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    while (live->oldest < live->next)
        ring_drop_oldest(live);
    live->oldest = ++live->next;
    tell(live);
    pthread_mutex_unlock(&live->lock);
}

static void write_cursor(const struct live *live, char out[static LIVE_CURSOR_MAX])
{
    snprintf(out, LIVE_CURSOR_MAX, "%s-%llu", live->boot,
             (unsigned long long)(live->next - 1));
}

void live_cursor(struct live *live, char out[static LIVE_CURSOR_MAX])
{
    pthread_mutex_lock(&live->lock);
    note_interest(live);
    write_cursor(live, out);
    pthread_mutex_unlock(&live->lock);
}

size_t live_subscribers(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    size_t count = live->subscriber_count;
    pthread_mutex_unlock(&live->lock);
    return count;
}

/* Where a subscriber that has seen `since` goes on; false when that place is gone. */
static bool resume_place(const struct live *live, const char *since, uint64_t *number)
{
    size_t boot = strlen(live->boot);
    char *end;
    if (strncmp(since, live->boot, boot) || since[boot] != '-')
        return false;
    *number = strtoull(since + boot + 1, &end, 10) + 1;
    return !*end && end != since + boot + 1 && *number >= live->oldest &&
           *number <= live->next;
}

/* The first line tells the browser the place, so that a break right away loses nothing.
 */
static void greet(struct subscriber *s)
{
    char cursor[LIVE_CURSOR_MAX];
    snprintf(cursor, sizeof cursor, "%s-%llu", s->live->boot,
             (unsigned long long)(s->number - 1));
    int length =
        snprintf(s->note, sizeof s->note, "retry: %d\nid: %s\n\n", RETRY_MS, cursor);
    s->note_length = (size_t)length;
}

enum status live_subscribe(struct live *live, const struct live_filter *filter,
                           const char *since, void (*wake)(void *), void *data,
                           struct subscriber **out, struct err *err)
{
    struct subscriber *s = calloc(1, sizeof *s);
    if (!s || (filter->runs && !(s->runs = strdup(filter->runs))) ||
        (filter->project && !(s->project = strdup(filter->project)))) {
        if (s)
            free(s->runs);
        free(s);
        return err_set(err, ST_BUSY, "overloaded", "no memory for another live stream");
    }
    s->live = live;
    s->wake = wake;
    s->data = data;
    pthread_mutex_lock(&live->lock);
    s->number = live->next;
    s->resync = since && *since && !resume_place(live, since, &s->number);
    if (s->resync)
        s->number = live->next;
    greet(s);
    s->next = live->subscribers;
    s->link = &live->subscribers;
    if (s->next)
        s->next->link = &s->next;
    live->subscribers = s;
    live->subscriber_count++;
    note_interest(live);
    pthread_mutex_unlock(&live->lock);
    *out = s;
    return ST_OK;
}

void subscriber_free(struct subscriber *s)
{
    if (!s)
        return;
    struct live *live = s->live;
    pthread_mutex_lock(&live->lock);
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    live->subscriber_count--;
    note_interest(live);
    event_drop(s->sending);
    pthread_mutex_unlock(&live->lock);
    free(s->runs);
    free(s->project);
    free(s);
}

/* Copies what is left of length bytes from text + *sent. Returns the bytes copied. */
static size_t copy_rest(const char *text, size_t length, size_t *sent, char *out,
                        size_t max)
{
    size_t n = length - *sent < max ? length - *sent : max;
    memcpy(out, text + *sent, n);
    *sent += n;
    return n;
}

/* The next event this subscriber wants becomes `sending`. */
static bool next_event(struct subscriber *s)
{
    if (!has_news(s) || s->resync)
        return false;
    s->sending = s->live->ring[s->number++ % LIVE_RING_EVENTS];
    s->sending->references++;
    s->sent = 0;
    return true;
}

static void note_resync(struct subscriber *s)
{
    char cursor[LIVE_CURSOR_MAX];
    write_cursor(s->live, cursor);
    s->resync = false;
    s->number = s->live->next;
    s->note_sent = 0;
    s->note_length = (size_t)snprintf(s->note, sizeof s->note,
                                      "event: resync\nid: %s\ndata: {\"reason\":\"events "
                                      "were missed: read again\"}\n\n",
                                      cursor);
}

ssize_t subscriber_read(struct subscriber *s, char *out, size_t max)
{
    size_t length = 0;
    pthread_mutex_lock(&s->live->lock);
    while (length < max) {
        if (s->sending) {
            length += copy_rest(s->sending->text, s->sending->length, &s->sent,
                                out + length, max - length);
            if (s->sent == s->sending->length) {
                event_drop(s->sending);
                s->sending = NULL;
            }
        } else if (s->note_sent < s->note_length) {
            length += copy_rest(s->note, s->note_length, &s->note_sent, out + length,
                                max - length);
        } else if (!next_event(s)) {
            if (!s->resync)
                break;
            note_resync(s);
        }
    }
    s->idle = length == 0 && !s->live->closed;
    ssize_t result = length == 0 && s->live->closed ? -1 : (ssize_t)length;
    pthread_mutex_unlock(&s->live->lock);
    return result;
}

static int64_t pace_of(const struct live *live)
{
    int64_t pace_us = (int64_t)live->subscriber_count * LIVE_PACE_US;
    return pace_us < LIVE_PACE_MAX_US ? pace_us : LIVE_PACE_MAX_US;
}

bool live_pace(struct live *live, int64_t until_us)
{
    pthread_mutex_lock(&live->lock);
    while (!live->closed) {
        int64_t now_us = clock_monotonic_us(), next_us = until_us;
        if (live->held_back && now_us >= live->paced_until_us) {
            live->held_back = false;
            live->paced_until_us = now_us + pace_of(live);
            wake_all(live);
        }
        if (now_us >= until_us)
            break;
        if (live->held_back && live->paced_until_us < until_us)
            next_us = live->paced_until_us;
        thread_wait_until(&live->changed, &live->lock, next_us);
    }
    bool open = !live->closed;
    pthread_mutex_unlock(&live->lock);
    return open;
}

void live_heartbeat(struct live *live)
{
    static const char comment[] = ": still here\n\n";
    pthread_mutex_lock(&live->lock);
    for (struct subscriber *s = live->subscribers; s; s = s->next) {
        if (!s->idle)
            continue;
        memcpy(s->note, comment, sizeof comment);
        s->note_length = sizeof comment - 1;
        s->note_sent = 0;
        wake_if_idle(s);
    }
    pthread_mutex_unlock(&live->lock);
}

void live_close(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    live->closed = true;
    pthread_cond_signal(&live->changed);
    for (struct subscriber *s = live->subscribers; s; s = s->next)
        wake_if_idle(s);
    pthread_mutex_unlock(&live->lock);
}
