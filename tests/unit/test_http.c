/* The http room alone: a small route table, a free port, raw sockets. */
#include "near.h"

#include "base/text.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#define PARKED_MAX    512
#define BODY_MAX      1000
#define TABLE_ROWS    20000
#define PATIENCE_S    30 /* for a machine that is busy; a wait that long is a failure */
#define ANSWER_BYTES  (1 << 20)
#define HOST          "Host: localhost\r\n"
#define END_OF_HEADER "Connection: close\r\n\r\n"

/* --- the application behind the server --- */

struct app {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct http_exchange *parked[PARKED_MAX]; /* deferred answers */
    size_t parked_count;
    struct feed *feeds;
    size_t feeds_open, feeds_closed, workers_open, on_worker;
    unsigned published;
};

/* One live stream: sends the numbers 1 to app.published, a line each. */
struct feed {
    struct feed *next, **link;
    struct app *app;
    struct http_exchange *x;
    unsigned sent;
};

static void app_init(struct app *app)
{
    memset(app, 0, sizeof *app);
    pthread_mutex_init(&app->lock, NULL);
    pthread_cond_init(&app->changed, NULL);
}

static void wait_until(struct app *app, const size_t *count, size_t wanted)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&app->lock);
    while (*count < wanted && !pthread_cond_timedwait(&app->changed, &app->lock, &until))
        ;
    size_t reached = *count;
    pthread_mutex_unlock(&app->lock);
    assert_true(reached >= wanted);
}

static void hello(struct http_exchange *x)
{
    buf_add_text(&x->out, "{\"hello\":true}");
}

static void echo(struct http_exchange *x)
{
    x->content_type_out = "text/plain";
    buf_add(&x->out, x->body, x->body_length);
}

static void echo_param(struct http_exchange *x)
{
    const char *name = http_param(x, "name");
    buf_printf(&x->out, "[%s][%s]", name ? name : "none", x->match.segments[0]);
}

static void echo_on_worker(struct http_exchange *x)
{
    struct app *app = x->app;
    assert_non_null(x->worker);
    pthread_mutex_lock(&app->lock);
    app->on_worker++;
    pthread_mutex_unlock(&app->lock);
    echo(x);
}

static void problem(struct http_exchange *x)
{
    struct err err = {0};
    err_set(&err, ST_INVALID, "bad_epoch", "epoch \"\xff\" is no number");
    err_at(&err, 7, "epoch");
    buf_add_text(&x->out, "half an answer");
    http_header_add(x, "X-Half", "yes");
    http_problem(x, &err);
}

static void inject(struct http_exchange *x)
{
    http_header_add(x, "X-Name", http_param(x, "name") ? "a\r\nSet-Cookie: x=1" : "");
}

static void park(struct http_exchange *x)
{
    struct app *app = x->app;
    http_defer(x);
    pthread_mutex_lock(&app->lock);
    assert_true(app->parked_count < PARKED_MAX);
    app->parked[app->parked_count++] = x;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
}

/* Deferred, and finished by another thread before the handler is back. */
static void *finish_now(void *x)
{
    buf_add_text(&((struct http_exchange *)x)->out, "quick");
    http_finish(x);
    return NULL;
}

static void defer_quick(struct http_exchange *x)
{
    pthread_t thread;
    http_defer(x);
    assert_int_equal(pthread_create(&thread, NULL, finish_now, x), 0);
    pthread_join(thread, NULL);
}

static void finish_parked(struct app *app)
{
    pthread_mutex_lock(&app->lock);
    for (size_t i = 0; i < app->parked_count; i++) {
        buf_printf(&app->parked[i]->out, "late %s", app->parked[i]->path);
        http_finish(app->parked[i]);
    }
    app->parked_count = 0;
    pthread_mutex_unlock(&app->lock);
}

static ssize_t feed_read(void *data, char *out, size_t max)
{
    struct feed *feed = data;
    size_t length = 0;
    pthread_mutex_lock(&feed->app->lock);
    while (feed->sent < feed->app->published && max - length > 32)
        length +=
            (size_t)snprintf(out + length, max - length, "data: %u\n\n", ++feed->sent);
    pthread_mutex_unlock(&feed->app->lock);
    return (ssize_t)length;
}

static void feed_close(void *data)
{
    struct feed *feed = data;
    struct app *app = feed->app;
    pthread_mutex_lock(&app->lock);
    *feed->link = feed->next;
    if (feed->next)
        feed->next->link = feed->link;
    app->feeds_closed++;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
    free(feed);
}

