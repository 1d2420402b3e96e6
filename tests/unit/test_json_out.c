/* base/json_out: commas, escapes, numbers; what it writes, the strict scanner reads. */
#include "base/json_out.h"
#include "ingest/json_scan.h"
#include "rows.h"

#include <string.h>

static void assert_scans(const struct buf *buf)
{
    struct json_scan scan;
    struct json_token token;
    json_scan_init(&scan, buf->data, buf->length, 1);
    do {
        assert_int_equal(json_next(&scan, &token, NULL), ST_OK);
    } while (token.kind != JSON_END);
}

static void write_nested(struct json_out *json)
{
    json_object_begin(json);
    json_key(json, "a");
    json_array_begin(json);
    json_int(json, 1);
    json_array_begin(json);
    json_array_end(json);
    json_object_begin(json);
    json_object_end(json);
    json_text(json, "x");
    json_array_end(json);
    json_key_bool(json, "b", true);
    json_key(json, "c");
    json_null(json);
    json_object_end(json);
}

static void write_numbers(struct json_out *json)
{
    json_array_begin(json);
    json_double(json, 0.1);
    json_double(json, -0.0);
    json_double(json, 5e-324);
    json_double(json, NAN);
    json_double(json, INFINITY);
    json_double(json, -INFINITY);
    json_int(json, INT64_MIN);
    json_array_end(json);
}

static void write_texts(struct json_out *json)
{
    json_array_begin(json);
    json_text(json, "a\"b\\c\n\t\x1b\x01");
    json_text(json, "</script>&amp;");
    json_text(json, "\xc3\xa9");
    json_text(json, "");
    json_text(json, NULL);
    json_array_end(json);
}

static void write_members(struct json_out *json)
{
    json_object_begin(json);
    json_key_text(json, "t", "x");
    json_key_text(json, "n", NULL);
    json_key_double(json, "d", 1.5);
    json_key_int(json, "i", -3);
    json_key_bool(json, "f", false);
    json_key(json, "r");
    json_raw(json, "{\"lr\":1.10}");
    json_key(json, "e");
    json_raw(json, "");
    json_key(json, "time");
    json_time(json, 1795465239123);
    json_key(json, "k\"<");
    json_bool(json, true);
    json_object_end(json);
}

static const struct row {
    const char *name;
    void (*write)(struct json_out *json);
    const char *want;
} table[] = {
    {"nested", write_nested, "{\"a\":[1,[],{},\"x\"],\"b\":true,\"c\":null}"},
    {"numbers", write_numbers,
     "[0.1,-0,5e-324,\"NaN\",\"Infinity\",\"-Infinity\",-9223372036854775808]"},
    {"texts", write_texts,
     "[\"a\\\"b\\\\c\\n\\u0009\\u001b\\u0001\",\"\\u003c/script\\u003e\\u0026amp;\","
     "\"\xc3\xa9\",\"\",null]"},
    {"members", write_members,
     "{\"t\":\"x\",\"n\":null,\"d\":1.5,\"i\":-3,\"f\":false,\"r\":{\"lr\":1.10},"
     "\"e\":null,\"time\":\"2026-11-23T20:20:39.123Z\",\"k\\\"\\u003c\":true}"},
};

static void writes(void **state)
{
    const struct row *row = *state;
    struct buf buf;
    struct json_out json;
    buf_init(&buf, 4096);
    json_init(&json, &buf);
    row->write(&json);
    assert_false(buf.failed);
    assert_string_equal(buf.data, row->want);
    assert_scans(&buf);
    buf_release(&buf);
}

static void thirty_one_levels(void **state)
{
    (void)state;
    struct buf buf;
    struct json_out json;
    buf_init(&buf, 4096);
    json_init(&json, &buf);
    for (int i = 0; i < 31; i++) {
        json_array_begin(&json);
        json_int(&json, i);
    }
    for (int i = 0; i < 31; i++)
        json_array_end(&json);
    assert_memory_equal(buf.data, "[0,[1,[2,", 9);
    assert_int_equal(buf.data[buf.length - 1], ']');
    buf_release(&buf);
}

static void a_full_buffer_fails_once_and_stays_failed(void **state)
{
    (void)state;
    struct buf buf;
    struct json_out json;
    buf_init(&buf, 4);
    json_init(&json, &buf);
    json_array_begin(&json);
    json_text(&json, "longer than four bytes");
    json_array_end(&json);
    assert_true(buf.failed);
    assert_true(buf.length <= 4);
    buf_release(&buf);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(table); i++)
        rows_add(&rows, table[i].name, writes, &table[i]);
    rows_add(&rows, "thirty-one levels", thirty_one_levels, NULL);
    rows_add(&rows, "a full buffer fails once and stays failed",
             a_full_buffer_fails_once_and_stays_failed, NULL);
    return rows_run(&rows);
}
