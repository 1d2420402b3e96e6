/* ingest/batch: what each body means, and what is refused with which code and place. */
#include "base/limits.h"
#include "ingest/batch.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_MS 1763929239123

struct parsed {
    struct arena arena;
    struct batch batch;
    struct err err;
    enum status status;
};

/* Parses an exact copy, so that the sanitizer sees a read past the end. */
static void parse(struct parsed *parsed, enum ingest_format format, const char *body,
                  size_t length)
{
    memset(parsed, 0, sizeof *parsed);
    arena_init(&parsed->arena, 64 << 20);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, body, length);
    parsed->status = ingest_parse(format, copy, length, NOW_MS, &parsed->arena,
                                  &parsed->batch, &parsed->err);
    free(copy);
}

static void release(struct parsed *parsed)
{
    arena_release(&parsed->arena);
}

/* --- refusals --- */

static const struct refusal {
    const char *name;
    enum ingest_format format;
    enum status status;
    const char *code, *body, *field;
    int record;
    size_t length; /* 0: strlen */
} refusals[] = {
#define J   INGEST_JSON
#define N   INGEST_NDJSON
#define C   INGEST_CSV
#define MAL ST_MALFORMED
#define INV ST_INVALID
    {"empty body", J, MAL, "empty_body", "", "", 0, 0},
    {"empty NDJSON", N, MAL, "empty_body", "\n \r\n", "", -1, 0},
    {"empty CSV", C, MAL, "empty_body", "\n", "", 0, 0},
    {"CSV with only a header", C, MAL, "empty_body", "epoch,loss\n", "", -1, 0},
    {"truncated object", J, MAL, "bad_json", "{\"epoch\":1,\"metrics\":{\"loss\":0.1", "",
     0, 0},
    {"trailing garbage", J, MAL, "trailing_data", "{\"epoch\":1,\"loss\":1}xyz", "", 1,
     0},
    {"two documents on one line", J, MAL, "trailing_data",
     "{\"epoch\":1,\"l\":1}{\"epoch\":2,\"l\":1}", "", 1, 0},
    {"second line is no object", J, MAL, "trailing_data", "{\"epoch\":1}\n[]", "", 1, 0},
    {"lines after an object over several lines", J, MAL, "trailing_data",
     "{\"epoch\":\n1}\n{\"epoch\":2}", "", 1, 0},
    {"bytes after the array", J, MAL, "trailing_data", "[{\"epoch\":1}] 2", "", 1, 0},
    {"trailing comma", J, MAL, "bad_json", "{\"epoch\":1,}", "", 0, 0},
    {"single quotes", J, MAL, "bad_json", "{'run':'a'}", "", 0, 0},
    {"unquoted key", J, MAL, "bad_json", "{run:\"a\"}", "", 0, 0},
    {"UTF-16 body", J, MAL, "bad_utf8", "\xff\xfe{\0\"\0", "", 0, 6},
    {"number as document", J, MAL, "bad_shape", "1", "", 0, 0},
    {"null as document", J, MAL, "bad_shape", "null", "", 0, 0},
    {"true as document", J, MAL, "bad_shape", "true", "", 0, 0},
    {"string as document", J, MAL, "bad_shape", "\"x\"", "", 0, 0},
    {"empty array", J, MAL, "bad_shape", "[]", "", 0, 0},
    {"array of numbers", J, MAL, "bad_shape", "[1,1,1]", "", 0, 0},
    {"array inside the array", J, MAL, "bad_shape", "[{\"epoch\":1},[]]", "", 1, 0},
    {"array as NDJSON line", N, MAL, "bad_shape", "[{\"epoch\":1}]", "", 0, 0},
    {"depth of arrays", J, MAL, "too_deep", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
     "", 0, 0},
    {"depth of objects", J, MAL, "too_deep",
     "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"
     "\"a\":"
     "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1",
     "", 0, 0},
    {"duplicate key", J, MAL, "duplicate_key", "{\"epoch\":1,\"loss\":1,\"loss\":2}",
     "loss", 0, 0},
    {"duplicate key by escape", J, MAL, "duplicate_key",
     "{\"epoch\":1,\"loss\":1,\"\\u006coss\":2}", "loss", 0, 0},
    {"duplicate epoch", J, MAL, "duplicate_key", "{\"epoch\":1,\"epoch\":1}", "epoch", 0,
     0},
    {"duplicate key in the second record", J, MAL, "duplicate_key",
     "[{\"epoch\":1,\"a\":1},{\"a\":1,\"epoch\":2,\"a\":1}]", "a", 1, 0},
    {"raw control character in a string", J, MAL, "bad_json", "{\"a\":\"a\nb\"}", "", 0,
     0},
    {"invalid UTF-8 in a key", J, MAL, "bad_utf8", "{\"\xff\xfe\":1}", "", 0, 0},
    {"lone surrogate escape", J, MAL, "bad_json", "{\"\\ud800\":1}", "", 0, 0},
    {"NUL escape in a key", J, MAL, "nul_in_string", "{\"epoch\":1,\"lo\\u0000ss\":1}",
     "", 0, 0},
    {"NDJSON with one bad line", N, MAL, "bad_json",
     "{\"epoch\":1}\n{\"epoch\":2}\n{bad\n{\"epoch\":4}\n", "", 2, 0},
    {"NDJSON cut in mid-line", N, MAL, "bad_json", "{\"epoch\":1}\n{\"epoch\":2,\"lo", "",
     1, 0},
    {"NDJSON with two objects on a line", N, MAL, "trailing_data",
     "{\"epoch\":1}{\"epoch\":2}\n", "", 1, 0},
    {"digits without end", J, MAL, "number_too_long",
     "[9999999999999999999999999999999999999999999999999999999999999999999999]", "", 0,
     0},
    {"string as epoch", J, INV, "bad_type", "{\"run\":5,\"epoch\":\"1\"}", "epoch", 0, 0},
    {"word as epoch", J, INV, "bad_type", "{\"epoch\":\"NaN\"}", "epoch", 0, 0},
    {"NaN as epoch", J, INV, "bad_type", "{\"epoch\":NaN}", "epoch", 0, 0},
    {"array as metric", J, INV, "bad_type", "{\"epoch\":1,\"m\":[]}", "m", 0, 0},
    {"object as metric", J, INV, "bad_type", "{\"epoch\":1,\"m\":{\"loss\":1}}", "m", 0,
     0},
    {"boolean metric", J, INV, "bad_type", "{\"epoch\":1,\"ok\":true}", "ok", 0, 0},
    {"text as metric", J, INV, "bad_type", "{\"epoch\":1,\"loss\":\"high\"}", "loss", 0,
     0},
    {"number in quotes", J, INV, "bad_type", "{\"epoch\":1,\"loss\":\"0.5\"}", "loss", 0,
     0},
    {"no epoch", J, INV, "missing_epoch", "{\"loss\":1}", "epoch", 0, 0},
    {"empty object", J, INV, "missing_epoch", "{}", "epoch", 0, 0},
    {"null as epoch", J, INV, "missing_epoch", "{\"epoch\":null,\"loss\":1}", "epoch", 0,
     0},
    {"no epoch in the third record", J, INV, "missing_epoch",
     "[{\"epoch\":1},{\"epoch\":2},{\"loss\":1}]", "epoch", 2, 0},
    {"epoch -1", J, INV, "epoch_negative", "{\"epoch\":-1}", "epoch", 0, 0},
    {"step -1", J, INV, "epoch_negative", "{\"step\":-1}", "step", 0, 0},
    {"fractional epoch without step", J, INV, "bad_type", "{\"epoch\":1.5}", "epoch", 0,
     0},
    {"fractional step", J, INV, "bad_type", "{\"step\":1.5,\"epoch\":1}", "step", 0, 0},
    {"epoch 2^53", J, INV, "number_out_of_range", "{\"epoch\":9007199254740992}", "epoch",
     0, 0},
    {"epoch 2^53 + 1", J, INV, "number_out_of_range", "{\"epoch\":9007199254740993}",
     "epoch", 0, 0},
    {"step int64 max", J, INV, "number_out_of_range", "{\"step\":9223372036854775807}",
     "step", 0, 0},
    {"step int64 max + 1", J, INV, "number_out_of_range",
     "{\"step\":9223372036854775808}", "step", 0, 0},
    {"1e999", J, INV, "number_out_of_range", "{\"epoch\":1,\"loss\":1e999}", "", 0, 0},
    {"time in milliseconds", J, INV, "bad_time", "{\"epoch\":1,\"time\":1.7e12}", "time",
     0, 0},
    {"time in nanoseconds", J, INV, "bad_time", "{\"epoch\":1,\"time\":1.7e18}", "time",
     0, 0},
    {"time before 1970", J, INV, "bad_time", "{\"epoch\":1,\"time\":-1}", "time", 0, 0},
    {"time NaN", J, INV, "bad_time", "{\"epoch\":1,\"time\":NaN}", "time", 0, 0},
    {"time of words", J, INV, "bad_time", "{\"epoch\":1,\"time\":\"yesterday\"}", "time",
     0, 0},
    {"time without zone", J, INV, "bad_time",
     "{\"epoch\":1,\"time\":\"2026-11-23T20:20:39\"}", "time", 0, 0},
    {"time true", J, INV, "bad_type", "{\"epoch\":1,\"time\":true}", "time", 0, 0},
    {"empty metric name", J, INV, "bad_metric_name", "{\"epoch\":1,\"\":1}", "", 0, 0},
    {"blank before a metric name", J, INV, "bad_metric_name", "{\"epoch\":1,\" a\":1}",
     " a", 0, 0},
    {"blank after a reserved name", J, INV, "bad_metric_name",
     "{\"epoch\":1,\"epoch \":1}", "epoch ", 0, 0},
    {"newline in a metric name", J, INV, "bad_metric_name", "{\"epoch\":1,\"a\\nb\":1}",
     "a\nb", 0, 0},
    {"escape character in a metric name", J, INV, "bad_metric_name",
     "{\"epoch\":1,\"a\\u001b[31m\":1}", "a\x1b[31m", 0, 0},
    {"CSV row too short", C, MAL, "bad_csv", "epoch,loss,lr\n1,0.5,0.1\n2,0.4\n", "loss",
     1, 0},
    {"CSV row too long", C, MAL, "bad_csv", "epoch,loss\n1,0.5,0.1\n", "loss", 0, 0},
    {"CSV duplicate header", C, MAL, "duplicate_key", "run,epoch,loss,loss\n", "loss", 0,
     0},
    {"CSV without epoch", C, INV, "missing_epoch", "loss,lr\n1,2\n", "", 0, 0},
    {"CSV with semicolons", C, INV, "missing_epoch", "epoch;loss\n1;2\n", "", 0, 0},
    {"CSV empty epoch", C, INV, "missing_epoch", "epoch,loss\n,2\n", "epoch", 0, 0},
    {"CSV text cell", C, INV, "bad_type", "epoch,note\n1,\"=cmd|' /C calc'!A0\"\n",
     "note", 0, 0},
    {"CSV fractional epoch", C, INV, "bad_type", "epoch,loss\n1.5,2\n", "epoch", 0, 0},
    {"CSV negative epoch", C, INV, "epoch_negative", "epoch,loss\n-1,2\n", "epoch", 0, 0},
    {"CSV 1e999", C, INV, "number_out_of_range", "epoch,loss\n1,1e999\n", "loss", 0, 0},
    {"CSV digits without end", C, MAL, "number_too_long",
     "epoch,a\n1,"
     "999999999999999999999999999999999999999999999999999999999999999999999\n",
     "a", 0, 0},
    {"CSV quote without end", C, MAL, "bad_csv", "epoch,loss\n1,\"2\n", "", 0, 0},
    {"CSV text after a quote", C, MAL, "bad_csv", "epoch,loss\n1,\"2\"x\n", "", 0, 0},
    {"CSV quote inside a cell", C, MAL, "bad_csv", "epoch,loss\n1,2\"3\n", "", 0, 0},
    {"CSV unnamed column", C, INV, "bad_metric_name", ",epoch\n1,2\n", "", 0, 0},
    {"CSV header in Latin-1", C, MAL, "bad_utf8", "epoch,\xe9\n1,2\n", "epoch", 0, 0},
    {"CSV time of words", C, INV, "bad_time", "epoch,time\n1,now\n", "time", 0, 0},
#undef J
#undef N
#undef C
#undef MAL
#undef INV
};

