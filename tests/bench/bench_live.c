/* From the moment a record is posted until a viewer has the event, with nothing else
   going on. */
#include "bench.h"

#include "posting.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { POSTS = 300, QUIET_MS = 3 };
enum { STREAM, ANSWER, SOCKETS };

#define BYTES_MAX (1u << 20)

struct viewer {
    struct pollfd sockets[SOCKETS]; /* the event stream; the posts and their answers */
    struct buf received[SOCKETS];
    struct buf request;
    char run[32], path[64];
};

static enum status viewer_failed(struct err *err, const char *what)
{
    return err_set(err, ST_FAILED, "bench", "live events: %s", what);
}

/* Reads from whichever socket has something. *quiet: none had for timeout_ms. */
static enum status viewer_read(struct viewer *viewer, int timeout_ms, bool *quiet,
                               struct err *err)
{
    int ready = poll(viewer->sockets, SOCKETS, timeout_ms);
    *quiet = ready == 0;
    for (int i = STREAM; ready > 0 && i < SOCKETS; i++) {
        if (viewer->sockets[i].revents == 0)
            continue;
        char bytes[16384];
        ssize_t n = read(viewer->sockets[i].fd, bytes, sizeof bytes);
        if (n <= 0)
            return viewer_failed(err, "the server closed a connection");
        buf_add(&viewer->received[i], bytes, (size_t)n);
    }
    return ready < 0 ? viewer_failed(err, strerror(errno)) : ST_OK;
}

/* The stream holds the whole `points` event of that step of our run. (It is looked for
   between the chunk sizes of HTTP: events are written whole.) */
static bool has_event(const struct viewer *viewer, int64_t step)
{
    const char *at = viewer->received[STREAM].data;
    while (at && (at = strstr(at, "event: points"))) {
        const char *end = strstr(at, "\n\n");
        const char *run = strstr(at, viewer->run);
        if (end && run && run < end && answer_number(run, "x", NULL) == step)
            return true;
        at = end;
    }
    return false;
}

/* Waits until the event stream has nothing more to say. */
static enum status settle(struct viewer *viewer, struct err *err)
{
    bool quiet = false;
    enum status status = ST_OK;
    while (status == ST_OK && !quiet)
        status = viewer_read(viewer, QUIET_MS, &quiet, err);
    for (int i = STREAM; i < SOCKETS; i++)
        buf_clear(&viewer->received[i]);
    return status;
}

/* Posts the record of that step; one sample when the event is here. */
static enum status post_and_see(struct viewer *viewer, const struct buf *body,
                                int64_t step, struct samples *latency, struct err *err)
{
    bool seen = false, answered = false, quiet = false;
    buf_clear(&viewer->request);
    request_post(&viewer->request, viewer->path, "application/json", body->length);
    buf_add(&viewer->request, body->data, body->length);
    int64_t began_us = clock_monotonic_us();
    ssize_t sent =
        write(viewer->sockets[ANSWER].fd, viewer->request.data, viewer->request.length);
    if (sent != (ssize_t)viewer->request.length)
        return viewer_failed(err, "a request was not sent");
    while (!seen || !answered) {
        enum status status = viewer_read(viewer, CLIENT_PATIENCE_MS, &quiet, err);
        if (status != ST_OK)
            return status;
        if (!seen && has_event(viewer, step)) {
            samples_add(latency, clock_monotonic_us() - began_us);
            seen = true;
        }
        struct answer answer = {0};
        answered = answer_parse(&viewer->received[ANSWER], &answer) == ANSWER_COMPLETE;
        if (quiet || (answered && answer.status != 200))
            return viewer_failed(err, quiet ? "no event came" : answer.body);
    }
    return ST_OK;
}

static enum status viewer_open(struct viewer *viewer, uint16_t port, struct err *err)
{
    for (int i = STREAM; i < SOCKETS; i++) {
        buf_init(&viewer->received[i], BYTES_MAX);
        viewer->sockets[i] =
            (struct pollfd){.fd = client_connect(port), .events = POLLIN};
        if (viewer->sockets[i].fd < 0)
            return viewer_failed(err, strerror(errno));
    }
    buf_init(&viewer->request, BYTES_MAX);
    request_get(&viewer->request, "/api/v1/events");
    ssize_t sent =
        write(viewer->sockets[STREAM].fd, viewer->request.data, viewer->request.length);
    bool quiet = sent < 0;
    enum status status = ST_OK;
    if (!quiet)
        status = viewer_read(viewer, CLIENT_PATIENCE_MS, &quiet, err);
    const char *head = viewer->received[STREAM].data;
    if (status == ST_OK && (quiet || strncmp(head, "HTTP/1.1 200", 12) != 0))
        status = viewer_failed(err, quiet ? "no answer" : head);
    return status;
}

static void viewer_close(struct viewer *viewer)
{
    for (int i = STREAM; i < SOCKETS; i++) {
        buf_release(&viewer->received[i]);
        if (viewer->sockets[i].fd > 0)
            close(viewer->sockets[i].fd);
    }
    buf_release(&viewer->request);
}

static enum status watch(uint16_t port, const struct bodies *bodies, size_t round,
                         struct samples *latency, struct err *err)
{
    struct viewer viewer = {0};
    snprintf(viewer.run, sizeof viewer.run, "live-%zu", round);
    snprintf(viewer.path, sizeof viewer.path, "/api/v1/runs/%s/epochs", viewer.run);
    enum status status = viewer_open(&viewer, port, err);
    for (size_t i = 0; status == ST_OK && i < bodies->records.bodies; i++) {
        status = settle(&viewer, err);
        if (status == ST_OK)
            status = post_and_see(&viewer, &bodies->body[i], (int64_t)i, latency, err);
    }
    viewer_close(&viewer);
    return status;
}

static enum status repeat(struct bench *bench, uint16_t port, const struct bodies *bodies,
                          struct latency_figure *figure, struct err *err)
{
    struct samples latency = {0};
    struct load_result ceiling = {0};
    struct posting bare = {.bodies = bodies, .path = "/sync", .clients = 1};
    enum status status = posting_run(&bare, bench->bare.port, &ceiling, err);
    if (status == ST_OK)
        status = watch(port, bodies, figure->p50->value.count, &latency, err);
    if (status == ST_OK)
        latency_figure_add(figure, &latency, &ceiling.latency);
    samples_release(&latency);
    samples_release(&ceiling.latency);
    return status;
}

enum status bench_live(struct bench *bench, struct err *err)
{
    const struct records records = {RECORDS_ONE,
                                    .bodies = bench->quick ? POSTS / 3 : POSTS, .each = 1,
                                    .metrics = 3};
    struct latency_figure figure =
        report_add_latency(&bench->report, "live: post to event,",
                           "bare libmicrohttpd + sync");
    figure_aim(figure.p99, "< 5 ms");
    struct process server = {0};
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    if (status == ST_OK)
        status = bench_serve(bench, "live.db", &server, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, server.port, &bodies, &figure, err);
    bodies_free(&bodies);
    return bench_stop(&server, status, err);
}
