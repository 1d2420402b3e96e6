/* base/text: numbers, names, UTF-8. */
#include "base/text.h"
#include "rows.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers to text --- */

static const struct shortest {
    const char *want;
    double value;
} shortest[] = {
    {"0", 0.0},
    {"-0", -0.0},
    {"1", 1.0},
    {"-17", -17.0},
    {"0.1", 0.1},
    {"0.5", 0.5}, /* a power of two */
    {"0.0001", 0.0001},
    {"9.999e-05", 0.00009999},
    {"1e-05", 0.00001},
    {"-0.00012", -0.00012},
    {"999999999999999.9", 999999999999999.9},
    {"999999999999999.6", 999999999999999.625},
    {"0.85", 0.85},
    {"1e-07", 1e-7},
    {"0.3333333333333333", 1.0 / 3},
    {"0.30000000000000004", 0.1 + 0.2},
    {"123456789012345", 123456789012345.0},
    {"1e+15", 1e15},
    {"9007199254740991", 9007199254740991.0},
    {"1e+22", 1e22},
    {"1.7976931348623157e+308", DBL_MAX},
    {"2.2250738585072014e-308", DBL_MIN},
    {"5e-324", 5e-324},
    {"1e-323", 1e-323},
    {"NaN", NAN},
    {"Infinity", INFINITY},
    {"-Infinity", -INFINITY},
};

static void is_shortest(void **state)
{
    const struct shortest *row = *state;
    char text[TEXT_DOUBLE_MAX];
    assert_int_equal(text_double(text, row->value), strlen(row->want));
    assert_string_equal(text, row->want);
}

static void random_doubles_come_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = seed ^ seed >> 31;
        double value, back;
        char text[TEXT_DOUBLE_MAX];
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        size_t length = text_double(text, value);
        assert_int_equal(length, strlen(text));
        assert_true(text_to_double(text, length, &back));
        assert_memory_equal(&back, &value, sizeof value);
    }
}

/* --- text to numbers --- */

/* What is worked out in whole numbers, by printf instead. */
static const char *by_printf(double value)
{
    static char text[TEXT_DOUBLE_MAX];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

/* Losses as floats and as doubles, rounded ones, neighbours of powers of ten, ties. */
static double usual_double(uint64_t random, int kind)
{
    double scale = exp2((double)(random >> 56) / 4 - 16);
    double power = pow(10, (double)(random % 19) - 4);
    switch (kind) {
    case 0: return (double)(random >> 11) * 0x1p-53 * scale;
    case 1: return (double)(float)((double)(random >> 40) * 0x1p-24 * scale);
    case 2: return round((double)(random >> 44)) / power;
    case 3: return (double)(random >> 38) * exp2(-(double)(random % 27));
    default: return nextafter(power, random >> 63 ? 0 : INFINITY);
    }
}

static void doubles_of_usual_size_are_as_printf_writes_them(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[TEXT_DOUBLE_MAX];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double value = usual_double(seed ^ seed >> 31, i % 5);
        if (value != (double)(int64_t)value) {
            text_double(text, value);
            assert_string_equal(text, by_printf(value));
            text_double(text, -value);
            assert_string_equal(text, by_printf(-value));
        }
    }
}

static const struct int64_row {
    int64_t value;
    const char *want;
} int64s[] = {
    {0, "0"},
    {7, "7"},
    {-10, "-10"},
    {INT64_MAX, "9223372036854775807"},
    {INT64_MIN, "-9223372036854775808"},
};

static void writes_int64(void **state)
{
    const struct int64_row *row = *state;
    char text[TEXT_INT64_MAX];
    assert_int_equal(text_int64(text, row->value), strlen(row->want));
    assert_string_equal(text, row->want);
}

static const struct double_row {
    const char *text;
    bool ok;
    double value;
} doubles[] = {
    {"1", true, 1},
    {"-1.5e3", true, -1500},
    {"+.5", true, 0.5},
    {"1.", true, 1},
    {"nan", true, NAN},
    {"NaN", true, NAN},
    {"+inf", true, INFINITY},
    {"-Infinity", true, -INFINITY},
    {"1e999", true, INFINITY},
    {"5e-324", true, 5e-324},
    {"", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {".", false, 0},
    {"1e", false, 0},
    {"1e+", false, 0},
    {"0x10", false, 0},
    {"1_000", false, 0},
    {"1,5", false, 0},
    {"--1", false, 0},
    {"nan(1)", false, 0},
    {"infinite", false, 0},
    {"-", false, 0},
};

static void reads_double(void **state)
{
    const struct double_row *row = *state;
    double value = 0;
    assert_int_equal(text_to_double(row->text, strlen(row->text), &value), row->ok);
    if (row->ok)
        assert_near(value, row->value, 0);
}

static void a_number_ends_at_a_nul(void **state)
{
    (void)state;
    double value;
    int64_t integer;
    assert_false(text_to_double("1\0", 2, &value));
    assert_false(text_to_double("nan\0", 4, &value));
    assert_false(text_to_int64("1\0", 2, &integer));
}

static const struct integer_row {
    const char *text;
    bool ok;
    int64_t value;
} integers[] = {
    {"0", true, 0},
    {"007", true, 7},
    {"-12", true, -12},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+1", false, 0},
    {"1.0", false, 0},
    {" 1", false, 0},
};

static void reads_integer(void **state)
{
    const struct integer_row *row = *state;
    int64_t value = 0;
    assert_int_equal(text_to_int64(row->text, strlen(row->text), &value), row->ok);
    assert_int_equal(value, row->value);
}

/* --- names --- */

static const struct nearest_row {
    const char *wrong, *want; /* NULL: nothing is near */
} nearests[] = {
    {"max_T", "T_max"},     {"t_max", "T_max"},
    {"tmax", "T_max"},      {"Tmax", "T_max"},
    {"eta_mim", "eta_min"}, {"etamin", "eta_min"},
    {"baselr", "base_lr"},  {"CosineAnealingLR", "CosineAnnealingLR"},
    {"momentum", NULL},     {"zzzzzzzzzz", NULL},
};

static void finds_nearest(void **state)
{
    static const char *const names[] = {"type",    "base_lr",           "T_max",
                                        "eta_min", "CosineAnnealingLR", NULL};
    const struct nearest_row *row = *state;
    const char *found = text_nearest(row->wrong, names);
    assert_string_equal(found ? found : "none", row->want ? row->want : "none");
}

static void a_very_long_name_is_near_to_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"type", NULL};
    char wrong[1000];
    memset(wrong, 'a', sizeof wrong - 1);
    wrong[sizeof wrong - 1] = '\0';
    assert_null(text_nearest(wrong, names));
}

