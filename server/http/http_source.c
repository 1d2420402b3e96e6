#include "http/http_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 4096 /* libmicrohttpd's own buffer for HTTP/1.0 clients */

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

static ssize_t make_plain(struct http_private *p)
{
    char *room = buf_reserve(&p->fill, HTTP_FILL_BYTES);
    ssize_t n = room ? p->x.source.read(p->x.source.data, room, HTTP_FILL_BYTES) : -2;
    if (n > 0)
        p->fill.length += (size_t)n;
    return n;
}

/* Until there is something: zlib keeps what is short to itself. */
static ssize_t make_packed(struct http_private *p)
{
    ssize_t n;
    do {
        n = p->x.source.read(p->x.source.data, p->plain, HTTP_FILL_BYTES);
        if (n == -2 ||
            !deflate_feed(p->deflate, p->plain, n > 0 ? (size_t)n : 0, n == -1, &p->fill))
            return -2;
    } while (n > 0 && p->fill.length == 0);
    return n;
}

ssize_t http_source_make(struct http_private *p)
{
    p->fill.limit = HTTP_FILL_LIMIT;
    ssize_t n = p->deflate ? make_packed(p) : make_plain(p);
    assert(n && n <= HTTP_FILL_BYTES);
    return n;
}

bool http_source_pack(struct http_private *p)
{
    struct buf packed;
    buf_init(&packed, HTTP_FILL_LIMIT);
    p->plain = malloc(HTTP_FILL_BYTES);
    p->deflate = p->plain ? deflate_open() : NULL;
    if (p->deflate &&
        deflate_feed(p->deflate, p->fill.data, p->fill.length, false, &packed)) {
        buf_release(&p->fill);
        p->fill = packed;
        return true;
    }
    deflate_close(p->deflate);
    p->deflate = NULL;
    buf_release(&packed);
    return false;
}

static void run_fill(struct job *job, void *worker)
{
    struct http_private *p = http_of_job(job);
    p->x.worker = worker;
    buf_clear(&p->fill);
    p->fill_sent = 0;
    p->fill_result = http_source_make(p);
    http_let_go(p);
}

static ssize_t ask_worker(struct http_private *p)
{
    http_reserve(p);
    if (atomic_load(&p->server->cutting)) {
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

/* The last bytes may have come together with the end. */
static ssize_t read_filled(struct http_private *p, char *out, size_t max)
{
    size_t left = p->fill.length - p->fill_sent;
    if (left == 0)
        return p->fill_result < 0 ? end_or_cut(p->fill_result) : ask_worker(p);
    if (max > left)
        max = left;
    memcpy(out, p->fill.data + p->fill_sent, max);
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
    buf_release(&p->fill);
    free(p->plain);
    deflate_close(p->deflate);
    http_source_drop(&p->x);
}

void http_source_drop(struct http_exchange *x)
{
    if (x->source.read && x->source.close)
        x->source.close(x->source.data);
    x->source = (struct http_source){0};
}

void http_sources_end(struct http_server *server)
{
    pthread_mutex_lock(&server->streams_lock);
    for (struct http_private *p = server->streams; p; p = p->next)
        http_wake(&p->x);
    pthread_mutex_unlock(&server->streams_lock);
}
