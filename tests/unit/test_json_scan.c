/* ingest/json_scan and ingest/json_check: every token, every refusal. */
#include "base/limits.h"
#include "ingest/json_check.h"
#include "ingest/json_scan.h"

#include "rows.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scans to the end; the status of the first failure. */
static enum status scan_all(const char *text, size_t length, struct err *err)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, length, 1);
    do {
        enum status status = json_next(&scan, &token, err);
        if (status)
            return status;
    } while (token.kind != JSON_END);
    return ST_OK;
}

/* An exact copy on the heap, so that the sanitizer sees a read past the end. */
static char *exact_copy(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    return memcpy(copy, text, length);
}

/* --- refusals --- */

static const struct refusal {
    const char *name, *text, *code;
    size_t length; /* 0: strlen */
} refusals[] = {
    {"empty body", "", "empty_body", 0},
    {"only blanks", " \n\t ", "empty_body", 0},
    {"truncated object", "{\"epoch\":1,\"metrics\":{\"loss\":0.1", "bad_json", 0},
    {"truncated string", "{\"epo", "bad_json", 0},
    {"truncated after the key", "{\"epoch\"", "bad_json", 0},
    {"truncated after the colon", "{\"epoch\":", "bad_json", 0},
    {"truncated after the comma", "[1,", "bad_json", 0},
    {"trailing garbage", "{\"epoch\":1,\"loss\":1}xyz", "trailing_data", 0},
    {"two documents", "{\"epoch\":1}{\"epoch\":2}", "trailing_data", 0},
    {"trailing comma in an object", "{\"a\":1,}", "bad_json", 0},
    {"trailing comma in an array", "[1,]", "bad_json", 0},
    {"leading comma", "[,1]", "bad_json", 0},
    {"no comma", "[1 2]", "bad_json", 0},
    {"two commas", "[1,,2]", "bad_json", 0},
    {"wrong bracket", "[1}", "bad_json", 0},
    {"closing after the colon", "{\"a\":}", "bad_json", 0},
    {"single quotes", "{'run':'a'}", "bad_json", 0},
    {"unquoted key", "{run:\"a\"}", "bad_json", 0},
    {"number as a key", "{1:2}", "bad_json", 0},
    {"value as a member", "{\"a\"}", "bad_json", 0},
    {"comment", "{/* no */\"a\":1}", "bad_json", 0},
    {"UTF-16 body", "\xff\xfe{\0\"\0a\0\"\0", "bad_utf8", 10},
    {"Latin-1 byte between tokens", "{\"a\":\xe9}", "bad_utf8", 0},
    {"UTF-8 letter between tokens", "{\"a\":\xc3\xa9}", "bad_json", 0},
    {"raw newline in a string", "{\"run\":\"a\nb\"}", "bad_json", 0},
    {"raw NUL in a string", "\"a\0b\"", "bad_json", 5},
    {"control bytes used as white space", "{\x01\"run\"\x02:\x03\"a\"}", "bad_json", 0},
    {"invalid UTF-8 in a string", "{\"run\":\"\xff\xfe\"}", "bad_utf8", 0},
    {"overlong UTF-8", "\"\xc0\xaf\"", "bad_utf8", 0},
    {"raw surrogate bytes", "{\"run\":\"\xed\xa0\x80\"}", "bad_utf8", 0},
    {"lone high surrogate escape", "{\"run\":\"\\ud800\"}", "bad_json", 0},
    {"lone low surrogate escape", "\"\\udc00\"", "bad_json", 0},
    {"two high surrogate escapes", "\"\\ud800\\ud800\"", "bad_json", 0},
    {"cut unicode escape", "\"\\u12", "bad_json", 0},
    {"unicode escape of no hex", "\"\\u12g4\"", "bad_json", 0},
    {"unknown escape", "\"\\x41\"", "bad_json", 0},
    {"NUL as an escape letter", "\"\\\0\"", "bad_json", 4},
    {"escape at the end", "\"\\", "bad_json", 0},
    {"NUL escape in a value", "{\"run\":\"a\\u0000b\"}", "nul_in_string", 0},
    {"NUL escape in a key", "{\"epoch\":1,\"lo\\u0000ss\":1}", "nul_in_string", 0},
    {"1e999", "{\"loss\":1e999}", "number_out_of_range", 0},
    {"-1e999", "-1e999", "number_out_of_range", 0},
    {"leading zeros", "[007]", "bad_json", 0},
    {"leading plus", "[+1]", "bad_json", 0},
    {"no digit before the dot", "[.5]", "bad_json", 0},
    {"no digit after the dot", "[1.]", "bad_json", 0},
    {"minus dot", "[-.5]", "bad_json", 0},
    {"hexadecimal", "[0x10]", "bad_json", 0},
    {"underscore in a number", "[1_000]", "bad_json", 0},
    {"exponent without digits", "[1e]", "bad_json", 0},
    {"exponent with only a sign", "[1e+]", "bad_json", 0},
    {"two signs", "[--1]", "bad_json", 0},
    {"minus alone", "[-]", "bad_json", 0},
    {"nan in lower case", "[nan]", "bad_json", 0},
    {"-NaN", "[-NaN]", "bad_json", 0},
    {"True of Python", "[True]", "bad_json", 0},
    {"word with a tail", "[truely]", "bad_json", 0},
};

