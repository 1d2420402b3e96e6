#include "http/http_private.h"

#include "base/limits.h"
#include "base/text.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

/* Of a refused body: read to its end, so that clients which send first and read later see
   the answer. Beyond it the connection is cut. */
#define PASS_OVER_MIN (1 << 20)

void *http_on_target(void *server, const char *target, struct MHD_Connection *connection)
{
    struct http_private *p = http_exchange_new(server);
    if (!p)
        return NULL;
    p->connection = connection;
    p->x.private_ = p;
    p->x.app = p->server->config.app;
    p->x.status = MHD_HTTP_OK;
    p->x.content_type_out = "application/json";
    p->x.out.limit = REQUEST_BYTES_MAX;
    /* libmicrohttpd takes the query apart in its own way, in place. */
    const char *query = strchr(target, '?');
    if (query && !(p->query_text = arena_strdup(&p->x.arena, query + 1))) {
        http_exchange_free(p);
        return NULL;
    }
    return p;
}

/* --- the checks, on the first call --- */

struct header_walk {
    struct headers *headers;
    struct err *err;
    enum status status;
};

static enum MHD_Result on_header(void *data, enum MHD_ValueKind kind, const char *name,
                                 size_t name_length, const char *value,
                                 size_t value_length)
{
    (void)kind;
    struct header_walk *walk = data;
    struct header_line line = {name, value ? value : "", name_length, value_length};
    walk->status = headers_add(walk->headers, &line, walk->err);
    return walk->status ? MHD_NO : MHD_YES;
}

/* Where a proxy in front and we could differ about where a request ends. */
static enum status check_framing(struct http_private *p, const char *version,
                                 uint64_t *length, struct err *err)
{
    struct header_walk walk = {&p->headers, err, ST_OK};
    if (strcmp(version, MHD_HTTP_VERSION_1_1) && strcmp(version, MHD_HTTP_VERSION_1_0))
        return err_set(err, ST_MALFORMED, "bad_version", "use HTTP/1.1");
    if (p->x.path[0] != '/')
        return err_set(err, ST_MALFORMED, "bad_target",
                       "the request target must be a path that starts with '/'");
    MHD_get_connection_values_n(p->connection, MHD_HEADER_KIND, on_header, &walk);
    if (walk.status)
        return walk.status;
    return headers_body_length(&p->headers, length, err);
}

static enum status check_guard(const struct http_private *p, struct err *err)
{
    const char *const *value = p->headers.value;
    struct guard_request request = {
        .method = p->x.method,
        .host = value[HEADER_HOST],
        .origin = value[HEADER_ORIGIN],
        .sec_fetch_site = value[HEADER_SEC_FETCH_SITE],
        .sec_fetch_mode = value[HEADER_SEC_FETCH_MODE],
    };
    return guard_check(&p->server->guard, &request, err);
}

static enum status check_query(struct http_private *p, struct err *err)
{
    const struct route *route = p->x.match.route;
    enum status status = query_parse(p->query_text, &p->x.arena, &p->query, err);
    if (status || route->params == route_any_params || route->further_params)
        return status;
    return query_check(&p->query, route->params, err);
}

static enum status body_too_large(size_t limit, struct err *err)
{
    if (limit == 0)
        return err_set(err, ST_TOO_LARGE, "body_too_large", "this request takes no body");
    return err_set(err, ST_TOO_LARGE, "body_too_large",
                   "the body is larger than %zu bytes: send it in parts", limit);
}

static enum status check_body(struct http_private *p, uint64_t length, struct err *err)
{
    const char *encoding = p->headers.value[HEADER_CONTENT_ENCODING];
    size_t limit = p->x.match.route->body_bytes_max;
    if (p->pass_over < 2 * (uint64_t)limit)
        p->pass_over = 2 * (uint64_t)limit;
    p->body.limit = limit;
    if (length != BODY_UNKNOWN && length > limit)
        return body_too_large(limit, err);
    if (length == 0 || !encoding || text_equals_nocase(encoding, "identity"))
        return ST_OK;
    if (text_equals_nocase(encoding, "gzip") || text_equals_nocase(encoding, "x-gzip"))
        return inflate_open(&p->gz, err);
    return err_set(err, ST_UNSUPPORTED, "unsupported_encoding",
                   "the content encoding \"%.64s\" is not understood: use gzip or none",
                   encoding);
}

