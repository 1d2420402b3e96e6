/* store/block: points as bytes and back, what is known of a stretch of them. */
#include "rows.h"
#include "store/block.h"

#include "made_points.h"

#include <stdio.h>

static const size_t counts[] = {1, 2, 3, 4, 127, 128, 129, 4096};

/* --- round trips --- */

#define KIND(f) #f, f

static const struct {
    const char *name;
    int64_t (*step)(size_t, size_t, uint64_t *);
} step_kinds[] = {{KIND(steps_by_one)},
                  {KIND(steps_by_a_hundred)},
                  {KIND(steps_with_gaps)},
                  {KIND(steps_to_the_largest)},
                  {KIND(steps_far_apart)}};

static const struct {
    const char *name;
    int64_t (*time_ms)(size_t, size_t, uint64_t *);
} time_kinds[] = {
    {KIND(times_even)},       {KIND(times_that_jitter)}, {KIND(times_that_go_backwards)},
    {KIND(times_all_0)},      {KIND(times_at_the_ends)}, {KIND(times_all_the_smallest)},
    {KIND(times_of_any_bits)}};

static const struct {
    const char *name;
    double (*value)(size_t, uint64_t *);
} value_kinds[] = {{KIND(values_float32)},     {KIND(values_double)},
                   {KIND(values_special)},     {KIND(values_one_double)},
                   {KIND(values_of_any_bits)}, {KIND(values_all_nan)}};

struct round_trip {
    char name[96];
    struct made_kind kind;
};

/* The rooms are exact, so that the sanitizer sees a step beyond them. */
static void come_back(const struct points *points, size_t from, size_t count)
{
    uint8_t *room = malloc(BLOCK_BYTES_MAX(count));
    size_t length = block_encode(points, from, count, room);
    assert_true(length <= BLOCK_BYTES_MAX(count));
    uint8_t *bytes = malloc(length);
    memcpy(bytes, room, length);
    free(room);
    struct points out = points_room(count);
    assert_true(block_decode(bytes, length, count, &out));
    assert_points(&out, points, from, count);
    points_free(&out);
    free(bytes);
}

static void comes_back_exactly(void **state)
{
    const struct round_trip *row = *state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct points points = points_made(&row->kind, counts[i], i);
        come_back(&points, 0, counts[i]);
        come_back(&points, counts[i] / 2, counts[i] - counts[i] / 2);
        points_free(&points);
    }
}

static void add_round_trips(struct rows *rows)
{
    static struct round_trip
        all[COUNT(step_kinds) * COUNT(time_kinds) * COUNT(value_kinds)];
    struct round_trip *row = all;
    for (size_t s = 0; s < COUNT(step_kinds); s++) {
        for (size_t t = 0; t < COUNT(time_kinds); t++) {
            for (size_t v = 0; v < COUNT(value_kinds); v++, row++) {
                row->kind = (struct made_kind){step_kinds[s].step, time_kinds[t].time_ms,
                                               value_kinds[v].value};
                snprintf(row->name, sizeof row->name, "%s, %s, %s", step_kinds[s].name,
                         time_kinds[t].name, value_kinds[v].name);
                rows_add(rows, row->name, comes_back_exactly, row);
            }
        }
    }
}

static void blocks_follow_each_other_in_one_room(void **state)
{
    (void)state;
    uint8_t bytes[BLOCK_BYTES_MAX(100)];
    struct points points = points_made(&made_ordinary, 300, 5), out = points_room(300);
    for (size_t from = 0; from < 300; from += 100) {
        size_t length = block_encode(&points, from, 100, bytes);
        assert_true(block_decode(bytes, length, 100, &out));
    }
    assert_points(&out, &points, 0, 300);
    points_free(&points);
    points_free(&out);
}

/* --- sizes --- */

struct size_row {
    const char *name;
    struct made_kind kind;
    size_t bytes_max; /* of 128 points */
};

static const struct size_row sizes[] = {
    {"a noisy float32 loss takes 4 bytes a point",
     {steps_by_one, times_even, values_float32},
     1 + 3 + 9 + 4 * 128},
    {"steps by a hundred take no more than steps by one",
     {steps_by_a_hundred, times_even, values_float32},
     1 + 4 + 9 + 4 * 128},
    {"times that jitter take a byte a point more",
     {steps_by_one, times_that_jitter, values_float32},
     1 + 3 + 9 + (1 + 4) * 128},
    {"doubles take 8 bytes a point",
     {steps_by_one, times_even, values_double},
     1 + 3 + 9 + 8 * 128},
    {"NaN, infinities and -0.0 are floats",
     {steps_by_one, times_even, values_special},
     1 + 3 + 9 + 4 * 128},
    {"the worst is within the room that is promised",
     {steps_far_apart, times_of_any_bits, values_of_any_bits},
     BLOCK_BYTES_MAX(128)},
};

