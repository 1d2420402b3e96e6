#include "http/peers.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

#include <linux/tcp.h> /* glibc's own struct tcp_info ends before the byte counts */
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/sockios.h>

const struct peer_deadlines peer_deadlines_default = {
    .headers_ms = 10000,
    .body_grace_ms = 15000,
    .body_bytes_second = 1024,
    .stall_ms = 30000,
    .look_ms = 500,
};

struct peer {
    struct peer *next, **link; /* peers.lock */
    int fd;
    bool cut;
    /* Written by the event thread, read by the looking one. The times are those of the
       last look: half a second is exact enough and costs no clock call. */
    _Atomic enum peer_phase phase;
    _Atomic int64_t since_ms;
    _Atomic uint64_t body_bytes;
    _Atomic unsigned turn; /* grows with every change of phase */
    /* The looking thread's own: what was seen in this turn. */
    unsigned seen_turn;
    uint64_t seen_bytes; /* received when idle, acknowledged when answering */
    int64_t seen_ms;     /* when they last changed */
    bool started;        /* idle, and bytes came */
    bool no_more;        /* the other side has closed */
};

struct peers {
    struct peer_deadlines deadlines;
    _Atomic int64_t now_ms; /* of the last look */
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t changed;
    struct peer *first;
    size_t count;
    bool stopping;
    pthread_t thread;
};

static int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

/* The state of a connection whose other side has closed. The kernel's number; only the
   header that clashes with linux/tcp.h names it. */
#define STATE_CLOSE_WAIT 8

struct progress {
    uint64_t received, acknowledged;
    int under_way; /* bytes handed to the kernel that the other side has not taken */
    bool no_more;  /* the other side has closed and all it sent was read */
};

static bool read_progress(int fd, struct progress *out)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    int unread;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) ||
        ioctl(fd, SIOCOUTQ, &out->under_way) || ioctl(fd, SIOCINQ, &unread))
        return false;
    out->received = info.tcpi_bytes_received;
    out->acknowledged = info.tcpi_bytes_acked;
    out->no_more = info.tcpi_state == STATE_CLOSE_WAIT && unread == 0;
    return true;
}

static bool is_slow_body(const struct peer *peer, const struct peer_deadlines *limits,
                         int64_t elapsed_ms)
{
    uint64_t bytes = atomic_load_explicit(&peer->body_bytes, memory_order_relaxed);
    return elapsed_ms > limits->body_grace_ms &&
           bytes * 1000 < (uint64_t)elapsed_ms * limits->body_bytes_second;
}

/* The clock of the next request starts with its first byte. */
static bool is_slow_start(struct peer *peer, const struct peer_deadlines *limits,
                          const struct progress *progress, int64_t now)
{
    if (!peer->started && progress->received != peer->seen_bytes) {
        peer->started = true;
        peer->seen_ms = now;
    }
    return peer->started && now - peer->seen_ms > limits->headers_ms;
}

static bool is_stalled(struct peer *peer, const struct peer_deadlines *limits,
                       const struct progress *progress, int64_t now)
{
    if (progress->under_way == 0 || progress->acknowledged != peer->seen_bytes) {
        peer->seen_bytes = progress->acknowledged;
        peer->seen_ms = now;
    }
    return now - peer->seen_ms > limits->stall_ms;
}

static void begin_turn(struct peer *peer, enum peer_phase phase,
                       const struct progress *progress, int64_t now)
{
    peer->seen_bytes = phase == PEER_IDLE ? progress->received : progress->acknowledged;
    peer->seen_ms = now;
    peer->started = false;
    peer->no_more = false;
}

/* libmicrohttpd 0.9.75 does not notice a client that closes in the middle of a request.
   Seen twice in the same turn: what came last may just be on its way to the handler. */
static bool is_abandoned(struct peer *peer, enum peer_phase phase,
                         const struct progress *progress)
{
    bool before = peer->no_more;
    peer->no_more = progress->no_more;
    return before && progress->no_more && phase != PEER_ANSWER;
}

