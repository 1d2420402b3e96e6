/* The http room alone: bodies of requests, plain, chunked and packed. */
#include "http_app.h"

#include <zlib.h>

#define BODY_MAX 1000

static void echo(struct http_exchange *x)
{
    buf_add(&x->out, x->body, x->body_length);
}

static const struct route routes[] = {
    {"POST", "/echo", NULL, BODY_MAX, ROUTE_EVENT_THREAD, echo, "gives the body back", 0,
     false, NULL},
};

static struct app app;
static struct http_server *server;

static int group_start(void **state)
{
    (void)state;
    server = app_start(&app, routes, 1);
    return 0;
}

static int group_stop(void **state)
{
    (void)state;
    http_stop(server);
    return 0;
}

static void body_at_the_limit_is_taken(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"POST /echo HTTP/1.1\r\n" HOST
                                      "Content-Length: 1000\r\n" END_OF_HEADER,
                                      "a", "", BODY_MAX},
                    200);
}

static void body_over_the_limit_is_413_after_it_was_read(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"POST /echo HTTP/1.1\r\n" HOST
                                      "Content-Length: 1001\r\n" END_OF_HEADER,
                                      "a", "", BODY_MAX + 1},
                    413);
}

static void chunked_body_over_the_limit_is_413(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"POST /echo HTTP/1.1\r\n" HOST
                                      "Transfer-Encoding: chunked\r\n" END_OF_HEADER,
                                      "a\r\n0123456789\r\n", "0\r\n\r\n", 200},
                    413);
}

/* H034: what never ends is cut. */
static void endless_body_is_cut(void **state)
{
    (void)state;
    expect_repeated(server,
                    (struct repeated){"POST /echo HTTP/1.1\r\n" HOST
                                      "Transfer-Encoding: chunked\r\n" END_OF_HEADER,
                                      "a\r\n0123456789\r\n", "", 200000},
                    0);
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
    out = ask_bytes(server, request.data, request.length);
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

static void H033_half_closed_in_the_body_is_closed(void **state)
{
    (void)state;
    struct buf out = ask_and_half_close(server, "POST /echo HTTP/1.1\r\n" HOST
                                                "Content-Length: 50\r\n\r\nhello");
    assert_int_equal(status_of(out.data), 0);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_at_the_limit_is_taken),
        cmocka_unit_test(body_over_the_limit_is_413_after_it_was_read),
        cmocka_unit_test(chunked_body_over_the_limit_is_413),
        cmocka_unit_test(endless_body_is_cut),
        cmocka_unit_test(gzip_body_is_unpacked),
        cmocka_unit_test(gzip_bomb_is_413),
        cmocka_unit_test(H033_half_closed_in_the_body_is_closed),
    };
    return cmocka_run_group_tests_name("http_body", tests, group_start, group_stop);
}