static void takes_so_many_bytes(void **state)
{
    const struct size_row *row = *state;
    uint8_t bytes[BLOCK_BYTES_MAX(128)];
    struct points points = points_made(&row->kind, 128, 3);
    size_t length = block_encode(&points, 0, 128, bytes);
    if (length > row->bytes_max)
        print_error("%zu bytes, not %zu\n", length, row->bytes_max);
    assert_true(length <= row->bytes_max);
    points_free(&points);
}

/* --- damage --- */

/* Bytes that may be anything are refused, or are a block of so many points. */
static bool decode(const uint8_t *bytes, size_t length, size_t count)
{
    uint8_t *copy = malloc(length ? length : 1);
    struct points out = points_room(count ? count : 1);
    if (length)
        memcpy(copy, bytes, length);
    bool good = block_decode(copy, length, count, &out);
    assert_int_equal(out.count, good ? count : 0);
    points_free(&out);
    free(copy);
    return good;
}

static const struct {
    const char *name;
    struct made_kind kind;
    size_t count;
} damaged[] = {
    {"an ordinary block", {steps_with_gaps, times_that_jitter, values_float32}, 128},
    {"an even block", {steps_by_one, times_even, values_float32}, 128},
    {"a block of doubles", {steps_by_one, times_that_jitter, values_double}, 50},
    {"a block of one point", {steps_far_apart, times_at_the_ends, values_double}, 1},
    {"a block of any bits", {steps_far_apart, times_of_any_bits, values_of_any_bits}, 20},
};

static size_t encode_damaged(size_t row, uint8_t *bytes)
{
    struct points points = points_made(&damaged[row].kind, damaged[row].count, 9);
    size_t length = block_encode(&points, 0, damaged[row].count, bytes);
    points_free(&points);
    return length;
}

static void every_truncation_is_refused(void **state)
{
    uint8_t bytes[BLOCK_BYTES_MAX(128) + 1] = {0};
    (void)state;
    for (size_t row = 0; row < COUNT(damaged); row++) {
        size_t length = encode_damaged(row, bytes);
        assert_true(decode(bytes, length, damaged[row].count));
        for (size_t left = 0; left < length; left++)
            assert_false(decode(bytes, left, damaged[row].count));
        assert_false(decode(bytes, length + 1, damaged[row].count));
    }
}

static void every_flipped_byte_is_refused_or_decoded(void **state)
{
    uint8_t bytes[BLOCK_BYTES_MAX(128)];
    (void)state;
    for (size_t row = 0; row < COUNT(damaged); row++) {
        size_t length = encode_damaged(row, bytes);
        for (size_t at = 0; at < length; at++) {
            for (int bits = 1; bits < 512; bits *= 2) {
                uint8_t flipped = (uint8_t)(bits == 256 ? 255 : bits);
                bytes[at] ^= flipped;
                decode(bytes, length, damaged[row].count);
                bytes[at] ^= flipped;
            }
        }
        assert_true(decode(bytes, length, damaged[row].count));
    }
}

static void unknown_flags_are_refused(void **state)
{
    uint8_t bytes[BLOCK_BYTES_MAX(128)];
    size_t length = encode_damaged(0, bytes);
    (void)state;
    for (int flags = 8; flags < 256; flags++) {
        bytes[0] = (uint8_t)flags;
        assert_false(decode(bytes, length, damaged[0].count));
    }
}

static void another_count_is_refused(void **state)
{
    uint8_t bytes[BLOCK_BYTES_MAX(128)];
    size_t length = encode_damaged(0, bytes);
    (void)state;
    for (size_t count = 0; count < 300; count++)
        assert_int_equal(decode(bytes, length, count), count == damaged[0].count);
}

static void no_bytes_are_no_block(void **state)
{
    struct points out = points_room(1);
    (void)state;
    assert_false(block_decode(NULL, 0, 1, &out));
    points_free(&out);
}

/* --- stretches --- */

#define VALUES(...) {__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double)

static const struct stretch_row {
    const char *name;
    double values[6];
    size_t count;
    double min, max;
    uint32_t nonfinite;
} stretches[] = {
    {"one value is both extremes", VALUES(3), 3, 3, 0},
    {"extremes anywhere", VALUES(3, 1, 5, 2), 1, 5, 0},
    {"of equal zeros the first counts", VALUES(0.0, -0.0), 0.0, 0.0, 0},
    {"also when the first is negative", VALUES(-0.0, 0.0), -0.0, -0.0, 0},
    {"all NaN", VALUES(NAN, NAN), NAN, NAN, 2},
    {"infinities are no extremes", VALUES(INFINITY, -INFINITY), NAN, NAN, 2},
    {"NaN first", VALUES(NAN, 2, 1), 1, 2, 1},
    {"NaN last", VALUES(2, 1, NAN), 1, 2, 1},
    {"infinities in between", VALUES(1, INFINITY, -1, -INFINITY, 0, NAN), -1, 1, 3},
    {"the largest doubles", VALUES(DBL_MAX, -DBL_MAX), -DBL_MAX, DBL_MAX, 0},
    {"the smallest doubles", VALUES(DBL_TRUE_MIN, -DBL_TRUE_MIN), -DBL_TRUE_MIN,
     DBL_TRUE_MIN, 0},
};