static void refuses(void **state)
{
    const struct refusal *row = *state;
    struct parsed parsed;
    parse(&parsed, row->format, row->body, row->length ? row->length : strlen(row->body));
    assert_string_equal(parsed.err.code, row->code);
    assert_int_equal(parsed.status, row->status);
    assert_string_equal(parsed.err.field, row->field);
    assert_int_equal(parsed.err.record, row->record);
    assert_true(*parsed.err.text);
    release(&parsed);
}

static const struct line_row {
    const char *name;
    enum ingest_format format;
    const char *body, *want;
} lines[] = {
    {"NDJSON malformed", INGEST_NDJSON, "{\"epoch\":1}\n\n{bad\n", "line 3"},
    {"NDJSON wrong value", INGEST_NDJSON, "{\"epoch\":1}\n\n{\"epoch\":-1}\n", "line 3"},
    {"NDJSON no epoch", INGEST_NDJSON, "{\"loss\":1}\n", "line 1, record 0"},
    {"lines under an unspecific type", INGEST_JSON, "{\"epoch\":1}\n{bad\n", "line 2"},
    {"CSV text", INGEST_CSV, "epoch,loss\r\n\r\n1,2\r\n2,x\r\n", "line 4"},
    {"CSV header", INGEST_CSV, "\n\nloss,lr\n1,2\n", "line 3"},
    {"CSV too short", INGEST_CSV, "epoch,loss\n1,2\n2\n", "line 3"},
    {"CSV quote without end", INGEST_CSV, "epoch,\"lo\"\"ss\"\n1,\"\"\n2,\"\n\n",
     "line 3"},
};

