#include "rows.h"

#include "api/config_diff.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct diff_row {
    const char *name, *a, *b, *differences;
};

static const struct diff_row diffs[] = {
    {"the same", "{\"lr\": 0.1}", "{\"lr\":0.1}", "[]"},
    {"the same number in other digits", "{\"lr\":0.1}", "{\"lr\":1.0e-1}", "[]"},
    {"another number", "{\"lr\":0.1}", "{\"lr\":0.2}",
     "[{\"key\":\"lr\",\"values\":{\"a\":0.1,\"b\":0.2}}]"},
    {"a number and a text", "{\"lr\":1}", "{\"lr\":\"1\"}",
     "[{\"key\":\"lr\",\"values\":{\"a\":1,\"b\":\"1\"}}]"},
    {"only in one", "{\"x\":null}", "{}", "[{\"key\":\"x\",\"values\":{\"a\":null}}]"},
    {"no configuration at all", NULL, "{\"x\":1}",
     "[{\"key\":\"x\",\"values\":{\"b\":1}}]"},
    {"a cleared configuration", "null", "{}", "[]"},
    {"nested keys are joined", "{\"o\":{\"p\":{\"q\":1}},\"z\":3}",
     "{\"o\":{\"p\":{\"q\":2}},\"z\":3}",
     "[{\"key\":\"o.p.q\",\"values\":{\"a\":1,\"b\":2}}]"},
    {"keys after a nested object", "{\"o\":{\"p\":1},\"z\":3}",
     "{\"o\":{\"p\":1},\"z\":4}", "[{\"key\":\"z\",\"values\":{\"a\":3,\"b\":4}}]"},
    {"another order", "{\"x\":1,\"y\":2}", "{\"y\":2,\"x\":1}", "[]"},
    {"arrays are compared whole, digits as sent", "{\"b\":[0.90, 0.99]}", "{\"b\":[0.9]}",
     "[{\"key\":\"b\",\"values\":{\"a\":[0.90, 0.99],\"b\":[0.9]}}]"},
    {"escapes in keys are undone", "{\"a\\u0062\":1}", "{\"ab\":1}", "[]"},
};

struct seed_row {
    const char *name, *a, *b;
    bool same;
};

static const struct seed_row seeds[] = {
    {"only the seed differs", "{\"lr\":0.1,\"seed\":1}", "{\"lr\":0.1,\"seed\":2}", true},
    {"a nested seed", "{\"t\":{\"random_seed\":1},\"lr\":1}",
     "{\"t\":{\"random_seed\":7},\"lr\":1.0}", true},
    {"a seed in one alone", "{\"lr\":1,\"SEED\":3}", "{\"lr\":1}", true},
    {"the rate differs too", "{\"lr\":0.1,\"seed\":1}", "{\"lr\":0.2,\"seed\":2}", false},
    {"a key in one alone", "{\"lr\":0.1}", "{\"lr\":0.1,\"wd\":0}", false},
    {"seeds are all that is said", "{\"seed\":1}", "{\"seed\":2}", false},
    {"nothing is said", "{}", "{}", false},
    {"no configuration", NULL, "{\"lr\":1}", false},
    {"a key that only begins with it below", "{\"seed\":{\"lr\":1}}",
     "{\"seed\":{\"lr\":2}}", false},
};

static void seed_case(void **state)
{
    const struct seed_row *row = *state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(config_same_but_seed(row->a, row->b, &arena), row->same);
    arena_release(&arena);
}

static void diff_case(void **state)
{
    const struct diff_row *row = *state;
    const struct config_of configs[] = {{"a", row->a}, {"b", row->b}};
    struct arena arena;
    struct buf out;
    struct json_out json;
    struct err err = {0};
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 16);
    json_init(&json, &out);
    assert_int_equal(config_diff_write(configs, 2, &arena, &json, &err), ST_OK);
    assert_string_equal(out.data, row->differences);
    buf_release(&out);
    arena_release(&arena);
}

static void a_key_that_is_too_long_is_passed_over(void **state)
{
    (void)state;
    char text[700] = "{\"";
    memset(text + 2, 'k', 600);
    strcpy(text + 602, "\":{\"a\":1},\"z\":1}");
    const struct config_of configs[] = {{"a", text}, {"b", "{\"z\":2}"}};
    struct arena arena;
    struct buf out;
    struct json_out json;
    struct err err = {0};
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 16);
    json_init(&json, &out);
    assert_int_equal(config_diff_write(configs, 2, &arena, &json, &err), ST_OK);
    assert_string_equal(out.data, "[{\"key\":\"z\",\"values\":{\"a\":1,\"b\":2}}]");
    buf_release(&out);
    arena_release(&arena);
}

/* {"k0":value,"k1":value,...}; the caller frees it. */
static char *many_keys(int count, int value)
{
    char *text = malloc((size_t)count * 24 + 3), *end = text;
    assert_non_null(text);
    *end++ = '{';
    for (int i = 0; i < count; i++)
        end += sprintf(end, "%s\"k%d\":%d", i ? "," : "", i, value);
    strcpy(end, "}");
    return text;
}

static void keys_beyond_the_limit_are_passed_over(void **state)
{
    (void)state;
    enum { KEYS = COMPARE_KEYS_MAX + 500 };
    char *a = many_keys(KEYS, 1), *b = many_keys(KEYS, 1);
    strstr(a, "\"k1999\":1")[8] = '2';
    strstr(a, "\"k2000\":1")[8] = '2';
    const struct config_of configs[] = {{"a", a}, {"b", b}};
    struct arena arena;
    struct buf out;
    struct json_out json;
    struct err err = {0};
    arena_init(&arena, 1 << 20);
    buf_init(&out, 1 << 16);
    json_init(&json, &out);
    assert_int_equal(config_diff_write(configs, 2, &arena, &json, &err), ST_OK);
    assert_string_equal(out.data, "[{\"key\":\"k1999\",\"values\":{\"a\":2,\"b\":1}}]");
    buf_release(&out);
    arena_release(&arena);
    free(a);
    free(b);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    const struct config_of configs[] = {{"a", "{}"}, {"b", "{}"}};
    struct arena arena;
    struct buf out;
    struct json_out json;
    struct err err = {0};
    arena_init(&arena, 100);
    buf_init(&out, 100);
    json_init(&json, &out);
    assert_int_equal(config_diff_write(configs, 2, &arena, &json, &err), ST_TOO_LARGE);
    arena_release(&arena);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(seeds); i++)
        rows_add(&rows, seeds[i].name, seed_case, &seeds[i]);
    for (size_t i = 0; i < COUNT(diffs); i++)
        rows_add(&rows, diffs[i].name, diff_case, &diffs[i]);
    rows_add(&rows, "a key that is too long is passed over",
             a_key_that_is_too_long_is_passed_over, NULL);
    rows_add(&rows, "keys beyond the limit are passed over",
             keys_beyond_the_limit_are_passed_over, NULL);
    rows_add(&rows, "without memory it says so", without_memory_it_says_so, NULL);
    return rows_run(&rows);
}