static bool is_late(struct peer *peer, const struct peer_deadlines *limits, int64_t now)
{
    unsigned turn = atomic_load(&peer->turn);
    enum peer_phase phase = atomic_load(&peer->phase);
    int64_t elapsed = now - atomic_load(&peer->since_ms);
    struct progress progress = {0};
    if (!read_progress(peer->fd, &progress))
        return false;
    if (turn != peer->seen_turn)
        begin_turn(peer, phase, &progress, now);
    peer->seen_turn = turn;
    if (is_abandoned(peer, phase, &progress))
        return true;
    switch (phase) {
    case PEER_HEADERS: return elapsed > limits->headers_ms;
    case PEER_BODY: return is_slow_body(peer, limits, elapsed);
    case PEER_IDLE: return is_slow_start(peer, limits, &progress, now);
    case PEER_ANSWER: return is_stalled(peer, limits, &progress, now);
    }
    return false;
}

/* Only shuts down: libmicrohttpd notices, says so and closes. */
static void look(struct peers *peers, int64_t now)
{
    for (struct peer *peer = peers->first; peer; peer = peer->next) {
        if (peer->cut || !is_late(peer, &peers->deadlines, now))
            continue;
        peer->cut = true;
        log_line(LOG_LEVEL_DEBUG, "a connection was too slow and is cut");
        shutdown(peer->fd, SHUT_RDWR);
    }
}

static void *look_now_and_then(void *data)
{
    struct peers *peers = data;
    pthread_mutex_lock(&peers->lock);
    while (!peers->stopping) {
        int64_t until = clock_monotonic_us() + (int64_t)peers->deadlines.look_ms * 1000;
        if (thread_wait_until(&peers->changed, &peers->lock, until))
            continue;
        int64_t now = now_ms();
        atomic_store_explicit(&peers->now_ms, now, memory_order_relaxed);
        look(peers, now);
    }
    pthread_mutex_unlock(&peers->lock);
    return NULL;
}

enum status peers_start(const struct peer_deadlines *deadlines, struct peers **out,
                        struct err *err)
{
    struct peers *peers = calloc(1, sizeof *peers);
    if (!peers)
        return err_set(err, ST_FAILED, "out_of_memory", "no memory for connections");
    peers->deadlines = *deadlines;
    atomic_store(&peers->now_ms, now_ms());
    thread_cond_init(&peers->changed);
    pthread_mutex_init(&peers->lock, NULL);
    int cause = thread_start(&peers->thread, "peers", look_now_and_then, peers);
    if (cause) {
        pthread_cond_destroy(&peers->changed);
        pthread_mutex_destroy(&peers->lock);
        free(peers);
        return err_set(err, ST_FAILED, "no_thread", "no thread could be started: %s",
                       strerror(cause));
    }
    *out = peers;
    return ST_OK;
}

void peers_stop(struct peers *peers)
{
    if (!peers)
        return;
    pthread_mutex_lock(&peers->lock);
    peers->stopping = true;
    pthread_cond_signal(&peers->changed);
    pthread_mutex_unlock(&peers->lock);
    pthread_join(peers->thread, NULL);
    pthread_cond_destroy(&peers->changed);
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

struct peer *peer_add(struct peers *peers, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    peer->fd = fd;
    peer_enter(peers, peer, PEER_HEADERS);
    pthread_mutex_lock(&peers->lock);
    peer->next = peers->first;
    peer->link = &peers->first;
    if (peer->next)
        peer->next->link = &peer->next;
    peers->first = peer;
    peers->count++;
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

void peer_remove(struct peers *peers, struct peer *peer)
{
    if (!peer)
        return;
    pthread_mutex_lock(&peers->lock);
    *peer->link = peer->next;
    if (peer->next)
        peer->next->link = peer->link;
    peers->count--;
    pthread_mutex_unlock(&peers->lock);
    free(peer);
}

size_t peers_count(struct peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    size_t count = peers->count;
    pthread_mutex_unlock(&peers->lock);
    return count;
}

void peer_enter(struct peers *peers, struct peer *peer, enum peer_phase phase)
{
    if (!peer)
        return;
    int64_t now = atomic_load_explicit(&peers->now_ms, memory_order_relaxed);
    atomic_store_explicit(&peer->body_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&peer->since_ms, now, memory_order_relaxed);
    atomic_store_explicit(&peer->phase, phase, memory_order_relaxed);
    atomic_fetch_add_explicit(&peer->turn, 1, memory_order_relaxed);
}

void peer_received(struct peer *peer, size_t body_bytes)
{
    if (peer)
        atomic_fetch_add_explicit(&peer->body_bytes, body_bytes, memory_order_relaxed);
}