static void assert_stretch(const struct stretch *is, const struct stretch *should)
{
    assert_int_equal(is->first_step, should->first_step);
    assert_int_equal(is->last_step, should->last_step);
    assert_int_equal(is->count, should->count);
    assert_int_equal(is->nonfinite_count, should->nonfinite_count);
    assert_bits(is->min, should->min);
    assert_bits(is->max, should->max);
    assert_bits(is->last, should->last);
}

static void has_these_extremes(void **state)
{
    const struct stretch_row *row = *state;
    int64_t steps[6] = {0, 5, 6, 100, 101, STEP_MAX};
    double values[6];
    memcpy(values, row->values, sizeof values);
    struct points points = {steps, steps, values, row->count};
    struct stretch should = {.first_step = 0,
                             .last_step = steps[row->count - 1],
                             .count = (uint32_t)row->count,
                             .nonfinite_count = row->nonfinite,
                             .min = row->min,
                             .max = row->max,
                             .last = values[row->count - 1]};
    struct stretch is = stretch_of(&points, 0, row->count);
    assert_stretch(&is, &should);
    for (size_t cut = 1; cut < row->count; cut++) {
        struct stretch after = stretch_of(&points, cut, row->count - cut);
        is = stretch_of(&points, 0, cut);
        stretch_extend(&is, &after);
        assert_stretch(&is, &should);
    }
}

static void comes_back_from_its_bytes(void **state)
{
    const struct stretch all[] = {{0, 0, 1, 0, 1, 1, 1},
                                  {0, STEP_MAX, UINT32_MAX, UINT32_MAX, -0.0, 0.0,
                                   INFINITY},
                                  {5, 6, 2, 2, NAN, NAN, NAN},
                                  {INT64_MIN, INT64_MAX, 1, 0, DBL_TRUE_MIN, -DBL_MAX,
                                   -INFINITY}};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        uint8_t bytes[STRETCH_BYTES];
        stretch_write(&all[i], bytes);
        struct stretch back = stretch_read(bytes);
        assert_stretch(&back, &all[i]);
    }
}

/* --- numbers --- */

static void numbers_take_7_bits_a_byte(void **state)
{
    static const struct {
        uint64_t value;
        size_t bytes;
    } rows[] = {{0, 1},     {127, 1},        {128, 2},         {16383, 2},
                {16384, 3}, {1ull << 62, 9}, {1ull << 63, 10}, {UINT64_MAX, 10}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[10];
        uint64_t value = 1;
        assert_int_equal(varint_put(bytes, rows[i].value) - bytes, rows[i].bytes);
        assert_ptr_equal(varint_get(bytes, bytes + sizeof bytes, &value),
                         bytes + rows[i].bytes);
        assert_true(value == rows[i].value);
        for (size_t left = 0; left < rows[i].bytes; left++)
            assert_null(varint_get(bytes, bytes + left, &value));
    }
}

static void a_number_that_never_ends_is_refused(void **state)
{
    uint8_t bytes[32];
    uint64_t value;
    (void)state;
    memset(bytes, 0x80, sizeof bytes);
    assert_null(varint_get(bytes, bytes + sizeof bytes, &value));
}

int main(void)
{
    static struct rows rows;
    add_round_trips(&rows);
    for (size_t i = 0; i < COUNT(sizes); i++)
        rows_add(&rows, sizes[i].name, takes_so_many_bytes, &sizes[i]);
    for (size_t i = 0; i < COUNT(stretches); i++)
        rows_add(&rows, stretches[i].name, has_these_extremes, &stretches[i]);
#define ADD(f) rows_add(&rows, #f, f, NULL)
    ADD(blocks_follow_each_other_in_one_room);
    ADD(every_truncation_is_refused);
    ADD(every_flipped_byte_is_refused_or_decoded);
    ADD(unknown_flags_are_refused);
    ADD(another_count_is_refused);
    ADD(no_bytes_are_no_block);
    ADD(comes_back_from_its_bytes);
    ADD(numbers_take_7_bits_a_byte);
    ADD(a_number_that_never_ends_is_refused);
    return rows_run(&rows);
}