static void names_the_line(void **state)
{
    const struct line_row *row = *state;
    struct parsed parsed;
    parse(&parsed, row->format, row->body, strlen(row->body));
    assert_int_not_equal(parsed.status, ST_OK);
    assert_non_null(strstr(parsed.err.text, row->want));
    release(&parsed);
}

/* --- what a body means --- */

static const struct accepted {
    const char *name;
    enum ingest_format format;
    const char *body;
    /* record:step:metric=value of each point, in order */
    const char *want;
} accepted[] = {
    {"one record", INGEST_JSON,
     "{\"epoch\": 1, \"train_loss\": 0.85, \"val_loss\": 0.90, \"lr\": 0.1}",
     "0:1:train_loss=0.85 0:1:val_loss=0.9 0:1:lr=0.1 "},
    {"an array of records", INGEST_JSON, "[{\"epoch\":1,\"a\":1},{\"epoch\":2,\"a\":2}]",
     "0:1:a=1 1:2:a=2 "},
    {"byte order mark", INGEST_JSON, "\xef\xbb\xbf{\"epoch\":1,\"a\":1}", "0:1:a=1 "},
    {"NDJSON without final newline", INGEST_NDJSON,
     "{\"epoch\":1,\"a\":1}\n{\"epoch\":2,\"a\":2}", "0:1:a=1 1:2:a=2 "},
    {"NDJSON with CRLF and blank lines", INGEST_NDJSON,
     "{\"epoch\":1,\"a\":1}\r\n\r\n{\"epoch\":2,\"a\":2}\r\n", "0:1:a=1 1:2:a=2 "},
    {"lines sent as JSON", INGEST_JSON,
     "{\"epoch\":1,\"a\":1}\n\n{\"epoch\":2,\"a\":2}\n", "0:1:a=1 1:2:a=2 "},
    {"an object over several lines", INGEST_JSON, "{\n \"epoch\":1,\n \"a\":1\n}\n",
     "0:1:a=1 "},
    {"records in another key order", INGEST_JSON,
     "[{\"epoch\":1,\"a\":1,\"b\":2},{\"b\":3,\"epoch\":2,\"a\":4},{\"a\":5,\"epoch\":3}"
     "]",
     "0:1:a=1 0:1:b=2 1:2:b=3 1:2:a=4 2:3:a=5 "},
    {"keys that differ only in case", INGEST_JSON, "{\"epoch\":1,\"loss\":1,\"LOSS\":2}",
     "0:1:loss=1 0:1:LOSS=2 "},
    {"non-finite bare words", INGEST_JSON,
     "{\"epoch\":1,\"a\":NaN,\"b\":Infinity,\"c\":-Infinity}",
     "0:1:a=nan 0:1:b=inf 0:1:c=-inf "},
    {"non-finite words in quotes", INGEST_JSON,
     "{\"epoch\":1,\"a\":\"NaN\",\"b\":\"Infinity\",\"c\":\"-Infinity\"}",
     "0:1:a=nan 0:1:b=inf 0:1:c=-inf "},
    {"null is not measured", INGEST_JSON, "{\"epoch\":1,\"a\":null,\"b\":1}", "0:1:b=1 "},
    {"1e-400 is zero", INGEST_JSON, "{\"epoch\":1,\"a\":1e-400}", "0:1:a=0 "},
    {"extremes of double", INGEST_JSON,
     "{\"epoch\":1,\"a\":5e-324,\"b\":1.7976931348623157e308}",
     "0:1:a=4.94065645841247e-324 0:1:b=1.7976931348623157e+308 "},
    {"epoch 1.0 and 1e3", INGEST_JSON,
     "[{\"epoch\":1.0,\"a\":1},{\"epoch\":1e3,\"a\":1}]", "0:1:a=1 1:1000:a=1 "},
    {"epoch 0 and 2^53 - 1", INGEST_JSON,
     "[{\"epoch\":0,\"a\":1},{\"epoch\":9007199254740991,\"a\":1}]",
     "0:0:a=1 1:9007199254740991:a=1 "},
    {"epochs out of order", INGEST_JSON,
     "[{\"epoch\":5,\"a\":1},{\"epoch\":3,\"a\":2},{\"epoch\":3,\"a\":3}]",
     "0:5:a=1 1:3:a=2 2:3:a=3 "},
    {"step and epoch: epoch is a metric", INGEST_JSON,
     "{\"epoch\":1.25,\"loss\":2,\"step\":100}", "0:100:loss=2 0:100:epoch=1.25 "},
    {"step alone", INGEST_JSON, "{\"step\":7,\"loss\":2}", "0:7:loss=2 "},
    {"only an epoch", INGEST_JSON, "{\"epoch\":1}", ""},
    {"names a page must survive", INGEST_JSON,
     "{\"epoch\":1,\"__proto__\":1,\"constructor\":2,\"a'); DROP TABLE points;--\":3}",
     "0:1:__proto__=1 0:1:constructor=2 0:1:a'); DROP TABLE points;--=3 "},
    {"escaped name equals the plain one", INGEST_JSON,
     "[{\"epoch\":1,\"\\u006coss\":1},{\"epoch\":2,\"loss\":2}]",
     "0:1:loss=1 1:2:loss=2 "},
    {"NFC and NFD are two names", INGEST_JSON,
     "{\"epoch\":1,\"\xc3\xa9\":1,\"e\xcc\x81\":2}", "0:1:\xc3\xa9=1 0:1:e\xcc\x81=2 "},
    {"right-to-left override in a name", INGEST_JSON, "{\"epoch\":1,\"a\\u202eb\":1}",
     "0:1:a\xe2\x80\xae"
     "b=1 "},
    {"CSV", INGEST_CSV, "epoch,train_loss,val_loss,lr\n1,0.85,0.90,0.1\n2,0.8,0.9,0.1\n",
     "0:1:train_loss=0.85 0:1:val_loss=0.9 0:1:lr=0.1 "
     "1:2:train_loss=0.8 1:2:val_loss=0.9 1:2:lr=0.1 "},
    {"CSV with BOM, CRLF, blank lines and padding", INGEST_CSV,
     "\xef\xbb\xbf epoch , loss\r\n\r\n 1 , 0.5\r\n2,\t0.25",
     "0:1:loss=0.5 1:2:loss=0.25 "},
    {"CSV with quotes", INGEST_CSV, "\"epoch\",\"a,\"\"b\"\"\"\n\"1\",\"2\"\n",
     "0:1:a,\"b\"=2 "},
    {"CSV empty cells", INGEST_CSV, "epoch,a,b\n1,,2\n2,\"\",\n3,1,\n",
     "0:1:b=2 2:3:a=1 "},
    {"CSV words and forms", INGEST_CSV, "epoch,a,b,c,d\n1,nan,-inf,+.5,Infinity\n",
     "0:1:a=nan 0:1:b=-inf 0:1:c=0.5 0:1:d=inf "},
    {"CSV step and epoch", INGEST_CSV, "step,epoch,a\n10,0.5,1\n",
     "0:10:a=1 0:10:epoch=0.5 "},
};