static void live(struct http_exchange *x)
{
    struct app *app = x->app;
    struct feed *feed = calloc(1, sizeof *feed);
    assert_non_null(feed);
    feed->app = app;
    feed->x = x;
    pthread_mutex_lock(&app->lock);
    feed->next = app->feeds;
    feed->link = &app->feeds;
    if (feed->next)
        feed->next->link = &feed->next;
    app->feeds = feed;
    app->feeds_open++;
    pthread_cond_broadcast(&app->changed);
    pthread_mutex_unlock(&app->lock);
    x->content_type_out = "text/event-stream";
    x->source = (struct http_source){feed_read, feed_close, feed, false};
}

/* As stream/live does: wakes under the lock that feed_close takes. */
static void publish(struct app *app)
{
    pthread_mutex_lock(&app->lock);
    app->published++;
    for (struct feed *feed = app->feeds; feed; feed = feed->next)
        http_wake(feed->x);
    pthread_mutex_unlock(&app->lock);
}

static ssize_t table_read(void *data, char *out, size_t max)
{
    struct http_exchange *x = data;
    size_t length = 0;
    unsigned *next = (unsigned *)(void *)x->out.data;
    assert_non_null(x->worker);
    while (*next < TABLE_ROWS && max - length > 32)
        length += (size_t)snprintf(out + length, max - length, "row %u\n", (*next)++);
    return length ? (ssize_t)length : -1;
}

static void table(struct http_exchange *x)
{
    unsigned first = 0;
    buf_add(&x->out, &first, sizeof first);
    x->content_type_out = "text/csv";
    x->source = (struct http_source){table_read, NULL, x, true};
}

static ssize_t broken_read(void *data, char *out, size_t max)
{
    struct http_exchange *x = data;
    if (max < 4 || x->out.length)
        return -2;
    buf_add_char(&x->out, 'x');
    memcpy(out, "half", 4);
    return 4;
}

static void broken(struct http_exchange *x)
{
    x->source = (struct http_source){broken_read, NULL, x, true};
}

static void nothing(struct http_exchange *x)
{
    x->status = 204;
}

static const char *const name_param[] = {"name", "number", NULL};

static const struct route routes[] = {
    {"GET", "/hello", NULL, 0, ROUTE_EVENT_THREAD, hello, "says hello"},
    {"DELETE", "/hello", NULL, 0, ROUTE_EVENT_THREAD, nothing, "says nothing"},
    {"POST", "/echo", NULL, BODY_MAX, ROUTE_EVENT_THREAD, echo, "gives the body back"},
    {"POST", "/worker", NULL, BODY_MAX, ROUTE_WORKER, echo_on_worker, "on a worker"},
    {"GET", "/runs/{run}", name_param, 0, ROUTE_WORKER, echo_param, "a parameter"},
    {"GET", "/fail", NULL, 0, ROUTE_EVENT_THREAD, problem, "a problem"},
    {"GET", "/inject", name_param, 0, ROUTE_EVENT_THREAD, inject, "a bad header"},
    {"GET", "/later", NULL, 0, ROUTE_EVENT_THREAD, park, "is answered later"},
    {"GET", "/worker-later", NULL, 0, ROUTE_WORKER, park, "is answered later"},
    {"GET", "/quick", NULL, 0, ROUTE_EVENT_THREAD, defer_quick, "at once, elsewhere"},
    {"GET", "/live", NULL, 0, ROUTE_EVENT_THREAD, live, "a live stream"},
    {"GET", "/worker-live", NULL, 0, ROUTE_WORKER, live, "a live stream"},
    {"GET", "/table", NULL, 0, ROUTE_WORKER, table, "a long body"},
    {"GET", "/broken", NULL, 0, ROUTE_WORKER, broken, "a body that fails"},
};

static void *worker_open(void *app_)
{
    struct app *app = app_;
    pthread_mutex_lock(&app->lock);
    app->workers_open++;
    pthread_mutex_unlock(&app->lock);
    return app;
}

static void worker_close(void *worker)
{
    struct app *app = worker;
    pthread_mutex_lock(&app->lock);
    app->workers_open--;
    pthread_mutex_unlock(&app->lock);
}

