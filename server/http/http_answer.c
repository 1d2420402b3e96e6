#include "http/http_private.h"

#include "base/json_out.h"
#include "base/log.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TYPE_MAX 96 /* bytes of a Content-Type */

const char *http_param(const struct http_exchange *x, const char *name)
{
    return query_value(&x->private_->query, name);
}

const struct query *http_query(const struct http_exchange *x)
{
    return &x->private_->query;
}

void http_header_add(struct http_exchange *x, const char *name, const char *value)
{
    assert(x->header_count < HTTP_HEADERS_MAX);
    const char *copy = arena_strdup(&x->arena, value);
    if (copy)
        x->headers[x->header_count++] = (struct http_header){name, copy};
}

/* What a client sent may be quoted in a text, cut anywhere: it must still be UTF-8. */
static const char *as_utf8(char *text)
{
    if (text_is_utf8(text, strlen(text)))
        return text;
    for (char *p = text; *p; p++) {
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    }
    return text;
}

static void write_problem(struct buf *out, const struct err *err, enum status status)
{
    struct json_out json;
    struct err copy = *err;
    json_init(&json, out);
    json_object_begin(&json);
    json_key_text(&json, "type", "about:blank");
    json_key_text(&json, "title", status_title(status));
    json_key_int(&json, "status", status_http(status));
    json_key_text(&json, "code", copy.code);
    json_key_text(&json, "detail", as_utf8(copy.text));
    if (copy.record >= 0)
        json_key_int(&json, "record", copy.record);
    if (copy.field[0])
        json_key_text(&json, "field", as_utf8(copy.field));
    json_object_end(&json);
}

void http_problem(struct http_exchange *x, const struct err *err)
{
    enum status status = err->status == ST_OK ? ST_FAILED : err->status;
    http_source_drop(x);
    buf_clear(&x->out);
    x->static_body = NULL;
    x->header_count = 0;
    x->status = status_http(status);
    x->content_type_out = "application/problem+json";
    write_problem(&x->out, err, status);
    if (status == ST_METHOD)
        http_header_add(x, "Allow", x->match.allow);
    if (status == ST_BUSY)
        http_header_add(x, "Retry-After", "1");
    if (status == ST_FAILED)
        log_line(LOG_LEVEL_ERROR, "%s %.100s: %s: %s", x->method, x->path, err->code,
                 err->text);
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        log_line(LOG_LEVEL_WARN, "the answer's header %s was left out", name);
}

/* With the encoding, when it is text and does not say so itself. */
static const char *full_type(const char *type, char out[static TYPE_MAX])
{
    static const char *const known[][2] = {
        {"application/json", "application/json; charset=utf-8"},
        {"application/problem+json", "application/problem+json; charset=utf-8"},
        {"application/x-ndjson", "application/x-ndjson; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!strcmp(type, known[i][0]))
            return known[i][1];
    }
    if (strncmp(type, "text/", 5) || strstr(type, "charset="))
        return type;
    snprintf(out, TYPE_MAX, "%s; charset=utf-8", type);
    return out;
}

static void add_type(struct MHD_Response *response, const struct http_exchange *x)
{
    char type[TYPE_MAX];
    if (x->status != MHD_HTTP_NO_CONTENT && x->status != MHD_HTTP_NOT_MODIFIED)
        add(response, MHD_HTTP_HEADER_CONTENT_TYPE, full_type(x->content_type_out, type));
}

/* A browser that sends something says where from; only a GET may come without. Training
   jobs are spared: each header costs three allocations. */
static bool is_for_a_browser(const struct http_private *p)
{
    const struct http_exchange *x = &p->x;
    return p->refused || x->from_browser || !strcmp(x->method, MHD_HTTP_METHOD_GET) ||
           !strcmp(x->method, MHD_HTTP_METHOD_HEAD);
}

static void add_guard_headers(struct MHD_Response *response, const struct http_private *p)
{
    bool all = is_for_a_browser(p);
    for (const struct guard_header *h = guard_headers; h->name; h++) {
        if (all || h->always)
            add(response, h->name, h->value);
    }
}

static void add_headers(struct MHD_Response *response, const struct http_private *p)
{
    const struct http_exchange *x = &p->x;
    bool cached = false;
    add_guard_headers(response, p);
    for (size_t i = 0; i < x->header_count; i++) {
        cached |= !strcasecmp(x->headers[i].name, MHD_HTTP_HEADER_CACHE_CONTROL);
        add(response, x->headers[i].name, x->headers[i].value);
    }
    if (!cached)
        add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (p->last || atomic_load(&p->server->draining))
        add(response, MHD_HTTP_HEADER_CONNECTION, "close");
    add_type(response, x);
}

/* The bytes stay where they are: the exchange outlives the response. */
static struct MHD_Response *fixed_response(const struct http_exchange *x)
{
    const void *bytes = x->static_body ? x->static_body : x->out.data;
    size_t length = x->static_body ? x->static_length : x->out.length;
    return MHD_create_response_from_buffer(length, (void *)(uintptr_t)bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static void count(struct http_server *server, int status)
{
    size_t class = (size_t)status / 100;
    atomic_fetch_add_explicit(&server->answers[class < 6 ? class : 5], 1,
                              memory_order_relaxed);
}

/* The same request would meet the same limit again; memory may come back. */
static void refuse_answer(struct http_exchange *x)
{
    struct err err = {0};
    if (x->out.full)
        err_set(&err, ST_TOO_LARGE, "answer_too_large",
                "the answer is larger than %zu bytes: ask for less at once",
                x->out.limit);
    else
        err_set(&err, ST_BUSY, "overloaded", "no memory for the answer: ask for less");
    http_problem(x, &err);
}

enum MHD_Result http_answer(struct http_private *p)
{
    struct http_exchange *x = &p->x;
    if (x->out.failed)
        refuse_answer(x);
    p->phase = REQUEST_ANSWERED;
    peer_enter(p->server->peers, p->peer, PEER_ANSWER);
    struct MHD_Response *response =
        x->source.read ? http_source_response(p) : fixed_response(x);
    if (!response)
        return MHD_NO;
    add_headers(response, p);
    count(p->server, x->status);
    enum MHD_Result result =
        MHD_queue_response(p->connection, (unsigned)x->status, response);
    MHD_destroy_response(response);
    http_unreserve(p);
    return result;
}