static void means(void **state)
{
    const struct accepted *row = *state;
    struct parsed parsed;
    parse(&parsed, row->format, row->body, strlen(row->body));
    assert_string_equal(parsed.err.text, "");
    assert_int_equal(parsed.status, ST_OK);
    char text[1024] = "";
    size_t n = 0;
    for (size_t i = 0; i < parsed.batch.point_count; i++) {
        const struct point *point = &parsed.batch.points[i];
        assert_int_equal(point->time_ms, NOW_MS);
        const char *sign = isnan(point->value) ? "nan" : NULL;
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%u:%lld:%s=", point->record,
                             (long long)point->step, parsed.batch.metrics[point->metric]);
        char shortest[32];
        snprintf(shortest, sizeof shortest, "%.15g", point->value);
        if (strtod(shortest, NULL) != point->value)
            snprintf(shortest, sizeof shortest, "%.17g", point->value);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s ", sign ? sign : shortest);
    }
    assert_string_equal(text, row->want);
    release(&parsed);
}

static const struct time_row {
    const char *text;
    int64_t time_ms;
} times[] = {
    {"1763929239.5", 1763929239500},
    {"0", 0},
    {"\"2026-11-23T20:20:39.123Z\"", 1795465239123},
    {"\"2026-11-23 21:20:39+01:00\"", 1795465239000},
    {"null", NOW_MS},
};

