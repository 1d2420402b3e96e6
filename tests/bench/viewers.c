#include "viewers.h"

#include "answer.h"
#include "client.h"

#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    POSTERS = 8, /* connections that post in turn: no post waits for the one before */
    READ_BYTES = 64 << 10,
    STREAM_BYTES_MAX = 8 << 20,
    PATIENCE_US = 5000000, /* for the last events */
    BEGIN_US = 1000 * CLIENT_PATIENCE_MS,
    CLOGGED_BYTES = 4096
};

/* The other descriptors that epoll tells of, behind the viewers. */
enum { FIRST_POSTER = VIEWERS_MAX, TIMER = FIRST_POSTER + POSTERS, SOCKETS };

struct stream {
    int fd; /* -1 when there is none */
    struct buf in;
    bool begun; /* something came */
};

struct theatre {
    const struct watching *watching;
    struct watched *watched;
    struct stream streams[SOCKETS];
    int epoll;
    size_t begun, sent, answered;
    int64_t *sent_us; /* when each body was sent */
    struct buf request;
};

static enum status failed(struct err *err, const char *what)
{
    return err_set(err, ST_FAILED, "bench", "viewers: %s", what);
}

static bool watch_fd(struct theatre *theatre, size_t i, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
    theatre->streams[i].fd = fd;
    return fd >= 0 && epoll_ctl(theatre->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool send_all(int fd, const struct buf *request)
{
    return send(fd, request->data, request->length, MSG_NOSIGNAL) ==
           (ssize_t)request->length;
}

/* Every event that is whole: who saw what when. Between the events are the chunk sizes of
   HTTP; a server that splits an event is not understood, and the event counts as missed.
 */
static void read_events(struct theatre *theatre, struct stream *stream)
{
    char *at = stream->in.data, *end = at + stream->in.length, *stop;
    int64_t now_us = clock_monotonic_us();
    while ((stop = memmem(at, (size_t)(end - at), "\n\n", 2))) {
        *stop = '\0';
        const char *points = strstr(at, "event: points");
        int64_t step =
            points ? answer_number(points, theatre->watching->step_key, NULL) : -1;
        if (step >= 0 && (size_t)step < theatre->sent) {
            samples_add(&theatre->watched->latency, now_us - theatre->sent_us[step]);
            theatre->watched->seen++;
        }
        at = stop + 2;
    }
    size_t rest = (size_t)(end - at);
    memmove(stream->in.data, at, rest);
    stream->in.length = rest;
    stream->in.data[rest] = '\0';
}

static enum status read_answers(struct theatre *theatre, struct stream *stream,
                                struct err *err)
{
    struct answer answer;
    while (stream->in.length > 0) {
        enum answer_progress progress = answer_parse(&stream->in, &answer);
        if (progress == ANSWER_MORE)
            return ST_OK;
        if (progress == ANSWER_MALFORMED || answer.status != 200)
            return failed(err, "a post was refused");
        theatre->answered++;
        /* A poster has one post under way, nearly always. */
        size_t used = (size_t)(answer.body + answer.body_length - stream->in.data);
        stream->in.length -= used;
        memmove(stream->in.data, stream->in.data + used, stream->in.length);
        stream->in.data[stream->in.length] = '\0';
    }
    return ST_OK;
}

static enum status read_stream(struct theatre *theatre, size_t i, struct err *err)
{
    struct stream *stream = &theatre->streams[i];
    char *room = buf_reserve(&stream->in, READ_BYTES);
    ssize_t n = room ? recv(stream->fd, room, READ_BYTES - 1, MSG_DONTWAIT) : -1;
    if (n < 0 && errno == EAGAIN)
        return ST_OK;
    if (n <= 0)
        return failed(err, n == 0 ? "the server closed a connection" : strerror(errno));
    stream->in.length += (size_t)n;
    room[n] = '\0';
    if (i >= FIRST_POSTER)
        return read_answers(theatre, stream, err);
    theatre->begun += !stream->begun;
    stream->begun = true;
    read_events(theatre, stream);
    return ST_OK;
}

static enum status post_one(struct theatre *theatre, struct err *err)
{
    const struct watching *watching = theatre->watching;
    const struct buf *body = &watching->bodies->body[theatre->sent];
    int fd = theatre->streams[FIRST_POSTER + theatre->sent % POSTERS].fd;
    buf_clear(&theatre->request);
    request_post(&theatre->request, watching->post, "application/json", body->length);
    buf_add(&theatre->request, body->data, body->length);
    theatre->sent_us[theatre->sent++] = clock_monotonic_us();
    return send_all(fd, &theatre->request) ? ST_OK
                                           : failed(err, "a request was not sent");
}

/* The timer has gone off, perhaps more than once. */
static enum status post_due(struct theatre *theatre, struct err *err)
{
    uint64_t due = 0;
    enum status status = ST_OK;
    if (read(theatre->streams[TIMER].fd, &due, sizeof due) < 0)
        return ST_OK;
    for (; due > 0 && status == ST_OK; due--) {
        if (theatre->sent < theatre->watching->bodies->records.bodies)
            status = post_one(theatre, err);
    }
    return status;
}

/* Until *count has come to `enough`, or it takes too long. */
static enum status turn_until(struct theatre *theatre, const size_t *count, size_t enough,
                              int64_t until_us, struct err *err)
{
    enum status status = ST_OK;
    while (status == ST_OK && *count < enough && clock_monotonic_us() < until_us) {
        struct epoll_event events[256];
        int n = epoll_wait(theatre->epoll, events, 256, 100);
        for (int i = 0; status == ST_OK && i < n; i++) {
            size_t which = events[i].data.u64;
            status = which == TIMER ? post_due(theatre, err)
                                    : read_stream(theatre, which, err);
        }
    }
    return status;
}

static enum status open_all(struct theatre *theatre, struct err *err)
{
    const struct watching *watching = theatre->watching;
    theatre->epoll = epoll_create1(EPOLL_CLOEXEC);
    request_get(&theatre->request, watching->stream);
    for (size_t i = 0; i < FIRST_POSTER + POSTERS; i++) {
        if (i >= watching->viewers && i < FIRST_POSTER)
            continue;
        if (!watch_fd(theatre, i, client_connect(watching->port)) ||
            (i < FIRST_POSTER && !send_all(theatre->streams[i].fd, &theatre->request)))
            return failed(err, strerror(errno));
    }
    enum status status = turn_until(theatre, &theatre->begun, watching->viewers,
                                    clock_monotonic_us() + BEGIN_US, err);
    if (status == ST_OK && theatre->begun < watching->viewers)
        status = failed(err, "a stream did not begin");
    return status;
}

static enum status show(struct theatre *theatre, struct err *err)
{
    const struct watching *watching = theatre->watching;
    size_t posts = watching->bodies->records.bodies;
    int64_t interval_us = watching->interval_us, began_us = clock_monotonic_us();
    const struct timespec every = {.tv_nsec = interval_us * 1000};
    const struct itimerspec timer = {every, every};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!watch_fd(theatre, TIMER, fd) || timerfd_settime(fd, 0, &timer, NULL) < 0)
        return failed(err, strerror(errno));
    int64_t until_us = began_us + (int64_t)posts * interval_us + PATIENCE_US;
    enum status status = turn_until(theatre, &theatre->watched->seen,
                                    posts * watching->viewers, until_us, err);
    theatre->watched->seconds = 1e-6 * (double)(clock_monotonic_us() - began_us);
    return status == ST_OK ? turn_until(theatre, &theatre->answered, posts, until_us, err)
                           : status;
}

enum status viewers_watch(const struct watching *watching, struct watched *out,
                          struct err *err)
{
    *out = (struct watched){0};
    struct theatre *theatre = calloc(1, sizeof *theatre);
    if (!theatre)
        return failed(err, "out of memory");
    theatre->watching = watching;
    theatre->watched = out;
    theatre->sent_us = calloc(watching->bodies->records.bodies, sizeof(int64_t));
    buf_init(&theatre->request, READ_BYTES);
    for (size_t i = 0; i < SOCKETS; i++) {
        theatre->streams[i].fd = -1;
        buf_init(&theatre->streams[i].in, STREAM_BYTES_MAX);
    }
    enum status status = theatre->sent_us ? open_all(theatre, err) : ST_FAILED;
    if (status == ST_OK)
        status = show(theatre, err);
    for (size_t i = 0; i < SOCKETS; i++) {
        if (theatre->streams[i].fd >= 0)
            close(theatre->streams[i].fd);
        buf_release(&theatre->streams[i].in);
    }
    close(theatre->epoll);
    buf_release(&theatre->request);
    free(theatre->sent_us);
    free(theatre);
    return status;
}

int viewer_clogged(uint16_t port, const char *stream)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), bytes = CLOGGED_BYTES;
    struct buf request;
    buf_init(&request, READ_BYTES);
    request_get(&request, stream);
    /* Before it connects: the window that the server is told depends on it. */
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0 ||
                    connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
                    !send_all(fd, &request))) {
        close(fd);
        fd = -1;
    }
    buf_release(&request);
    return fd;
}
