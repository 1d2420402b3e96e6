/* What a worker does to an answer to a read before it goes out, so that no handler has
   to: a stream that turns out short becomes a body, a body gets an ETag and is left out
   when the client holds it, and who takes gzip gets it. */
#include "http/deflate.h"
#include "http/etag.h"
#include "http/http_private.h"

#include <stdio.h>
#include <string.h>

#define WHOLE_BYTES  HTTP_FILL_BYTES /* a longer stream is sent as it is made */
#define PACKED_BYTES 1024            /* a shorter body fits the first packet or two */

static bool is_read(const struct http_exchange *x)
{
    return x->status == MHD_HTTP_OK && !x->static_body &&
           (!strcmp(x->method, MHD_HTTP_METHOD_GET) ||
            !strcmp(x->method, MHD_HTTP_METHOD_HEAD));
}

/* Nothing was sent yet: a failure can still be said. Why is in the log. */
static void say_failed(struct http_private *p)
{
    struct err err = {0};
    http_source_drop(&p->x);
    buf_release(&p->fill);
    if (err_set(&err, ST_FAILED, "answer_failed",
                "the answer could not be made: epochd's log says why"))
        http_problem(&p->x, &err);
}

/* What a length, an ETag and a 304 need: all of it before the first byte is sent. */
static void make_whole(struct http_private *p)
{
    struct http_exchange *x = &p->x;
    do
        p->fill_result = http_source_make(p);
    while (p->fill_result > 0 && p->fill.length <= WHOLE_BYTES);
    if (p->fill_result == -2 && p->fill.length <= WHOLE_BYTES)
        say_failed(p);
    if (p->fill_result != -1)
        return;
    http_source_drop(x);
    size_t limit = x->out.limit;
    buf_release(&x->out);
    x->out = p->fill;
    x->out.limit = limit;
    p->fill = (struct buf){.limit = p->fill.limit};
}

/* Where the part of the body begins that its ETag is made of. A member that moves though
   nothing of what was asked for changed comes first, and goes into a header instead,
   which a 304 carries too. */
static size_t begin_of_content(struct http_exchange *x)
{
    const struct route_moving *moving = x->match.route->moving;
    char opening[64];
    if (!moving)
        return 0;
    size_t length =
        (size_t)snprintf(opening, sizeof opening, "{\"%s\":\"", moving->member);
    if (strncmp(x->out.data, opening, length))
        return 0;
    const char *value = x->out.data + length;
    size_t value_length = strcspn(value, "\"");
    const char *copy = arena_strndup(&x->arena, value, value_length);
    if (copy)
        http_header_add(x, moving->header, copy);
    return length + value_length;
}

/* True when the client holds the body already. */
static bool tag(struct http_exchange *x)
{
    char etag[ETAG_MAX];
    size_t from = begin_of_content(x);
    etag_of(x->out.data + from, x->out.length - from, etag);
    http_header_add(x, MHD_HTTP_HEADER_ETAG, etag);
    http_header_add(x, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
    if (!etag_listed(x->if_none_match, etag))
        return false;
    x->status = MHD_HTTP_NOT_MODIFIED;
    buf_clear(&x->out);
    return true;
}

/* Stays plain when there is no memory: that is no reason to fail. */
static void pack(struct http_exchange *x)
{
    struct buf packed;
    struct deflate *deflate = deflate_open();
    buf_init(&packed, x->out.limit);
    if (deflate && deflate_feed(deflate, x->out.data, x->out.length, true, &packed)) {
        buf_release(&x->out);
        x->out = packed;
        http_header_add(x, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    } else {
        buf_release(&packed);
    }
    deflate_close(deflate);
}

void http_polish(struct http_private *p)
{
    struct http_exchange *x = &p->x;
    if (!is_read(x))
        return;
    if (x->source.read && x->source.on_worker)
        make_whole(p);
    if (x->status != MHD_HTTP_OK || x->out.failed ||
        (x->source.read && !x->source.on_worker))
        return;
    http_header_add(x, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    if (x->source.read) {
        if (x->accepts_gzip && http_source_pack(p))
            http_header_add(x, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    } else if (x->out.length && !tag(x)) {
        if (x->accepts_gzip && x->out.length > PACKED_BYTES)
            pack(x);
    }
}