static void refuses(void **state)
{
    const struct refusal *row = *state;
    size_t length = row->length ? row->length : strlen(row->text);
    char *text = exact_copy(row->text, length);
    struct err err = {0};
    enum status status = scan_all(text, length, &err);
    free(text);
    assert_string_equal(err.code, row->code);
    assert_int_equal(status, strcmp(row->code, "number_out_of_range") ? ST_MALFORMED
                                                                      : ST_INVALID);
}

static void names_line_and_column(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(scan_all("{\n  \"a\": 1,\n  b\n}", 17, &err), ST_MALFORMED);
    assert_non_null(strstr(err.text, "line 3, column 3:"));
}

static void every_prefix_of_a_document_is_refused(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1.5e-3,\"\\u00e9\",null,{}],\"b\":-Infinity}";
    for (size_t n = 0; n < strlen(text); n++) {
        char *cut = exact_copy(text, n);
        assert_int_equal(scan_all(cut, n, NULL), ST_MALFORMED);
        free(cut);
    }
    assert_int_equal(scan_all(text, strlen(text), NULL), ST_OK);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 2];
    struct err err = {0};
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        enum status want = depth > JSON_DEPTH_MAX ? ST_MALFORMED : ST_OK;
        assert_int_equal(scan_all(text, 2 * depth, &err), want);
    }
    assert_string_equal(err.code, "too_deep");
}

static void a_hundred_thousand_objects_are_too_deep(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = malloc(5 * DEPTH);
    assert_non_null(text);
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(text + 5 * i, "{\"a\":", 5);
    struct err err = {0};
    assert_int_equal(scan_all(text, 5 * DEPTH, &err), ST_MALFORMED);
    assert_string_equal(err.code, "too_deep");
    free(text);
}

static void number_length_has_a_limit(void **state)
{
    (void)state;
    char text[70];
    struct err err = {0};
    memset(text, '9', sizeof text);
    assert_int_equal(scan_all(text, 64, &err), ST_OK);
    assert_int_equal(scan_all(text, 65, &err), ST_MALFORMED);
    assert_string_equal(err.code, "number_too_long");
}

/* --- values --- */

static const struct number_row {
    const char *text;
    double value;
    bool integer;
    int64_t exact;
} numbers[] = {
    {"0", 0, true, 0},
    {"-1", -1, true, -1},
    {"1.0", 1, true, 1},
    {"1e3", 1000, true, 1000},
    {"1000e-3", 1, true, 1},
    {"0.85", 0.85, false, 0},
    {"1.5", 1.5, false, 0},
    {"15e-1", 1.5, false, 0},
    {"0e400", 0, true, 0},
    {"1e-400", 0, false, 0},
    {"5e-324", 5e-324, false, 0},
    {"2.2250738585072011e-308", 2.2250738585072011e-308, false, 0},
    {"1.7976931348623157e308", DBL_MAX, false, 0},
    {"9007199254740991", 9007199254740991.0, true, 9007199254740991},
    {"9007199254740993", 9007199254740992.0, true, 9007199254740993},
    {"9223372036854775807", 9223372036854775807.0, true, INT64_MAX},
    {"9223372036854775808", 9223372036854775808.0, false, 0},
    {"0.1000000000000000055511151231257827", 0.1, false, 0},
    {"123456789012345678901234567890", 123456789012345678901234567890.0, false, 0},
    {"1e22", 1e22, false, 0},
    {"1e23", 1e23, false, 0},
    {"NaN", NAN, false, 0},
    {"Infinity", INFINITY, false, 0},
    {"-Infinity", -INFINITY, false, 0},
};

