#include "http/http_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FILL_BYTES  (64 << 10) /* made by a worker at a time */
#define BLOCK_BYTES 4096       /* libmicrohttpd's own buffer for HTTP/1.0 clients */

enum { END = MHD_CONTENT_READER_END_OF_STREAM, CUT = MHD_CONTENT_READER_END_WITH_ERROR };

static ssize_t end_or_cut(ssize_t result)
{
    return result == -1 ? END : CUT;
}

/* Rearmed before `draining` is looked at: http_sources_end() sets it before it wakes, so
   either it is seen here or the wake is not lost. */
static ssize_t read_live(struct http_private *p, char *out, size_t max)
{
    http_rearm(p);
    http_reserve(p);
    if (!atomic_load(&p->server->draining)) {
        ssize_t n = p->x.source.read(p->x.source.data, out, max);
        if (n == 0) {
            http_park(p);
            return 0;
        }
        http_unreserve(p);
        return n > 0 ? n : end_or_cut(n);
    }
    http_unreserve(p);
    return END;
}

static void run_fill(struct job *job, void *worker)
{
    struct http_private *p = http_of_job(job);
    p->x.worker = worker;
    p->fill_result = p->x.source.read(p->x.source.data, p->fill, FILL_BYTES);
    assert(p->fill_result && p->fill_result <= FILL_BYTES);
    p->fill_length = p->fill_result > 0 ? (size_t)p->fill_result : 0;
    p->fill_sent = 0;
    http_let_go(p);
}

static ssize_t ask_worker(struct http_private *p)
{
    http_reserve(p);
    if (atomic_load(&p->server->cutting) ||
        (!p->fill && !(p->fill = malloc(FILL_BYTES)))) {
        http_unreserve(p);
        return CUT;
    }
    http_rearm(p);
    http_hold(p);
    p->job.run = run_fill;
    workers_push(p->server->workers, &p->job);
    http_park(p);
    return 0;
}

static ssize_t read_filled(struct http_private *p, char *out, size_t max)
{
    if (p->fill_result < 0)
        return end_or_cut(p->fill_result);
    size_t left = p->fill_length - p->fill_sent;
    if (left == 0)
        return ask_worker(p);
    if (max > left)
        max = left;
    memcpy(out, p->fill + p->fill_sent, max);
    p->fill_sent += max;
    return (ssize_t)max;
}

static ssize_t on_read(void *data, uint64_t position, char *out, size_t max)
{
    (void)position;
    struct http_private *p = data;
    http_unreserve(p);
    return p->x.source.on_worker ? read_filled(p, out, max) : read_live(p, out, max);
}

static void list_stream(struct http_private *p)
{
    struct http_server *server = p->server;
    pthread_mutex_lock(&server->streams_lock);
    p->next = server->streams;
    p->link = &server->streams;
    if (p->next)
        p->next->link = &p->next;
    server->streams = p;
    pthread_mutex_unlock(&server->streams_lock);
}

static void unlist_stream(struct http_private *p)
{
    if (!p->link)
        return;
    pthread_mutex_lock(&p->server->streams_lock);
    *p->link = p->next;
    if (p->next)
        p->next->link = p->link;
    pthread_mutex_unlock(&p->server->streams_lock);
}

struct MHD_Response *http_source_response(struct http_private *p)
{
    if (!p->x.source.on_worker)
        list_stream(p);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, p,
                                             NULL);
}

void http_source_close(struct http_private *p)
{
    unlist_stream(p);
    free(p->fill);
    if (p->x.source.read && p->x.source.close)
        p->x.source.close(p->x.source.data);
}

void http_sources_end(struct http_server *server)
{
    pthread_mutex_lock(&server->streams_lock);
    for (struct http_private *p = server->streams; p; p = p->next)
        http_wake(&p->x);
    pthread_mutex_unlock(&server->streams_lock);
}
