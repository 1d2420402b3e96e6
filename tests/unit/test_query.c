#include "near.h"

#include "http/query.h"

#include <string.h>

static const char *const known[] = {"T_max", "base_lr", "points", "q", NULL};

struct row {
    const char *name, *text;
    const char *code;  /* of the refusal, NULL: fine */
    const char *param; /* then this one has that value */
    const char *value;
};

static const struct row rows[] = {
    {"none", NULL, NULL, "q", NULL},
    {"empty", "", NULL, "q", NULL},
    {"one", "q=a", NULL, "q", "a"},
    {"two", "q=a&points=5", NULL, "points", "5"},
    {"absent", "q=a", NULL, "points", NULL},
    {"empty value", "q=", NULL, "q", ""},
    {"no value", "q", NULL, "q", ""},
    {"equals sign in the value", "q=a=b", NULL, "q", "a=b"},
    {"question mark in the value", "q=a?b", NULL, "q", "a?b"},
    {"plus is a blank", "q=a+b", NULL, "q", "a b"},
    {"encoded plus", "q=a%2Bb", NULL, "q", "a+b"},
    {"encoded ampersand", "q=a%26points=b", NULL, "q", "a&points=b"},
    {"encoded name", "%71=a", NULL, "q", "a"},
    {"decoded once", "q=%2541", NULL, "q", "%41"},
    {"utf-8", "q=%E2%82%AC", NULL, "q", "\xe2\x82\xac"},
    {"bad escape", "q=%4", "bad_query", NULL, NULL},
    {"bad escape in the name", "%zz=a", "bad_query", NULL, NULL},
    {"encoded nul", "q=a%00", "bad_query", NULL, NULL},
    {"encoded newline", "q=a%0a", "bad_query", NULL, NULL},
    {"bad utf-8", "q=%ff", "bad_query", NULL, NULL},
    {"no name", "=a", "bad_query", NULL, NULL},
    {"nothing between ampersands", "q=a&&points=5", "bad_query", NULL, NULL},
    {"ampersand at the end", "q=a&", "bad_query", NULL, NULL},
    {"unknown", "zzzzzz=1", "unknown_parameter", NULL, NULL},
    {"unknown but near", "max_T=1", "unknown_parameter", NULL, NULL},
    {"case matters", "Q=1", "unknown_parameter", NULL, NULL},
    {"twice", "q=a&q=b", "duplicate_parameter", NULL, NULL},
    {"twice, encoded differently", "q=a&%71=b", "duplicate_parameter", NULL, NULL},
};

static enum status parse_and_check(const char *text, struct arena *arena,
                                   struct query *query, struct err *err)
{
    enum status status = query_parse(text, arena, query, err);
    return status ? status : query_check(query, known, err);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    struct query query;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    enum status status = parse_and_check(row->text, &arena, &query, &err);
    assert_int_equal(status == ST_OK, row->code == NULL);
    assert_string_equal(err.code, row->code ? row->code : "");
    if (status == ST_OK) {
        const char *value = query_value(&query, row->param);
        assert_int_equal(value == NULL, row->value == NULL);
        if (value)
            assert_string_equal(value, row->value);
    }
    arena_release(&arena);
}

static void nearest_name_is_suggested(void **state)
{
    (void)state;
    struct query query;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(parse_and_check("max_T=10", &arena, &query, &err), ST_INVALID);
    assert_string_equal(err.text, "unknown parameter \"max_T\": did you mean \"T_max\"?");
    assert_string_equal(err.field, "max_T");
    assert_int_equal(err.record, -1);
    arena_release(&arena);
}

static void route_without_parameters_knows_none(void **state)
{
    (void)state;
    struct query query;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(query_parse("q=1", &arena, &query, &err), ST_OK);
    assert_int_equal(query_check(&query, NULL, &err), ST_INVALID);
    arena_release(&arena);
}

static enum status parse_many(size_t count)
{
    char text[4 * QUERY_PARAMS_MAX + 8] = "";
    struct query query;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < count; i++)
        memcpy(text + 4 * i, "a=1&", 4);
    text[4 * count - 1] = '\0';
    enum status status = query_parse(text, &arena, &query, &err);
    arena_release(&arena);
    return status;
}

static void number_of_parameters_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(parse_many(QUERY_PARAMS_MAX), ST_OK);
    assert_int_equal(parse_many(QUERY_PARAMS_MAX + 1), ST_MALFORMED);
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 3] = {
        cmocka_unit_test(nearest_name_is_suggested),
        cmocka_unit_test(route_without_parameters_knows_none),
        cmocka_unit_test(number_of_parameters_is_bounded),
    };
    for (size_t i = 0; i < ROWS; i++)
        tests[i + 3] = (struct CMUnitTest){rows[i].name, test_row, NULL, NULL,
                                           (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