static void reads_number(void **state)
{
    const struct number_row *row = *state;
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, row->text, strlen(row->text), 1);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_int_equal(token.kind, JSON_NUMBER);
    assert_near(token.number, row->value, 0);
    assert_int_equal(token.integer, row->integer);
    if (row->integer)
        assert_int_equal(token.exact, row->exact);
}

static void minus_zero_keeps_its_sign(void **state)
{
    (void)state;
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, "-0.0", 4, 1);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_true(token.number == 0 && signbit(token.number));
}

/* Any bits that are a finite double come back from their 17 digits. */
static void random_doubles_are_bit_exact(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = seed ^ seed >> 29;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[40];
        int length = snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.16e", value);
        struct json_scan scan;
        struct json_token token;
        json_scan_init(&scan, text, (size_t)length, 1);
        assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
        assert_memory_equal(&token.number, &value, sizeof value);
    }
}

static const struct string_row {
    const char *name, *text, *want;
} strings[] = {
    {"plain", "\"loss\"", "loss"},
    {"empty", "\"\"", ""},
    {"every letter escape", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
    {"unicode escapes", "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
    {"surrogate pair", "\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!"},
    {"raw UTF-8", "\"\xc3\xa9\xf0\x9f\x98\x80\"", "\xc3\xa9\xf0\x9f\x98\x80"},
    {"line separators", "\"a\\u2028b\\u2029\"",
     "a\xe2\x80\xa8"
     "b\xe2\x80\xa9"},
};

static void reads_string(void **state)
{
    const struct string_row *row = *state;
    char plain[256];
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, row->text, strlen(row->text), 1);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_int_equal(token.kind, JSON_STRING);
    assert_true(token.length < sizeof plain);
    plain[json_unescape(&token, plain)] = '\0';
    assert_string_equal(plain, row->want);
    assert_true(json_token_is(&token, row->want));
    assert_false(json_token_is(&token, "other"));
}

static void tokens_come_in_order(void **state)
{
    (void)state;
    static const enum json_kind want[] = {
        JSON_OBJECT_BEGIN, JSON_KEY, JSON_ARRAY_BEGIN,  JSON_NUMBER,     JSON_STRING,
        JSON_ARRAY_END,    JSON_KEY, JSON_OBJECT_BEGIN, JSON_OBJECT_END, JSON_KEY,
        JSON_TRUE,         JSON_KEY, JSON_FALSE,        JSON_KEY,        JSON_NULL,
        JSON_OBJECT_END,   JSON_END};
    const char *text = "\xef\xbb\xbf { \"a\" : [ 1 , \"x\" ] ,\r\n\"b\":{},\t\"c\":true,"
                       "\"d\":false,\"e\":null } \n";
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, strlen(text), 1);
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
        assert_int_equal(token.kind, want[i]);
    }
}

static void skip_passes_over_a_nested_value(void **state)
{
    (void)state;
    const char *text = "[{\"a\":[1,[2,{}]]},7]";
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, text, strlen(text), 1);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_int_equal(json_skip(&scan, &token, NULL), ST_OK);
    assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    assert_int_equal(token.exact, 7);
}

/* --- json_check, json_scan_member --- */

static const struct check_row {
    const char *name, *text, *code; /* "" = passes */
} checks[] = {
    {"plain object", "{\"id\":\"a\",\"config\":{\"id\":1}}", ""},
    {"same key in sibling objects", "[{\"a\":1},{\"a\":2}]", ""},
    {"same key inside and outside", "{\"a\":{\"a\":{\"a\":1}}}", ""},
    {"keys that differ only in case", "{\"a\":1,\"A\":2}", ""},
    {"duplicate key", "{\"a\":1,\"b\":2,\"a\":3}", "duplicate_key"},
    {"duplicate key deeper", "{\"x\":[{\"a\":1,\"a\":2}]}", "duplicate_key"},
    {"duplicate key after an inner object", "{\"a\":{\"z\":1},\"a\":2}", "duplicate_key"},
    {"duplicate key by escape", "{\"a\":1,\"\\u0061\":2}", "duplicate_key"},
    {"bare NaN", "{\"a\":NaN}", "bad_json"},
    {"NaN as text", "{\"a\":\"NaN\"}", ""},
    {"trailing data", "{} {}", "trailing_data"},
    {"NUL escape", "{\"a\":\"\\u0000\"}", "nul_in_string"},
};

