/* The http room alone, on raw sockets: what bytes get which answer. */
#include "http_app.h"

#define BODY_MAX   1000
#define TABLE_ROWS 20000

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
    assert_non_null(x->worker);
    echo(x);
}

static void say_place(struct http_exchange *x)
{
    buf_add_text(&x->out, x->worker ? "on a worker" : "on the event thread");
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

static void busy(struct http_exchange *x)
{
    struct err err = {0};
    err_set(&err, ST_BUSY, "overloaded", "too much waits for the disk");
    http_problem(x, &err);
}

static void inject(struct http_exchange *x)
{
    http_header_add(x, "X-Name", http_param(x, "name") ? "a\r\nSet-Cookie: x=1" : "");
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

static void flood(struct http_exchange *x)
{
    x->out.limit = 4096;
    while (!x->out.failed)
        buf_add_text(&x->out, "more and ");
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

static void short_table(struct http_exchange *x)
{
    unsigned first = TABLE_ROWS - 3;
    buf_add(&x->out, &first, sizeof first);
    x->content_type_out = "text/csv";
    x->source = (struct http_source){table_read, NULL, x, true};
}

/* Fails after so many bytes: `left` of them are still to come. */
static ssize_t broken_read(void *data, char *out, size_t max)
{
    struct http_exchange *x = data;
    size_t *left = (size_t *)(void *)x->out.data;
    size_t length = *left < max ? *left : max;
    memset(out, 'h', length);
    *left -= length;
    return length ? (ssize_t)length : -2;
}

static void break_after(struct http_exchange *x, size_t length)
{
    buf_add(&x->out, &length, sizeof length);
    x->source = (struct http_source){broken_read, NULL, x, true};
}

static void broken(struct http_exchange *x)
{
    break_after(x, 4);
}

static void broken_late(struct http_exchange *x)
{
    break_after(x, 1 << 20);
}

static const struct route_moving moving = {"cursor", "X-Cursor"};

static void moves(struct http_exchange *x)
{
    static unsigned count;
    buf_printf(&x->out, "{\"cursor\":\"c-%u\",\"rest\":%s}", ++count,
               http_param(x, "number") ? http_param(x, "number") : "0");
}

static void numbers(struct http_exchange *x)
{
    for (int i = 0; i < 1000; i++)
        buf_printf(&x->out, "%d,", i * i);
}

static void nothing(struct http_exchange *x)
{
    x->status = 204;
}

static const char *const name_param[] = {"name", "number", NULL};

static const struct route routes[] = {
    {"GET", "/hello", NULL, 0, ROUTE_EVENT_THREAD, hello, "says hello", 0, false, NULL},
    {"DELETE", "/hello", NULL, 0, ROUTE_EVENT_THREAD, nothing, "says nothing", 0, false,
     NULL},
    {"POST", "/echo", NULL, BODY_MAX, ROUTE_EVENT_THREAD, echo, "gives the body back", 0,
     false, NULL},
    {"POST", "/worker", NULL, BODY_MAX, ROUTE_WORKER, echo_on_worker, "on a worker", 0,
     false, NULL},
    {"POST", "/place", NULL, BODY_MAX, ROUTE_WORKER, say_place, "small bodies", 4, false,
     NULL},
    {"GET", "/page", route_any_params, 0, ROUTE_EVENT_THREAD, hello, "any query", 0,
     false, NULL},
    {"GET", "/runs/{run}", name_param, 0, ROUTE_WORKER, echo_param, "a parameter", 0,
     false, NULL},
    {"GET", "/fail", NULL, 0, ROUTE_EVENT_THREAD, problem, "a problem", 0, false, NULL},
    {"GET", "/busy", NULL, 0, ROUTE_WORKER, busy, "too much", 0, false, NULL},
    {"GET", "/inject", name_param, 0, ROUTE_EVENT_THREAD, inject, "a bad header", 0,
     false, NULL},
    {"GET", "/quick", NULL, 0, ROUTE_EVENT_THREAD, defer_quick, "at once, elsewhere", 0,
     false, NULL},
    {"GET", "/flood", NULL, 0, ROUTE_EVENT_THREAD, flood, "too long an answer", 0, false,
     NULL},
    {"GET", "/table", NULL, 0, ROUTE_WORKER, table, "a long body", 0, false, NULL},
    {"GET", "/moves", name_param, 0, ROUTE_WORKER, moves, "a cursor", 0, false, &moving},
    {"GET", "/numbers", NULL, 0, ROUTE_WORKER, numbers, "many", 0, false, NULL},
    {"GET", "/short", NULL, 0, ROUTE_WORKER, short_table, "a short table", 0, false,
     NULL},
    {"GET", "/broken", NULL, 0, ROUTE_WORKER, broken, "a body that fails", 0, false,
     NULL},
    {"GET", "/broken-late", NULL, 0, ROUTE_WORKER, broken_late, "after a megabyte", 0,
     false, NULL},
};

static struct app app;
static struct http_server *server;

static int group_start(void **state)
{
    (void)state;
    server = app_start(&app, routes, sizeof routes / sizeof *routes);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    http_stop(server);
    return app.workers_open == 0 ? 0 : -1;
}

static struct buf ask(const char *text)
{
    return ask_bytes(server, text, strlen(text));
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
    {"what answers a page's post tells the browser what it may do",
     "POST /echo HTTP/1.1\r\n" HOST
     "Sec-Fetch-Site: same-origin\r\nContent-Length: 2\r\n" END_OF_HEADER "hi",
     200, "Content-Security-Policy: "},
    {"a short stream is sent as a body", "GET /short HTTP/1.1\r\n" HOST END_OF_HEADER,
     200, "Content-Length: 30\r\n"},
    {"what a worker answered can be asked for again",
     "GET /numbers HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "ETag: W/\""},
    {"whoever stores an answer asks again",
     "GET /numbers HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "Cache-Control: private, no-cache\r\n"},
    {"an answer for one encoding is none for another",
     "GET /numbers HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "Vary: Accept-Encoding\r\n"},
    {"gzip when asked for",
     "GET /numbers HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n" END_OF_HEADER, 200,
     "Content-Encoding: gzip\r\n"},
    {"a long stream in gzip",
     "GET /table HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n" END_OF_HEADER, 200,
     "Content-Encoding: gzip\r\n"},
    {"head of a packed answer",
     "HEAD /numbers HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n" END_OF_HEADER, 200,
     "Content-Encoding: gzip\r\n"},
    {"what a client holds is not sent again",
     "GET /numbers HTTP/1.1\r\n" HOST "If-None-Match: *\r\n" END_OF_HEADER, 304,
     "ETag: W/\""},
    {"a post is done though its answer is held",
     "POST /worker HTTP/1.1\r\n" HOST
     "If-None-Match: *\r\nContent-Length: 2\r\n" END_OF_HEADER "hi",
     200, "hi"},
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
    {"small body stays on the event thread",
     "POST /place HTTP/1.1\r\n" HOST "Content-Length: 4\r\n" END_OF_HEADER "four", 200,
     "on the event thread"},
    {"larger body goes to a worker",
     "POST /place HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END_OF_HEADER "five!", 200,
     "on a worker"},
    {"page with its own query", "GET /page?view=a&view=b HTTP/1.1\r\n" HOST END_OF_HEADER,
     200, NULL},
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
    {"busy says when to come back", "GET /busy HTTP/1.1\r\n" HOST END_OF_HEADER, 503,
     "Retry-After: 1\r\n"},
    {"what went wrong has no tag", "GET /busy HTTP/1.1\r\n" HOST END_OF_HEADER, 503,
     "Cache-Control: no-store\r\n"},
    {"deferred and done before the handler is",
     "GET /quick HTTP/1.1\r\n" HOST END_OF_HEADER, 200, "quick"},
    {"answer over its limit", "GET /flood HTTP/1.1\r\n" HOST END_OF_HEADER, 413,
     "answer_too_large"},
    {"long body from a worker", "GET /table HTTP/1.1\r\n" HOST END_OF_HEADER, 200,
     "row 19999\n"},
    {"head of a long body", "HEAD /table HTTP/1.1\r\n" HOST END_OF_HEADER, 200, NULL},
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
     "GET /table HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n"
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
    struct buf out = ask_bytes(server, hello_bytes, sizeof hello_bytes - 1);
    assert_true(status_of(out.data) == 0 || status_of(out.data) == 400);
    buf_release(&out);
}

static void long_target_is_414(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"GET /", "a", " HTTP/1.1\r\n" HOST END_OF_HEADER,
                                      40000},
                    414);
}

static void many_headers_are_431(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"GET /hello HTTP/1.1\r\n" HOST, "A: b\r\n",
                                      END_OF_HEADER, 2000},
                    431);
}

static void long_method_is_405(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"", "A", " /hello HTTP/1.1\r\n" HOST END_OF_HEADER,
                                      10000},
                    405);
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