static void reads_the_time(void **state)
{
    const struct time_row *row = *state;
    char body[128];
    int length =
        snprintf(body, sizeof body, "{\"epoch\":1,\"a\":1,\"time\":%s}", row->text);
    struct parsed parsed;
    parse(&parsed, INGEST_JSON, body, (size_t)length);
    assert_int_equal(parsed.status, ST_OK);
    assert_int_equal(parsed.batch.points[0].time_ms, row->time_ms);
    assert_int_equal(parsed.batch.point_count, 1);
    release(&parsed);
}

static void summary_is_right(void **state)
{
    (void)state;
    struct parsed parsed;
    const char *body =
        "[{\"step\":9,\"a\":1},{\"step\":3,\"epoch\":1,\"b\":1},{\"step\":5}]";
    parse(&parsed, INGEST_JSON, body, strlen(body));
    assert_int_equal(parsed.status, ST_OK);
    assert_int_equal(parsed.batch.step_first, 3);
    assert_int_equal(parsed.batch.step_last, 9);
    assert_int_equal(parsed.batch.record_count, 3);
    assert_int_equal(parsed.batch.metric_count, 3);
    assert_true(parsed.batch.has_step);
    assert_true(parsed.batch.has_epoch);
    release(&parsed);
}

static void what_was_never_measured_is_no_metric(void **state)
{
    (void)state;
    struct parsed parsed;
    static const char body[] =
        "epoch,empty,loss,also_empty,lr\n1,,0.5,,0.1\n2,,0.4,,0.2\n";
    parse(&parsed, INGEST_CSV, body, sizeof body - 1);
    assert_int_equal(parsed.status, ST_OK);
    assert_int_equal(parsed.batch.metric_count, 2);
    assert_string_equal(parsed.batch.metrics[0], "loss");
    assert_string_equal(parsed.batch.metrics[1], "lr");
    assert_int_equal(parsed.batch.points[3].metric, 1);
    assert_true(parsed.batch.points[3].value == 0.2);
    release(&parsed);
}