static void checks_control_object(void **state)
{
    const struct check_row *row = *state;
    struct arena arena;
    struct err err = {0};
    arena_init(&arena, 1 << 16);
    enum status status = json_check(row->text, strlen(row->text), &arena, &err);
    assert_string_equal(err.code, row->code);
    assert_int_equal(status, *row->code ? ST_MALFORMED : ST_OK);
    if (!strcmp(row->code, "duplicate_key"))
        assert_string_equal(err.field, "a");
    arena_release(&arena);
}

static void check_stays_within_its_arena(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 16);
    assert_int_equal(json_check("{\"a\":1,\"b\":2}", 13, &arena, NULL), ST_TOO_LARGE);
    arena_release(&arena);
}

static const struct member_row {
    const char *name, *text, *want; /* NULL = not found */
} members[] = {
    {"object", "{\"a\":1,\"config\": {\"lr\":1.10} ,\"b\":2}", "{\"lr\":1.10}"},
    {"number digit by digit", "{\"config\":0.10000000000000000001}",
     "0.10000000000000000001"},
    {"string with its quotes", "{\"config\":\"x\\\"y\"}", "\"x\\\"y\""},
    {"array", "{\"config\":[1,[2]]}", "[1,[2]]"},
    {"null", "{\"config\":null}", "null"},
    {"escaped key", "{\"\\u0063onfig\":1}", "1"},
    {"only at the top", "{\"a\":{\"config\":1}}", NULL},
    {"absent", "{\"a\":1}", NULL},
    {"no object", "[\"config\",1]", NULL},
    {"broken value", "{\"config\":{\"a\":}", NULL},
};

static void finds_member(void **state)
{
    const struct member_row *row = *state;
    size_t from = 0, length = 0;
    bool found = json_scan_member(row->text, strlen(row->text), "config", &from, &length);
    assert_int_equal(found, row->want != NULL);
    if (!found)
        return;
    assert_int_equal(length, strlen(row->want));
    assert_memory_equal(row->text + from, row->want, length);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(refusals); i++)
        rows_add(&rows, refusals[i].name, refuses, &refusals[i]);
    for (size_t i = 0; i < COUNT(numbers); i++)
        rows_add(&rows, numbers[i].text, reads_number, &numbers[i]);
    for (size_t i = 0; i < COUNT(strings); i++)
        rows_add(&rows, strings[i].name, reads_string, &strings[i]);
    for (size_t i = 0; i < COUNT(checks); i++)
        rows_add(&rows, checks[i].name, checks_control_object, &checks[i]);
    for (size_t i = 0; i < COUNT(members); i++)
        rows_add(&rows, members[i].name, finds_member, &members[i]);
    rows_add(&rows, "names line and column", names_line_and_column, NULL);
    rows_add(&rows, "every prefix of a document is refused",
             every_prefix_of_a_document_is_refused, NULL);
    rows_add(&rows, "depth has a limit", depth_has_a_limit, NULL);
    rows_add(&rows, "100000 objects are too deep",
             a_hundred_thousand_objects_are_too_deep, NULL);
    rows_add(&rows, "number length has a limit", number_length_has_a_limit, NULL);
    rows_add(&rows, "minus zero keeps its sign", minus_zero_keeps_its_sign, NULL);
    rows_add(&rows, "random doubles are bit exact", random_doubles_are_bit_exact, NULL);
    rows_add(&rows, "tokens come in order", tokens_come_in_order, NULL);
    rows_add(&rows, "skip passes over a nested value", skip_passes_over_a_nested_value,
             NULL);
    rows_add(&rows, "check stays within its arena", check_stays_within_its_arena, NULL);
    return rows_run(&rows);
}