static void half_closed_client_gets_its_answer(void **state)
{
    (void)state;
    struct buf out =
        ask_and_half_close(server, "GET /table HTTP/1.1\r\n" HOST END_OF_HEADER);
    assert_non_null(strstr(out.data, "row 19999\n"));
    buf_release(&out);
}

static void body_that_fails_is_cut_before_its_end(void **state)
{
    (void)state;
    struct buf out = ask("GET /broken-late HTTP/1.1\r\n" HOST END_OF_HEADER);
    assert_non_null(strstr(out.data, "hhhh"));
    assert_null(strstr(out.data, "\r\n0\r\n\r\n"));
    buf_release(&out);
}

/* An HTTP/1.0 client could not tell a cut body from one that ends. */
static void body_that_fails_before_a_byte_was_sent_is_500(void **state)
{
    static const char *const versions[] = {"1.0", "1.1"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char request[128];
        snprintf(request, sizeof request, "GET /broken HTTP/%s\r\n" HOST END_OF_HEADER,
                 versions[i]);
        struct buf out = ask(request);
        assert_non_null(strstr(out.data, " 500 "));
        assert_non_null(strstr(out.data, "answer_failed"));
        assert_null(strstr(out.data, "hhhh"));
        buf_release(&out);
    }
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

static void a_training_job_is_spared_what_only_browsers_read(void **state)
{
    (void)state;
    struct buf out =
        ask("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" END_OF_HEADER "hi");
    assert_non_null(strstr(out.data, "X-Content-Type-Options: nosniff\r\n"));
    assert_null(strstr(out.data, "Content-Security-Policy"));
    buf_release(&out);
}

/* The value of a header as `name: value`, NUL-terminated in place. */
static char *header_line(struct buf *answer, const char *name)
{
    char *line = strstr(answer->data, name);
    assert_non_null(line);
    line[strcspn(line, "\r")] = '\0';
    return line;
}

static void what_moves_is_told_beside_an_answer_that_did_not_change(void **state)
{
    (void)state;
    char request[256];
    struct buf first = ask("GET /moves HTTP/1.1\r\n" HOST END_OF_HEADER);
    assert_non_null(strstr(first.data, "\r\nX-Cursor: c-1\r\n"));
    assert_non_null(strstr(first.data, "{\"cursor\":\"c-1\",\"rest\":0}"));
    const char *etag = header_line(&first, "ETag: ") + strlen("ETag: ");
    for (int number = 0; number < 2; number++) {
        snprintf(request, sizeof request,
                 "GET /moves?number=%d HTTP/1.1\r\n" HOST
                 "If-None-Match: %s\r\n" END_OF_HEADER,
                 number, etag);
        struct buf again = ask(request);
        assert_non_null(strstr(again.data, number ? " 200 " : " 304 "));
        assert_non_null(strstr(again.data, number ? "X-Cursor: c-3" : "X-Cursor: c-2"));
        assert_int_equal(!!strstr(again.data, "\"rest\""), number);
        buf_release(&again);
    }
    buf_release(&first);
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
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(refused_body_does_not_become_a_request),
        cmocka_unit_test(half_closed_client_gets_its_answer),
        cmocka_unit_test(body_that_fails_is_cut_before_its_end),
        cmocka_unit_test(body_that_fails_before_a_byte_was_sent_is_500),
        cmocka_unit_test(long_body_is_whole),
        cmocka_unit_test(injected_header_is_left_out),
        cmocka_unit_test(a_training_job_is_spared_what_only_browsers_read),
        cmocka_unit_test(what_moves_is_told_beside_an_answer_that_did_not_change),
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