static struct http_server *start(struct app *app)
{
    static const struct guard guard = {{"epochd.lab"}, 1, 0};
    struct http_server *server = NULL;
    struct err err = {0};
    struct http_config config = {
        .host = "127.0.0.1",
        .routes = routes,
        .route_count = sizeof routes / sizeof *routes,
        .guard = &guard,
        .app = app,
        .workers = 2,
        .worker_open = worker_open,
        .worker_close = worker_close,
    };
    app_init(app);
    if (http_start(&config, &server, &err))
        fail_msg("%s", err.text);
    return server;
}

/* The server that most tests share. */
static struct app shared;
static struct http_server *server;

static int group_start(void **state)
{
    (void)state;
    server = start(&shared);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    http_stop(server);
    return shared.workers_open == 0 ? 0 : -1;
}

/* --- the client --- */

static int connect_to(const struct http_server *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_port(to))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_bytes(int fd, const void *bytes, size_t length)
{
    const char *p = bytes;
    while (length > 0) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server may cut a bad request while we still send */
        p += n;
        length -= (size_t)n;
    }
}

static void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

/* Reads until `until` was seen (NULL: until the server closes). Fails after PATIENCE_S.
 */
static void read_until(int fd, const char *until, struct buf *out)
{
    char part[4096];
    while (!until || !out->data || !strstr(out->data, until)) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            break;
        assert_true(n > 0);
        buf_add(out, part, (size_t)n);
    }
    if (!out->data)
        buf_add_text(out, "");
    if (until && !strstr(out->data, until))
        fail_msg("no \"%s\" in: %s", until, out->data);
}

/* The whole answer to some bytes, up to the server's close. */
static struct buf ask_bytes(const void *bytes, size_t length)
{
    struct buf out;
    int fd = connect_to(server);
    buf_init(&out, ANSWER_BYTES);
    send_bytes(fd, bytes, length);
    read_until(fd, NULL, &out);
    close(fd);
    return out;
}

static struct buf ask(const char *text)
{
    return ask_bytes(text, strlen(text));
}

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.", 7) ? 0 : atoi(answer + 9);
}

static void expect(const char *request, int status, const char *part)
{
    struct buf out = ask(request);
    if (status_of(out.data) != status || (part && !strstr(out.data, part)))
        fail_msg("wanted %d %s, got: %.600s", status, part ? part : "", out.data);
    buf_release(&out);
}

/* --- rows: bytes and what they get --- */

struct row {
    const char *name, *request;
    int status;       /* 0: closed without an answer */
    const char *part; /* of the answer; NULL = any */
};