/* Is this a request for us, and for which route? */
static enum status admit(struct http_private *p, uint64_t length, struct err *err)
{
    struct http_exchange *x = &p->x;
    const struct http_config *config = &p->server->config;
    enum status status = check_guard(p, err);
    if (!status)
        status = route_find(config->routes, config->route_count, x->method, x->path,
                            &x->arena, &x->match, err);
    if (!status)
        status = check_query(p, err);
    if (!status)
        status = check_body(p, length, err);
    return status;
}

static const char *plain_type(struct http_private *p)
{
    const char *given = p->headers.value[HEADER_CONTENT_TYPE];
    size_t length = given ? strcspn(given, "; \t,") : 0;
    char *type = length ? arena_strndup(&p->x.arena, given, length) : NULL;
    for (char *c = type; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return type ? type : "";
}

static void describe(struct http_private *p)
{
    struct http_exchange *x = &p->x;
    const char *const *value = p->headers.value;
    x->content_type = plain_type(p);
    x->from_browser = value[HEADER_ORIGIN] || value[HEADER_SEC_FETCH_SITE];
    x->last_event_id = value[HEADER_LAST_EVENT_ID];
    x->if_none_match = value[HEADER_IF_NONE_MATCH];
    x->accepts_gzip = header_prefers_gzip(value[HEADER_ACCEPT_ENCODING]);
}

static void release_body(struct http_private *p)
{
    atomic_fetch_sub(&p->server->body_bytes, p->charged);
    p->charged = 0;
    buf_clear(&p->body);
    inflate_close(p->gz);
    p->gz = NULL;
}

/* The memory goes at once: the rest of the body may take the client as long as it likes.
 */
static void refuse(struct http_private *p, const struct err *err)
{
    release_body(p);
    buf_release(&p->body);
    http_problem(&p->x, err);
    p->refused = true;
}

/* libmicrohttpd ends the connection when an answer comes on the first call, which also
   makes it seven times slower: only where the connection shall end. */
static enum MHD_Result begin(struct http_private *p, const char *version)
{
    struct err err = {0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(p->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    uint64_t length = 0;
    p->peer = info ? info->socket_context : NULL;
    p->phase = REQUEST_BODY;
    p->pass_over = PASS_OVER_MIN;
    peer_enter(p->server->peers, p->peer, PEER_BODY);
    atomic_fetch_add_explicit(&p->server->requests, 1, memory_order_relaxed);
    if (check_framing(p, version, &length, &err)) {
        refuse(p, &err);
        p->last = true;
    } else if (admit(p, length, &err)) {
        refuse(p, &err);
        p->last = p->headers.value[HEADER_EXPECT] ||
                  (length != BODY_UNKNOWN && length > p->pass_over);
    } else {
        describe(p);
    }
    return p->last ? http_answer(p) : MHD_YES;
}

/* --- the body --- */

/* The memory of all bodies together is bounded. */
static enum status charge(struct http_private *p, struct err *err)
{
    size_t more = p->body.length - p->charged;
    p->charged = p->body.length;
    if (atomic_fetch_add(&p->server->body_bytes, more) + more <= BODIES_BYTES_MAX)
        return ST_OK;
    return err_set(err, ST_BUSY, "overloaded", "too many bodies at once: send it again");
}

static enum status keep(struct http_private *p, const char *bytes, size_t length,
                        struct err *err)
{
    size_t limit = p->body.limit;
    if (p->received > limit)
        return body_too_large(limit, err);
    if (p->gz) {
        enum status status = inflate_feed(p->gz, bytes, length, &p->body, err);
        return status ? status : charge(p, err);
    }
    buf_add(&p->body, bytes, length);
    if (p->body.failed)
        return err_set(err, ST_BUSY, "overloaded", "no memory for the body");
    return charge(p, err);
}

/* In the middle of a body no answer can be queued: a refused one is passed over. */
static enum MHD_Result collect(struct http_private *p, const char *bytes, size_t length)
{
    struct err err = {0};
    p->received += length;
    peer_received(p->peer, length);
    if (!p->refused && keep(p, bytes, length, &err))
        refuse(p, &err);
    return p->refused && p->received > p->pass_over ? MHD_NO : MHD_YES;
}

/* --- the handler --- */

static void run_handler(struct job *job, void *worker)
{
    struct http_private *p = http_of_job(job);
    p->x.worker = worker;
    p->x.match.route->handle(&p->x);
    if (http_is_held_once(p)) /* not deferred: the answer is there, and ours */
        http_polish(p);
    http_let_go(p);
}

static enum MHD_Result run_on_worker(struct http_private *p)
{
    http_hold(p);
    p->job.run = run_handler;
    if (!workers_offer(p->server->workers, &p->job)) {
        struct err err = {0};
        err_set(&err, ST_BUSY, "overloaded", "too many requests wait: send it again");
        http_let_go(p);
        refuse(p, &err);
        return http_answer(p);
    }
    http_park(p);
    return MHD_YES;
}

static enum MHD_Result run_here(struct http_private *p)
{
    http_hold(p);
    p->x.match.route->handle(&p->x);
    if (http_let_go(p))
        return http_answer(p);
    http_park(p);
    return MHD_YES;
}

static bool belongs_here(const struct http_exchange *x)
{
    const struct route *route = x->match.route;
    bool small = route->inline_bytes_max && x->body_length <= route->inline_bytes_max;
    return small || route->place == ROUTE_EVENT_THREAD;
}

/* The request is complete. */
static enum MHD_Result dispatch(struct http_private *p)
{
    struct http_exchange *x = &p->x;
    struct err err = {0};
    if (p->gz && inflate_end(p->gz, &err))
        refuse(p, &err);
    p->phase = REQUEST_HANDLED;
    peer_enter(p->server->peers, p->peer, PEER_ANSWER);
    atomic_fetch_add(&p->server->active, 1);
    p->active = true;
    http_reserve(p);
    if (!p->refused && atomic_load(&p->server->draining)) {
        err_set(&err, ST_BUSY, "stopping", "epochd is stopping");
        refuse(p, &err);
    }
    if (p->refused)
        return http_answer(p);
    x->body = p->body.data ? p->body.data : p->no_body;
    x->body_length = p->body.length;
    return belongs_here(x) ? run_here(p) : run_on_worker(p);
}

/* Resumed, by the last holder: a wake that is meant for a source does nothing before. */
static enum MHD_Result go_on(struct http_private *p)
{
    http_rearm(p);
    assert(!http_is_held(p));
    return http_answer(p);
}

enum MHD_Result http_on_request(void *server, struct MHD_Connection *connection,
                                const char *url, const char *method, const char *version,
                                const char *upload, size_t *upload_size, void **context)
{
    (void)server;
    (void)connection;
    struct http_private *p = *context;
    if (!p)
        return MHD_NO;
    size_t length = *upload_size;
    *upload_size = 0;
    switch (p->phase) {
    case REQUEST_HEADERS:
        p->x.method = method;
        p->x.path = url;
        *upload_size = length;
        return begin(p, version);
    case REQUEST_BODY: return length ? collect(p, upload, length) : dispatch(p);
    case REQUEST_HANDLED: return go_on(p);
    case REQUEST_ANSWERED: break;
    }
    return MHD_YES;
}

void http_on_completed(void *server_, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode how)
{
    (void)connection;
    (void)how;
    struct http_server *server = server_;
    struct http_private *p = *context;
    *context = NULL;
    if (!p)
        return;
    http_unreserve(p);
    if (p->active)
        atomic_fetch_sub(&server->active, 1);
    peer_enter(server->peers, p->peer, PEER_IDLE);
    http_source_close(p);
    release_body(p);
    http_exchange_free(p);
}