static const struct id_row {
    const char *id;
    bool ok;
} ids[] = {
    {"a", true},      {"resnet-50_v2.1", true},
    {"0", true},      {"NaN", true},
    {"", false},      {".", false},
    {"..", false},    {".hidden", false},
    {"a/b", false},   {"a b", false},
    {"a\n", false},   {"\xc3\xa9", false},
    {"a%2fb", false},
};

static void judges_run_id(void **state)
{
    const struct id_row *row = *state;
    assert_int_equal(text_is_run_id(row->id), row->ok);
}

static void a_run_id_has_at_most_128_bytes(void **state)
{
    (void)state;
    char id[130];
    memset(id, 'a', sizeof id);
    id[129] = '\0';
    assert_false(text_is_run_id(id));
    id[128] = '\0';
    assert_true(text_is_run_id(id));
}

/* --- UTF-8 --- */

static const struct utf8_row {
    const char *name, *text;
    size_t length;
    bool utf8, printable;
} utf8s[] = {
    {"ASCII", "loss", 4, true, true},
    {"empty", "", 0, true, true},
    {"two bytes", "\xc3\xa9", 2, true, true},
    {"three bytes", "\xe2\x82\xac", 3, true, true},
    {"four bytes", "\xf0\x9f\x98\x80", 4, true, true},
    {"the last code point", "\xf4\x8f\xbf\xbf", 4, true, true},
    {"tab", "a\tb", 3, true, false},
    {"escape", "\x1b[31m", 5, true, false},
    {"delete", "a\x7f", 2, true, false},
    {"NUL", "a\0b", 3, false, false},
    {"cut two bytes", "\xc3", 1, false, false},
    {"cut four bytes", "\xf0\x9f\x98", 3, false, false},
    {"lone continuation", "\x80", 1, false, false},
    {"overlong two", "\xc0\xaf", 2, false, false},
    {"overlong three", "\xe0\x80\xaf", 3, false, false},
    {"overlong four", "\xf0\x80\x80\xaf", 4, false, false},
    {"surrogate", "\xed\xa0\x80", 3, false, false},
    {"beyond the last code point", "\xf4\x90\x80\x80", 4, false, false},
    {"Latin-1", "caf\xe9!", 5, false, false},
    {"0xff", "\xff\xfe", 2, false, false},
};

static void judges_utf8(void **state)
{
    const struct utf8_row *row = *state;
    char *copy = malloc(row->length + 1);
    assert_non_null(copy);
    memcpy(copy, row->text, row->length);
    assert_int_equal(text_is_utf8(copy, row->length), row->utf8);
    assert_int_equal(text_is_printable(copy, row->length), row->printable);
    free(copy);
}

static void case_does_not_matter(void **state)
{
    (void)state;
    assert_true(text_equals_nocase("Content-Type", "content-type"));
    assert_false(text_equals_nocase("Content", "content-type"));
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(shortest); i++)
        rows_add(&rows, shortest[i].want, is_shortest, &shortest[i]);
    for (size_t i = 0; i < COUNT(doubles); i++)
        rows_add(&rows, doubles[i].text, reads_double, &doubles[i]);
    for (size_t i = 0; i < COUNT(integers); i++)
        rows_add(&rows, integers[i].text, reads_integer, &integers[i]);
    for (size_t i = 0; i < COUNT(nearests); i++)
        rows_add(&rows, nearests[i].wrong, finds_nearest, &nearests[i]);
    for (size_t i = 0; i < COUNT(ids); i++)
        rows_add(&rows, ids[i].id, judges_run_id, &ids[i]);
    for (size_t i = 0; i < COUNT(utf8s); i++)
        rows_add(&rows, utf8s[i].name, judges_utf8, &utf8s[i]);
    rows_add(&rows, "random doubles come back", random_doubles_come_back, NULL);
    rows_add(&rows, "doubles of usual size are as printf writes them",
             doubles_of_usual_size_are_as_printf_writes_them, NULL);
    for (size_t i = 0; i < COUNT(int64s); i++)
        rows_add(&rows, int64s[i].want, writes_int64, &int64s[i]);
    rows_add(&rows, "a number ends at a NUL", a_number_ends_at_a_nul, NULL);
    rows_add(&rows, "a very long name is near to nothing",
             a_very_long_name_is_near_to_nothing, NULL);
    rows_add(&rows, "a run id has at most 128 bytes", a_run_id_has_at_most_128_bytes,
             NULL);
    rows_add(&rows, "case does not matter", case_does_not_matter, NULL);
    return rows_run(&rows);
}
