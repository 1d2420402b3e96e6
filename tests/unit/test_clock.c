/* base/clock: RFC 3339 in both directions. */
#include "base/clock.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static const struct good {
    const char *text;
    int64_t unix_ms;
} good[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.000Z", 0},
    {"2026-11-23T20:20:39.123Z", 1795465239123},
    {"2026-11-23t20:20:39.123z", 1795465239123},
    {"2026-11-23 20:20:39.123Z", 1795465239123},
    {"2026-11-23T20:20:39.1Z", 1795465239100},
    {"2026-11-23T20:20:39.123999999Z", 1795465239123},
    {"2026-11-23T21:20:39+01:00", 1795465239000},
    {"2026-11-23T14:50:39-05:30", 1795465239000},
    {"2000-02-29T00:00:00Z", 951782400000},
    {"2024-12-31T23:59:60Z", 1735689600000},
    {"1969-12-31T23:59:59.999Z", -1},
    {"0000-01-01T00:00:00Z", -62167219200000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
};

static void reads(void **state)
{
    const struct good *row = *state;
    int64_t unix_ms = 1;
    assert_true(clock_parse(row->text, strlen(row->text), &unix_ms));
    assert_true(unix_ms == row->unix_ms);
}

/* What clock_format writes is read back as the same instant. */
static void writes_and_reads(void **state)
{
    const struct good *row = *state;
    char text[CLOCK_TEXT_MAX];
    int64_t unix_ms = 1;
    clock_format(text, row->unix_ms);
    assert_int_equal(strlen(text), strlen("2026-11-23T20:20:39.123Z"));
    assert_true(clock_parse(text, strlen(text), &unix_ms));
    assert_true(unix_ms == row->unix_ms);
}

static const struct bad {
    const char *text;
    size_t length; /* 0: strlen */
} bad[] = {
    {"", 0},
    {"yesterday", 0},
    {"2026", 0},
    {"2026-11-23", 0},
    {"2026-11-23T20:20Z", 0},
    {"2026-11-23T20:20:39", 0},
    {"2026-11-23T20:20:39.Z", 0},
    {"2026-11-23T20:20:39.1234567890Z", 0},
    {"2026-11-23T20:20:39+01", 0},
    {"2026-11-23T20:20:39+0100", 0},
    {"2026-11-23T20:20:39+24:00", 0},
    {"2026-11-23T20:20:39Zx", 0},
    {" 2026-11-23T20:20:39Z", 0},
    {"2026-00-23T20:20:39Z", 0},
    {"2026-13-23T20:20:39Z", 0},
    {"2026-11-00T20:20:39Z", 0},
    {"2026-11-31T20:20:39Z", 0},
    {"2026-02-29T20:20:39Z", 0},
    {"1900-02-29T20:20:39Z", 0},
    {"2026-11-23T24:00:00Z", 0},
    {"2026-11-23T20:60:39Z", 0},
    {"2026-11-23T20:20:61Z", 0},
    {"26-11-23T20:20:39Z", 0},
    {"+2026-11-23T20:20:39Z", 0},
    {"2026\00011-23T20:20:39Z", 20},
    {"2026-11-23T20:20:39\000", 20},
};

static void refuses(void **state)
{
    const struct bad *row = *state;
    size_t length = row->length ? row->length : strlen(row->text);
    char *copy = malloc(length ? length : 1);
    int64_t unix_ms;
    assert_non_null(copy);
    memcpy(copy, row->text, length);
    assert_false(clock_parse(copy, length, &unix_ms));
    free(copy);
}

static void format_has_milliseconds(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_MAX];
    clock_format(text, 1795465239007);
    assert_string_equal(text, "2026-11-23T20:20:39.007Z");
    clock_format(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    clock_format(text, -62167219200000);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void any_instant_fits_the_room(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_MAX];
    clock_format(text, INT64_MAX);
    assert_true(strlen(text) < CLOCK_TEXT_MAX);
    clock_format(text, INT64_MIN);
    assert_true(strlen(text) < CLOCK_TEXT_MAX);
}

static void clocks_run(void **state)
{
    (void)state;
    assert_true(clock_unix_ms() > 1577836800000);
    int64_t before = clock_monotonic_us();
    assert_true(clock_monotonic_us() >= before);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(good); i++)
        rows_add(&rows, good[i].text, reads, &good[i]);
    for (size_t i = 0; i < COUNT(good); i++)
        rows_add(&rows, good[i].text, writes_and_reads, &good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        rows_add(&rows, bad[i].text, refuses, &bad[i]);
    rows_add(&rows, "format has milliseconds", format_has_milliseconds, NULL);
    rows_add(&rows, "any instant fits the room", any_instant_fits_the_room, NULL);
    rows_add(&rows, "clocks run", clocks_run, NULL);
    return rows_run(&rows);
}
