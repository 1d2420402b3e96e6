#include "near.h"

#include "http/route.h"

#include <string.h>

static void handle(struct http_exchange *x)
{
    (void)x;
}

#define ROW(method, pattern)                                                          \
    {                                                                                 \
        method, pattern, NULL, 0, ROUTE_EVENT_THREAD, handle, pattern, 0, false, NULL \
    }

static const struct route table[] = {
    ROW("GET", "/"),
    ROW("GET", "/runs/{run}"),
    ROW("DELETE", "/runs/{run}"),
    ROW("PATCH", "/runs/{run}"),
    ROW("GET", "/runs"),
    ROW("POST", "/runs"),
    ROW("GET", "/runs/compare"),
    ROW("GET", "/{room}/compare/{run}"),
    ROW("GET", "/runs/{run}/epochs"),
    ROW("GET", "/runs/compare/{run}"),
    ROW("POST", "/runs/{run}/points/{metric}"),
};
enum { COUNT = sizeof table / sizeof *table };

struct row {
    const char *name, *method, *path;
    enum status status;
    const char *pattern;        /* of the row that is found; with ST_METHOD: Allow */
    const char *first, *second; /* segments, NULL = none */
};

static const struct row rows[] = {
    {"root", "GET", "/", ST_OK, "/", NULL, NULL},
    {"literal", "POST", "/runs", ST_OK, "/runs", NULL, NULL},
    {"segment", "GET", "/runs/a", ST_OK, "/runs/{run}", "a", NULL},
    {"two segments", "POST", "/runs/a/points/loss", ST_OK, "/runs/{run}/points/{metric}",
     "a", "loss"},
    {"segment is decoded", "GET", "/runs/a%20b", ST_OK, "/runs/{run}", "a b", NULL},
    {"segment is decoded once", "GET", "/runs/%252e", ST_OK, "/runs/{run}", "%2e", NULL},
    {"encoded slash stays in its segment", "GET", "/runs/a%2Fepochs", ST_OK,
     "/runs/{run}", "a/epochs", NULL},
    {"plus is no blank", "GET", "/runs/a+b", ST_OK, "/runs/{run}", "a+b", NULL},
    {"utf-8 in a segment", "GET", "/runs/%c3%a9", ST_OK, "/runs/{run}", "\xc3\xa9", NULL},
    {"head is served by get", "HEAD", "/runs/a", ST_OK, "/runs/{run}", "a", NULL},
    {"literal before segment", "GET", "/runs/compare", ST_OK, "/runs/compare", NULL,
     NULL},
    {"first literal decides", "GET", "/runs/compare/a", ST_OK, "/runs/compare/{run}", "a",
     NULL},
    {"other method of a pattern that matches", "DELETE", "/runs/compare", ST_OK,
     "/runs/{run}", "compare", NULL},
    {"unknown", "GET", "/nothing", ST_NOT_FOUND, NULL, NULL, NULL},
    {"slash at the end", "GET", "/runs/", ST_NOT_FOUND, NULL, NULL, NULL},
    {"empty segment", "GET", "/runs//epochs", ST_NOT_FOUND, NULL, NULL, NULL},
    {"two slashes at the start", "GET", "//runs", ST_NOT_FOUND, NULL, NULL, NULL},
    {"longer than the pattern", "GET", "/runs/a/epochs/b", ST_NOT_FOUND, NULL, NULL,
     NULL},
    {"case matters", "GET", "/Runs", ST_NOT_FOUND, NULL, NULL, NULL},
    {"dots are a name", "GET", "/runs/..", ST_OK, "/runs/{run}", "..", NULL},
    {"wrong method", "PUT", "/runs", ST_METHOD, "GET, HEAD, POST", NULL, NULL},
    {"wrong method of several", "POST", "/runs/a", ST_METHOD, "GET, HEAD, PATCH, DELETE",
     NULL, NULL},
    {"lower case method", "get", "/runs", ST_METHOD, "GET, HEAD, POST", NULL, NULL},
    {"empty method", "", "/runs", ST_METHOD, "GET, HEAD, POST", NULL, NULL},
    {"no slash", "GET", "runs", ST_MALFORMED, NULL, NULL, NULL},
    {"empty path", "GET", "", ST_MALFORMED, NULL, NULL, NULL},
    {"bad escape", "GET", "/runs/%zz", ST_MALFORMED, NULL, NULL, NULL},
    {"cut escape", "GET", "/runs/a%4", ST_MALFORMED, NULL, NULL, NULL},
    {"bad escape, unknown path", "GET", "/x/%", ST_MALFORMED, NULL, NULL, NULL},
    {"encoded nul", "GET", "/runs/a%00b", ST_MALFORMED, NULL, NULL, NULL},
    {"encoded control byte", "GET", "/runs/a%0d%0ab", ST_MALFORMED, NULL, NULL, NULL},
    {"bad utf-8", "GET", "/runs/%ff", ST_MALFORMED, NULL, NULL, NULL},
    {"raw bad utf-8", "GET", "/runs/\xff", ST_MALFORMED, NULL, NULL, NULL},
    {"overlong utf-8", "GET", "/runs/%c0%af", ST_MALFORMED, NULL, NULL, NULL},
};

static void check(const struct row *row, const struct route *routes)
{
    struct route_match match;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    enum status status =
        route_find(routes, COUNT, row->method, row->path, &arena, &match, &err);
    assert_int_equal(status, row->status);
    if (status == ST_METHOD)
        assert_string_equal(match.allow, row->pattern);
    if (status == ST_OK) {
        assert_string_equal(match.route->pattern, row->pattern);
        assert_int_equal(match.segment_count, !!row->first + !!row->second);
        if (row->first)
            assert_string_equal(match.segments[0], row->first);
        if (row->second)
            assert_string_equal(match.segments[1], row->second);
    }
    arena_release(&arena);
}

static void test_row(void **state)
{
    check(*state, table);
}

static void order_of_the_table_does_not_matter(void **state)
{
    (void)state;
    struct route reversed[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        memcpy(&reversed[i], &table[COUNT - 1 - i], sizeof *reversed);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i], reversed);
}

static void no_memory_is_busy(void **state)
{
    (void)state;
    struct route_match match;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(route_find(table, COUNT, "GET", "/runs/a", &arena, &match, &err),
                     ST_BUSY);
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 2] = {
        cmocka_unit_test(order_of_the_table_does_not_matter),
        cmocka_unit_test(no_memory_is_busy),
    };
    for (size_t i = 0; i < ROWS; i++)
        tests[i + 2] = (struct CMUnitTest){rows[i].name, test_row, NULL, NULL,
                                           (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