static const struct row rows[] = {
    {"get", "GET /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "{\"hello\":true}"},
    {"head", "HEAD /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "Content-Length: 14"},
    {"http 1.0", "GET /hello HTTP/1.0\r\n" HOST "\r\n", 200, "{\"hello\":true}"},
    {"no content", "DELETE /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 204, NULL},
    {"json says utf-8", "GET /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "Content-Type: application/json; charset=utf-8\r\n"},
    {"answers are not stored", "GET /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "Cache-Control: no-store\r\n"},
    {"every answer forbids sniffing", "GET /x HTTP/1.1\r\n" HOST END_OF_HEADER, 404,
     "X-Content-Type-Options: nosniff\r\n"},
    {"H001 no host, 1.1", "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n", 400, NULL},
    {"H002 two hosts", "GET /hello HTTP/1.1\r\n" HOST "Host: evil\r\n\r\n", 400,
     "duplicate_header"},
    {"H003 no host, 1.0", "GET /hello HTTP/1.0\r\n\r\n", 400, "host_required"},
    {"H004 http 2.0", "GET /hello HTTP/2.0\r\n" HOST "\r\n", 505, NULL},
    {"H005 http 1.9", "GET /hello HTTP/1.9\r\n" HOST "\r\n", 400, "bad_version"},
    {"H006 http 0.9", "GET /hello\r\n\r\n", 400, NULL},
    {"H007 lower case http", "GET /hello http/1.1\r\n" HOST "\r\n", 400, NULL},
    {"H012 two lengths",
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
     400, "duplicate_header"},
    {"H016 hexadecimal length",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello", 400, NULL},
    {"H017 length 2^64",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\nhello",
     413, NULL},
    {"length 2^64-1",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\nhello",
     413, NULL},
    {"H021 blank before the colon",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello", 400, "bad_header"},
    {"H022 length and chunked",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
     "\r\n3\r\nabc\r\n0\r\n\r\n",
     400, "bad_framing"},
    {"another transfer coding",
     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     400, "bad_framing"},
    {"H028 bad chunk size",
     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
     400, NULL},
    {"H031 chunk longer than said",
     "POST /echo HTTP/1.1\r\n" HOST
     "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n",
     400, NULL},
    {"control byte in a header", "GET /hello HTTP/1.1\r\n" HOST "X-A: a\x01\r\n\r\n", 400,
     "bad_header"},
    {"H038 %00 in the path", "GET /runs/a%00b HTTP/1.1\r\n" HOST END_OF_HEADER, 400,
     "bad_path"},
    {"H039 encoded slash", "GET /runs/a%2fb HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "[none][a/b]"},
    {"H041 encoded dots",
     "GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" HOST END_OF_HEADER, 404,
     "not_found"},
    {"H042 dots encoded twice", "GET /runs/%252e%252e HTTP/1.1\r\n" HOST END_OF_HEADER,
     200, "[none][%2e%2e]"},
    {"H043 path parameters", "GET /static/..;/etc HTTP/1.1\r\n" HOST END_OF_HEADER, 404,
     "not_found"},
    {"H044 bad escape", "GET /x%zz%4 HTTP/1.1\r\n" HOST END_OF_HEADER, 400, "bad_path"},
    {"H045 absolute target", "GET http://evil.example/x HTTP/1.1\r\n" HOST "\r\n", 400,
     "bad_target"},
    {"H046 asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target"},
    {"H046 connect", "CONNECT evil:443 HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target"},
    {"H047 target without a slash", "GET x HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target"},
    {"H048 blank in the target", "GET /a b HTTP/1.1\r\n" HOST END_OF_HEADER, 0, NULL},
    {"H049 bad utf-8 in the path", "GET /runs/\xff\xfe HTTP/1.1\r\n" HOST END_OF_HEADER,
     400, "bad_path"},
    {"H050 lower case method", "get /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 405,
     "Allow: GET, HEAD, DELETE\r\n"},
    {"H050 odd method", "FOO<> /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 405,
     "method_not_allowed"},
    {"H051 trace", "TRACE /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 405,
     "method_not_allowed"},
    {"H058 expect 100",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
     "Expect: 100-continue\r\n" END_OF_HEADER "hello",
     100, "\r\n\r\nhello"},
    {"expect 100 for too large a body",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n"
     "Expect: 100-continue\r\n\r\n",
     413, "body_too_large"},
    {"H063 header injection", "GET /inject?name=x HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "Content-Length: 0"},
    {"H064 unknown encoding",
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Encoding: br\r\nContent-Length: 5\r\n" END_OF_HEADER "hello",
     415, "unsupported_encoding"},
    {"gzip that is none",
     "POST /echo HTTP/1.1\r\n" HOST
     "Content-Encoding: gzip\r\nContent-Length: 5\r\n" END_OF_HEADER "hello",
     400, "bad_gzip"},
    {"body of length 0",
     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END_OF_HEADER, 200,
     "Content-Length: 0"},
    {"post without a body", "POST /echo HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "Content-Length: 0"},
    {"chunked body",
     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END_OF_HEADER
     "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n",
     200, "\r\n\r\nabcde"},
    {"body for a get",
     "GET /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END_OF_HEADER "hello", 413,
     "takes no body"},
    {"not found with a body",
     "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END_OF_HEADER "hello", 404,
     "not_found"},
    {"on a worker",
     "POST /worker HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END_OF_HEADER "hello", 200,
     "\r\n\r\nhello"},
    {"parameter", "GET /runs/a?name=b+c%20d&number= HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "[b c d][a]"},
    {"unknown parameter", "GET /runs/a?nmae=b HTTP/1.1\r\n" HOST END_OF_HEADER, 422,
     "did you mean \\\"name\\\"?"},
    {"parameter twice", "GET /runs/a?name=b&name=c HTTP/1.1\r\n" HOST END_OF_HEADER, 422,
     "duplicate_parameter"},
    {"parameter where none is known", "GET /hello?x HTTP/1.1\r\n" HOST END_OF_HEADER, 422,
     "unknown_parameter"},
    {"bad query", "GET /runs/a?name=%zz HTTP/1.1\r\n" HOST END_OF_HEADER, 400,
     "bad_query"},
    {"problem", "GET /fail HTTP/1.1\r\n" HOST END_OF_HEADER, 422,
     "{\"type\":\"about:blank\",\"title\":\"Unprocessable content\",\"status\":422,"
     "\"code\":\"bad_epoch\",\"detail\":\"epoch \\\"?\\\" is no number\","
     "\"record\":7,\"field\":\"epoch\"}"},
    {"deferred and done before the handler is",
     "GET /quick HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "quick"},
    {"long body from a worker", "GET /table HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "row 19999\n"},
    {"head of a long body", "HEAD /table HTTP/1.1\r\n" HOST END_OF_HEADER, 200, NULL},
    {"head of a live stream", "HEAD /live HTTP/1.1\r\n" HOST END_OF_HEADER, 200, NULL},
    {"B001 foreign form",
     "POST /echo HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n"
     "Content-Type: text/plain\r\nContent-Length: 2\r\n" END_OF_HEADER "{}",
     403, "origin_not_allowed"},
    {"B004 cross-site without an origin",
     "POST /echo HTTP/1.1\r\n" HOST "Sec-Fetch-Site: cross-site\r\n"
     "Content-Length: 2\r\n" END_OF_HEADER "{}",
     403, "origin_not_allowed"},
    {"B005 preflight",
     "OPTIONS /echo HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n"
     "Access-Control-Request-Method: POST\r\n" END_OF_HEADER,
     403, "origin_not_allowed"},
    {"B007 foreign host", "GET /hello HTTP/1.1\r\nHost: evil.example\r\n" END_OF_HEADER,
     403, "host_not_allowed"},
    {"B009 0.0.0.0", "GET /hello HTTP/1.1\r\nHost: 0.0.0.0:8080\r\n" END_OF_HEADER, 403,
     "host_not_allowed"},
    {"foreign host, unknown path", "GET /x HTTP/1.1\r\nHost: evil\r\n" END_OF_HEADER, 403,
     "host_not_allowed"},
    {"configured host", "GET /hello HTTP/1.1\r\nHost: epochd.lab\r\n" END_OF_HEADER, 200,
     NULL},
    {"B012 own page",
     "POST /echo HTTP/1.1\r\n" HOST "Origin: http://localhost\r\n"
     "Sec-Fetch-Site: same-origin\r\nContent-Length: 2\r\n" END_OF_HEADER "{}",
     200, "{}"},
    {"B014 foreign event stream",
     "GET /live HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n"
     "Sec-Fetch-Site: cross-site\r\n" END_OF_HEADER,
     403, "origin_not_allowed"},
    {"B022 double slash", "GET //evil.example/ HTTP/1.1\r\n" HOST END_OF_HEADER, 404,
     "not_found"},
};

static void test_row(void **state)
{
    const struct row *row = *state;
    expect(row->request, row->status, row->part);
}

/* --- requests that are made here --- */

static void tls_hello_is_closed(void **state)
{
    (void)state;
    static const char hello_bytes[] =
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n";
    struct buf out = ask_bytes(hello_bytes, sizeof hello_bytes - 1);
    assert_true(status_of(out.data) == 0 || status_of(out.data) == 400);
    buf_release(&out);
}

/* A request whose middle is `count` times the same text. */
static void expect_repeated(const char *head, const char *text, size_t count,
                            const char *tail, int status)
{
    struct buf request, out;
    buf_init(&request, 8 << 20);
    buf_add_text(&request, head);
    for (size_t i = 0; i < count; i++)
        buf_add_text(&request, text);
    buf_add_text(&request, tail);
    out = ask_bytes(request.data, request.length);
    assert_int_equal(status_of(out.data), status);
    buf_release(&request);
    buf_release(&out);
}

static void long_target_is_414(void **state)
{
    (void)state;
    expect_repeated("GET /", "a", 40000, " HTTP/1.1\r\n" HOST END_OF_HEADER, 414);
}

static void many_headers_are_431(void **state)
{
    (void)state;
    expect_repeated("GET /hello HTTP/1.1\r\n" HOST, "A: b\r\n", 2000, END_OF_HEADER, 431);
}

static void long_method_is_405(void **state)
{
    (void)state;
    expect_repeated("", "A", 10000, " /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 405);
}

static void body_at_the_limit_is_taken(void **state)
{
    (void)state;
    expect_repeated("POST /echo HTTP/1.1\r\n" HOST
                    "Content-Length: 1000\r\n" END_OF_HEADER,
                    "a", BODY_MAX, "", 200);
}

static void body_over_the_limit_is_413_after_it_was_read(void **state)
{
    (void)state;
    expect_repeated("POST /echo HTTP/1.1\r\n" HOST
                    "Content-Length: 1001\r\n" END_OF_HEADER,
                    "a", BODY_MAX + 1, "", 413);
}

static void chunked_body_over_the_limit_is_413(void **state)
{
    (void)state;
    expect_repeated("POST /echo HTTP/1.1\r\n" HOST
                    "Transfer-Encoding: chunked\r\n" END_OF_HEADER,
                    "a\r\n0123456789\r\n", 200, "0\r\n\r\n", 413);
}

/* H034: what never ends is cut. */
static void endless_body_is_cut(void **state)
{
    (void)state;
    expect_repeated("POST /echo HTTP/1.1\r\n" HOST
                    "Transfer-Encoding: chunked\r\n" END_OF_HEADER,
                    "a\r\n0123456789\r\n", 200000, "", 0);
}

static struct buf gzip_of(const char *bytes, size_t length)
{
    struct buf out;
    z_stream z = {0};
    buf_init(&out, 1 << 20);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
    size_t bound = deflateBound(&z, length);
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (unsigned)length;
    z.next_out = (unsigned char *)buf_reserve(&out, bound);
    z.avail_out = (unsigned)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.length = bound - z.avail_out;
    deflateEnd(&z);
    return out;
}

static struct buf post_gzip(const char *bytes, size_t length)
{
    struct buf packed = gzip_of(bytes, length), request, out;
    buf_init(&request, 2 << 20);
    buf_printf(&request,
               "POST /echo HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\n"
               "Content-Length: %zu\r\n" END_OF_HEADER,
               packed.length);
    buf_add(&request, packed.data, packed.length);
    out = ask_bytes(request.data, request.length);
    buf_release(&packed);
    buf_release(&request);
    return out;
}

static void gzip_body_is_unpacked(void **state)
{
    (void)state;
    struct buf out = post_gzip("hello gzip", 10);
    assert_int_equal(status_of(out.data), 200);
    assert_non_null(strstr(out.data, "\r\n\r\nhello gzip"));
    buf_release(&out);
}

static void gzip_bomb_is_413(void **state)
{
    (void)state;
    char *zeros = calloc(1, 500000);
    assert_non_null(zeros);
    struct buf out = post_gzip(zeros, 500000);
    assert_int_equal(status_of(out.data), 413);
    free(zeros);
    buf_release(&out);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct buf out = ask("GET /runs/first HTTP/1.1\r\n" HOST "\r\n"
                         "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nsecond"
                         "GET /nowhere HTTP/1.1\r\n" HOST "\r\n"
                         "GET /runs/last HTTP/1.1\r\n" HOST END_OF_HEADER);
    const char *first = strstr(out.data, "[none][first]");
    const char *second = first ? strstr(first, "second") : NULL;
    const char *third = second ? strstr(second, "not_found") : NULL;
    assert_non_null(third);
    assert_non_null(strstr(third, "[none][last]"));
    buf_release(&out);
}

static void refused_body_does_not_become_a_request(void **state)
{
    (void)state;
    struct buf out = ask("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n"
                         "0\r\n\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(status_of(out.data), 400);
    assert_null(strstr(out.data, "hello"));
    buf_release(&out);
}

static void body_that_fails_is_cut_before_its_end(void **state)
{
    (void)state;
    struct buf out = ask("GET /broken HTTP/1.1\r\n" HOST END_OF_HEADER);
    assert_non_null(strstr(out.data, "half"));
    assert_null(strstr(out.data, "\r\n0\r\n\r\n"));
    buf_release(&out);
}

static void long_body_is_whole(void **state)
{
    (void)state;
    struct buf out = ask("GET /table HTTP/1.0\r\n" HOST "\r\n");
    const char *p = strstr(out.data, "\r\n\r\n");
    assert_non_null(p);
    p += 4;
    for (unsigned i = 0; i < TABLE_ROWS; i++) {
        char line[32];
        size_t n = (size_t)snprintf(line, sizeof line, "row %u\n", i);
        assert_memory_equal(p, line, n);
        p += n;
    }
    assert_string_equal(p, "");
    buf_release(&out);
}

static void injected_header_is_left_out(void **state)
{
    (void)state;
    struct buf out = ask("GET /inject?name=x HTTP/1.1\r\n" HOST END_OF_HEADER);
    assert_null(strstr(out.data, "Set-Cookie"));
    buf_release(&out);
}

/* --- many at once --- */

static void deferred(const char *path)
{
    enum { COUNT = 300 };
    int fds[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char request[200];
        fds[i] = connect_to(server);
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST END_OF_HEADER, path);
        send_text(fds[i], request);
    }
    wait_until(&shared, &shared.parked_count, COUNT);
    finish_parked(&shared);
    for (int i = 0; i < COUNT; i++) {
        struct buf out;
        buf_init(&out, ANSWER_BYTES);
        read_until(fds[i], NULL, &out);
        assert_int_equal(status_of(out.data), 200);
        assert_non_null(strstr(out.data, "late "));
        buf_release(&out);
        close(fds[i]);
    }
}

static void deferred_answers_come_from_another_thread(void **state)
{
    (void)state;
    deferred("/later");
}

static void deferred_on_a_worker(void **state)
{
    (void)state;
    deferred("/worker-later");
}

static void client_may_leave_before_a_deferred_answer(void **state)
{
    (void)state;
    int fd = connect_to(server);
    send_text(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    wait_until(&shared, &shared.parked_count, 1);
    close(fd);
    finish_parked(&shared);
    expect("GET /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200, NULL);
}

enum { EVENTS = 500 };

static void *publish_many(void *app)
{
    for (int i = 0; i < EVENTS; i++)
        publish(app);
    return NULL;
}

static void live_stream(const char *request)
{
    char last[40];
    struct buf out;
    pthread_t thread;
    int fd = connect_to(server);
    size_t open = shared.feeds_open + 1, closed = shared.feeds_closed + 1;
    buf_init(&out, ANSWER_BYTES);
    send_text(fd, request);
    wait_until(&shared, &shared.feeds_open, open);
    snprintf(last, sizeof last, "data: %u\n", shared.published + EVENTS);
    assert_int_equal(pthread_create(&thread, NULL, publish_many, &shared), 0);
    read_until(fd, last, &out);
    pthread_join(thread, NULL);
    assert_non_null(strstr(out.data, "Content-Type: text/event-stream"));
    close(fd);
    /* The server notices when it sends again. */
    while (shared.feeds_closed < closed) {
        publish(&shared);
        sched_yield();
    }
    buf_release(&out);
}

static void live_stream_is_woken_from_another_thread(void **state)
{
    (void)state;
    live_stream("GET /live HTTP/1.1\r\n" HOST "\r\n");
}

static void live_stream_that_began_on_a_worker(void **state)
{
    (void)state;
    live_stream("GET /worker-live HTTP/1.1\r\n" HOST "\r\n");
}

/* Clients come and go while events are published. */
static void live_clients_leave_at_any_time(void **state)
{
    (void)state;
    pthread_t thread;
    size_t open = shared.feeds_open, closed = shared.feeds_closed;
    assert_int_equal(pthread_create(&thread, NULL, publish_many, &shared), 0);
    for (int i = 0; i < 50; i++) {
        int fd = connect_to(server);
        send_text(fd, "GET /worker-live HTTP/1.1\r\n" HOST "\r\n");
        wait_until(&shared, &shared.feeds_open, open + (size_t)i + 1);
        close(fd);
    }
    pthread_join(thread, NULL);
    while (shared.feeds_closed < closed + 50) {
        publish(&shared);
        sched_yield();
    }
}

struct stop_call {
    struct http_server *server;
    pthread_t thread;
};

static void *call_stop(void *data)
{
    http_stop(((struct stop_call *)data)->server);
    return NULL;
}

/* libmicrohttpd would abort the process. */
static void stop_with_suspended_connections(void **state)
{
    (void)state;
    enum { EACH = 25 };
    static struct app app;
    struct stop_call call = {.server = start(&app)};
    int fds[2 * EACH];
    for (int i = 0; i < 2 * EACH; i++) {
        fds[i] = connect_to(call.server);
        send_text(fds[i], i < EACH ? "GET /live HTTP/1.1\r\n" HOST "\r\n"
                                   : "GET /later HTTP/1.1\r\n" HOST "\r\n");
    }
    wait_until(&app, &app.feeds_open, EACH);
    wait_until(&app, &app.parked_count, EACH);
    assert_int_equal(pthread_create(&call.thread, NULL, call_stop, &call), 0);
    wait_until(&app, &app.feeds_closed, EACH);
    finish_parked(&app);
    pthread_join(call.thread, NULL);
    for (int i = 0; i < 2 * EACH; i++) {
        struct buf out;
        buf_init(&out, ANSWER_BYTES);
        read_until(fds[i], NULL, &out);
        assert_int_equal(status_of(out.data), 200);
        /* a live stream ends as a stream should */
        assert_non_null(strstr(out.data, i < EACH ? "\r\n0\r\n" : "late /later"));
        buf_release(&out);
        close(fds[i]);
    }
    assert_int_equal(app.workers_open, 0);
}

static void stop_without_any_request(void **state)
{
    (void)state;
    static struct app app;
    http_stop(start(&app));
    http_stop(NULL);
}

static void port_in_use_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "127.0.0.1",
                                 .port = http_port(server),
                                 .guard = &guard,
                                 .workers = 1};
    assert_int_equal(http_start(&config, &other, &err), ST_CONFLICT);
    assert_string_equal(err.code, "port_in_use");
}

static void bad_address_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "not an address", .guard = &guard, .workers = 1};
    assert_int_equal(http_start(&config, &other, &err), ST_INVALID);
    assert_string_equal(err.code, "bad_address");
}

static void *no_worker(void *app)
{
    (void)app;
    return NULL;
}

static void worker_that_cannot_open_is_said(void **state)
{
    (void)state;
    static const struct guard guard = {0};
    struct http_server *other = NULL;
    struct err err = {0};
    struct http_config config = {.host = "::1",
                                 .guard = &guard,
                                 .workers = 2,
                                 .worker_open = no_worker};
    assert_int_equal(http_start(&config, &other, &err), ST_FAILED);
    assert_string_equal(err.code, "worker_failed");
}

static void figures_count_answers(void **state)
{
    (void)state;
    struct http_stats before, after;
    http_stats(server, &before);
    expect("GET /hello HTTP/1.1\r\n" HOST END_OF_HEADER, 200, NULL);
    expect("GET /nowhere HTTP/1.1\r\n" HOST END_OF_HEADER, 404, NULL);
    http_stats(server, &after);
    assert_int_equal(after.requests - before.requests, 2);
    assert_int_equal(after.answers_2xx - before.answers_2xx, 1);
    assert_int_equal(after.answers_4xx - before.answers_4xx, 1);
    assert_int_equal(after.answers_5xx - before.answers_5xx, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(tls_hello_is_closed),
        cmocka_unit_test(long_target_is_414),
        cmocka_unit_test(many_headers_are_431),
        cmocka_unit_test(long_method_is_405),
        cmocka_unit_test(body_at_the_limit_is_taken),
        cmocka_unit_test(body_over_the_limit_is_413_after_it_was_read),
        cmocka_unit_test(chunked_body_over_the_limit_is_413),
        cmocka_unit_test(endless_body_is_cut),
        cmocka_unit_test(gzip_body_is_unpacked),
        cmocka_unit_test(gzip_bomb_is_413),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(refused_body_does_not_become_a_request),
        cmocka_unit_test(body_that_fails_is_cut_before_its_end),
        cmocka_unit_test(long_body_is_whole),
        cmocka_unit_test(injected_header_is_left_out),
        cmocka_unit_test(deferred_answers_come_from_another_thread),
        cmocka_unit_test(deferred_on_a_worker),
        cmocka_unit_test(client_may_leave_before_a_deferred_answer),
        cmocka_unit_test(live_stream_is_woken_from_another_thread),
        cmocka_unit_test(live_stream_that_began_on_a_worker),
        cmocka_unit_test(live_clients_leave_at_any_time),
        cmocka_unit_test(stop_with_suspended_connections),
        cmocka_unit_test(stop_without_any_request),
        cmocka_unit_test(port_in_use_is_said),
        cmocka_unit_test(bad_address_is_said),
        cmocka_unit_test(worker_that_cannot_open_is_said),
        cmocka_unit_test(figures_count_answers),
    };
    enum { ROWS = sizeof rows / sizeof *rows, CASES = sizeof cases / sizeof *cases };
    struct CMUnitTest all[ROWS + CASES];
    for (size_t i = 0; i < ROWS; i++)
        all[i] = (struct CMUnitTest){rows[i].name, test_row, NULL, NULL,
                                     (void *)(uintptr_t)&rows[i]};
    memcpy(all + ROWS, cases, sizeof cases);
    return cmocka_run_group_tests_name("http", all, group_start, group_stop);
}