/* --- limits --- */

/* {"epoch":1,"NAME":1} with a name of `bytes` bytes */
static enum status parse_name(size_t bytes, char code[static 32])
{
    char *body = malloc(bytes + 32);
    assert_non_null(body);
    size_t n = (size_t)sprintf(body, "{\"epoch\":1,\"");
    memset(body + n, 'k', bytes);
    n += bytes;
    n += (size_t)sprintf(body + n, "\":1}");
    struct parsed parsed;
    parse(&parsed, INGEST_JSON, body, n);
    enum status status = parsed.status;
    strcpy(code, parsed.err.code);
    release(&parsed);
    free(body);
    return status;
}

static void metric_name_has_a_limit(void **state)
{
    (void)state;
    char code[32];
    assert_int_equal(parse_name(METRIC_NAME_MAX, code), ST_OK);
    assert_int_equal(parse_name(METRIC_NAME_MAX + 1, code), ST_INVALID);
    assert_string_equal(code, "bad_metric_name");
    assert_int_equal(parse_name(1000000, code), ST_INVALID);
    assert_string_equal(code, "bad_metric_name");
}

/* records lines of fields fields each, all names distinct */
static enum status parse_names(size_t records, size_t fields, char code[static 32])
{
    char *body = malloc(records * (fields * 16 + 32));
    assert_non_null(body);
    size_t n = 0;
    for (size_t r = 0; r < records; r++) {
        n += (size_t)sprintf(body + n, "{\"epoch\":%zu", r);
        for (size_t f = 0; f < fields; f++)
            n += (size_t)sprintf(body + n, ",\"k%zu\":1", r * fields + f);
        n += (size_t)sprintf(body + n, "}\n");
    }
    struct parsed parsed;
    parse(&parsed, INGEST_NDJSON, body, n);
    enum status status = parsed.status;
    if (!status)
        assert_int_equal(parsed.batch.metric_count, records * fields);
    strcpy(code, parsed.err.code);
    release(&parsed);
    free(body);
    return status;
}

