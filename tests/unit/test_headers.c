#include "near.h"

#include "http/headers.h"

#include <string.h>

struct row {
    const char *name;
    const char *lines[3]; /* "Name: value"; NULL ends */
    const char *code;     /* of the refusal, NULL: fine */
    uint64_t length;      /* of the body */
};

static const struct row rows[] = {
    {"nothing", {NULL}, NULL, 0},
    {"length", {"Content-Length: 17", NULL}, NULL, 17},
    {"name in any case", {"CONTENT-length: 17", NULL}, NULL, 17},
    {"largest length",
     {"Content-Length: 18446744073709551615", NULL},
     NULL,
     BODY_UNKNOWN - 1},
    {"length that does not fit",
     {"Content-Length: 99999999999999999999", NULL},
     NULL,
     BODY_UNKNOWN - 1},
    {"chunked", {"Transfer-Encoding: chunked", NULL}, NULL, BODY_UNKNOWN},
    {"chunked in any case", {"Transfer-Encoding: Chunked", NULL}, NULL, BODY_UNKNOWN},
    {"other coding", {"Transfer-Encoding: gzip, chunked", NULL}, "bad_framing", 0},
    {"identity coding", {"Transfer-Encoding: identity", NULL}, "bad_framing", 0},
    {"length and chunked",
     {"Content-Length: 5", "Transfer-Encoding: chunked", NULL},
     "bad_framing",
     0},
    {"length with a sign", {"Content-Length: +5", NULL}, "bad_framing", 0},
    {"negative length", {"Content-Length: -5", NULL}, "bad_framing", 0},
    {"empty length", {"Content-Length: ", NULL}, "bad_framing", 0},
    {"list of lengths", {"Content-Length: 5, 5", NULL}, "bad_framing", 0},
    {"two lengths",
     {"Content-Length: 5", "Content-Length: 5", NULL},
     "duplicate_header",
     0},
    {"two hosts", {"Host: a", "Host: b", NULL}, "duplicate_header", 0},
    {"two origins", {"Origin: a", "origin: a", NULL}, "duplicate_header", 0},
    {"two lists are one list",
     {"Accept-Encoding: a", "Accept-Encoding: b", NULL},
     NULL,
     0},
    {"two unknown ones", {"X-A: a", "X-A: b", NULL}, NULL, 0},
    {"blank in the name", {"Content-Length : 5", NULL}, "bad_header", 0},
    {"no name", {": 5", NULL}, "bad_header", 0},
    {"control byte in the name", {"Ho\x01st: 5", NULL}, "bad_header", 0},
    {"byte above ascii in the name", {"H\xc3\xb6st: 5", NULL}, "bad_header", 0},
    {"control byte in the value", {"X-A: a\x7f", NULL}, "bad_header", 0},
    {"tab in the value", {"X-A: a\tb", NULL}, NULL, 0},
    {"utf-8 in the value", {"X-A: \xc3\xb6", NULL}, NULL, 0},
};

static enum status add_line(struct headers *headers, const char *text, struct err *err)
{
    char copy[80];
    assert_true(strlen(text) < sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    char *colon = strchr(copy, ':');
    *colon = '\0';
    const char *value = text + (colon - copy) + 2;
    struct header_line line = {copy, value, strlen(copy), strlen(value)};
    return headers_add(headers, &line, err);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    struct headers headers = {0};
    struct err err = {0};
    uint64_t length = 0;
    enum status status = ST_OK;
    for (size_t i = 0; !status && row->lines[i]; i++)
        status = add_line(&headers, row->lines[i], &err);
    if (!status)
        status = headers_body_length(&headers, &length, &err);
    assert_int_equal(status, row->code ? ST_MALFORMED : ST_OK);
    assert_string_equal(err.code, row->code ? row->code : "");
    if (!status)
        assert_true(length == row->length);
}

static void gzip_is_taken_where_it_is_welcome(void **state)
{
    static const struct {
        const char *accept;
        bool gzip;
    } lists[] = {
        {"gzip", true},
        {"br, gzip", true},
        {"deflate,GZIP;q=0.5", true},
        {"gzip ; q=1, br", true},
        {"gzip;q=0.5, identity;q=0.5", true},
        {"gzip;q=0.5, identity", false},
        {"gzip;q=0.2, identity;q=0.3, *;q=0", false},
        {"*", true},
        {"*;q=0.1, br", true},
        {"*, gzip;q=0", false},
        {"identity, *;q=0.5", false},
        {"gzip;q=0", false},
        {"gzip;q=0.000, br", false},
        {"gzip;q=-1", false},
        {"gzip;q=nan", false},
        {"x-gzip", false},
        {"gzipped", false},
        {"identity", false},
        {"", false},
        {" ,, ", false},
        {NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (header_prefers_gzip(lists[i].accept) != lists[i].gzip)
            fail_msg("Accept-Encoding: %s", lists[i].accept ? lists[i].accept : "(none)");
    }
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 1] = {
        cmocka_unit_test(gzip_is_taken_where_it_is_welcome)};
    for (size_t i = 0; i < ROWS; i++)
        tests[i + 1] = (struct CMUnitTest){rows[i].name, test_row, NULL, NULL,
                                           (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