static void fields_of_a_record_have_a_limit(void **state)
{
    (void)state;
    char code[32];
    assert_int_equal(parse_names(1, RECORD_FIELDS_MAX, code), ST_OK);
    assert_int_equal(parse_names(1, RECORD_FIELDS_MAX + 1, code), ST_INVALID);
    assert_string_equal(code, "too_many_metrics");
    assert_int_equal(parse_names(1, 60000, code), ST_INVALID);
    assert_string_equal(code, "too_many_metrics");
}

static void metrics_of_a_body_have_a_limit(void **state)
{
    (void)state;
    char code[32];
    assert_int_equal(parse_names(8, RUN_METRICS_MAX / 8, code), ST_OK);
    assert_int_equal(parse_names(9, RUN_METRICS_MAX / 8, code), ST_INVALID);
    assert_string_equal(code, "too_many_metrics");
}

static void a_full_arena_is_too_large(void **state)
{
    (void)state;
    char body[4096];
    size_t n = 0;
    for (int i = 0; n < sizeof body - 64; i++)
        n += (size_t)sprintf(body + n, "{\"epoch\":%d,\"a\":1,\"b\":2,\"c\":3}\n", i);
    for (size_t limit = 0; limit < 24000; limit += 500) {
        struct arena arena;
        struct batch batch;
        struct err err = {0};
        arena_init(&arena, limit);
        enum status status =
            ingest_parse(INGEST_NDJSON, body, n, NOW_MS, &arena, &batch, &err);
        if (status) {
            assert_int_equal(status, ST_TOO_LARGE);
            assert_string_equal(err.code, "too_large");
        }
        assert_true(arena.used <= limit);
        arena_release(&arena);
    }
}

static void a_hundred_thousand_records(void **state)
{
    (void)state;
    enum { RECORDS = 100000 };
    char *body = malloc(RECORDS * 40);
    assert_non_null(body);
    size_t n = 0;
    for (int i = 0; i < RECORDS; i++)
        n += (size_t)sprintf(body + n, "{\"epoch\":%d,\"loss\":%d.5}\n", i, i);
    struct parsed parsed;
    parse(&parsed, INGEST_NDJSON, body, n);
    assert_int_equal(parsed.status, ST_OK);
    assert_int_equal(parsed.batch.point_count, RECORDS);
    for (int i = 0; i < RECORDS; i++) {
        assert_int_equal(parsed.batch.points[i].step, i);
        assert_near(parsed.batch.points[i].value, i + 0.5, 0);
    }
    release(&parsed);
    free(body);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(refusals); i++)
        rows_add(&rows, refusals[i].name, refuses, &refusals[i]);
    for (size_t i = 0; i < COUNT(lines); i++)
        rows_add(&rows, lines[i].name, names_the_line, &lines[i]);
    for (size_t i = 0; i < COUNT(accepted); i++)
        rows_add(&rows, accepted[i].name, means, &accepted[i]);
    for (size_t i = 0; i < COUNT(times); i++)
        rows_add(&rows, times[i].text, reads_the_time, &times[i]);
    rows_add(&rows, "summary is right", summary_is_right, NULL);
    rows_add(&rows, "what was never measured is no metric",
             what_was_never_measured_is_no_metric, NULL);
    rows_add(&rows, "metric name has a limit", metric_name_has_a_limit, NULL);
    rows_add(&rows, "fields of a record have a limit", fields_of_a_record_have_a_limit,
             NULL);
    rows_add(&rows, "metrics of a body have a limit", metrics_of_a_body_have_a_limit,
             NULL);
    rows_add(&rows, "a full arena is too large", a_full_arena_is_too_large, NULL);
    rows_add(&rows, "100000 records", a_hundred_thousand_records, NULL);
    return rows_run(&rows);
}
