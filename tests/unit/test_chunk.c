/* store/chunk: the blocks of a chunk, what is known of each, and damage. */
#include "rows.h"
#include "store/chunk.h"

#include "made_points.h"

static const struct made_kind kinds[] = {
    {steps_by_one, times_even, values_float32},
    {steps_with_gaps, times_that_jitter, values_double},
    {steps_far_apart, times_of_any_bits, values_of_any_bits},
    {steps_with_gaps, times_at_the_ends, values_special},
    {steps_by_one, times_even, values_all_nan},
};

static struct chunk chunk;

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

static void check_blocks(const struct points *points, size_t from, size_t count)
{
    struct block_walk walk = {.blocks = chunk.blocks,
                              .blocks_length = chunk.blocks_length};
    size_t done = 0;
    while (block_next(&walk)) {
        size_t left = count - done, size = left < BLOCK_POINTS ? left : BLOCK_POINTS;
        struct stretch should = stretch_of(points, from + done, size);
        struct points out = points_room(size);
        assert_stretch(&walk.stretch, &should);
        assert_true(block_read(&walk, chunk.body, chunk.body_length, &out));
        assert_points(&out, points, from + done, size);
        points_free(&out);
        done += size;
    }
    assert_false(walk.damaged);
    assert_false(block_next(&walk));
    assert_int_equal(done, count);
}

static void comes_back_in_blocks(void **state)
{
    const size_t count = *(const size_t *)*state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        struct points points = points_made(&kinds[k], count + 3, k);
        struct stretch whole = stretch_of(&points, 3, count);
        chunk_make(&points, 3, count, &chunk);
        assert_stretch(&chunk.whole, &whole);
        assert_true(chunk.body_length <= CHUNK_BODY_MAX);
        check_blocks(&points, 3, count);
        points_free(&points);
    }
}

static void a_full_chunk_of_a_float32_loss_takes_5_bytes_a_point(void **state)
{
    struct points points = points_made(&kinds[0], CHUNK_POINTS_MAX, 1);
    (void)state;
    chunk_make(&points, 0, CHUNK_POINTS_MAX, &chunk);
    assert_true(chunk.body_length + chunk.blocks_length < 5 * CHUNK_POINTS_MAX);
    points_free(&points);
}

/* --- damage --- */

enum { DAMAGED = 300 };

static void make_damaged(void)
{
    struct points points = points_made(&made_ordinary, DAMAGED, 4);
    chunk_make(&points, 0, DAMAGED, &chunk);
    points_free(&points);
}

/* From copies that end where the lengths say. Returns how many points came out; fewer
   than all only when something was refused. */
static size_t read_chunk(size_t blocks_length, size_t body_length, bool *refused)
{
    uint8_t *blocks = malloc(blocks_length ? blocks_length : 1);
    uint8_t *body = malloc(body_length ? body_length : 1);
    memcpy(blocks, chunk.blocks, blocks_length);
    memcpy(body, chunk.body, body_length);
    struct block_walk walk = {.blocks = blocks, .blocks_length = blocks_length};
    size_t sum = 0;
    *refused = false;
    while (block_next(&walk)) {
        struct points out = points_room(BLOCK_POINTS);
        bool good = block_read(&walk, body, body_length, &out);
        *refused = *refused || !good;
        assert_int_equal(out.count, good ? walk.stretch.count : 0);
        sum += out.count;
        points_free(&out);
    }
    *refused = *refused || walk.damaged;
    free(blocks);
    free(body);
    return sum;
}

static void every_truncation_of_the_body_is_refused(void **state)
{
    bool refused;
    (void)state;
    make_damaged();
    assert_int_equal(read_chunk(chunk.blocks_length, chunk.body_length, &refused),
                     DAMAGED);
    assert_false(refused);
    for (size_t left = 0; left < chunk.body_length; left++) {
        read_chunk(chunk.blocks_length, left, &refused);
        assert_true(refused);
    }
}

static void a_truncation_of_the_blocks_is_refused_but_between_two(void **state)
{
    bool refused;
    (void)state;
    make_damaged();
    for (size_t left = 0; left < chunk.blocks_length; left++) {
        size_t sum = read_chunk(left, chunk.body_length, &refused);
        assert_int_equal(sum, left / BLOCK_ENTRY_BYTES * BLOCK_POINTS);
        assert_int_equal(refused, left % BLOCK_ENTRY_BYTES != 0);
    }
}

static void flip_all(uint8_t *bytes, size_t length)
{
    bool refused;
    for (size_t at = 0; at < length; at++) {
        for (int bits = 1; bits < 512; bits *= 2) {
            uint8_t flipped = (uint8_t)(bits == 256 ? 255 : bits);
            bytes[at] ^= flipped;
            read_chunk(chunk.blocks_length, chunk.body_length, &refused);
            bytes[at] ^= flipped;
        }
    }
    assert_int_equal(read_chunk(chunk.blocks_length, chunk.body_length, &refused),
                     DAMAGED);
}

static void every_flipped_byte_of_the_blocks_is_refused_or_decoded(void **state)
{
    (void)state;
    make_damaged();
    flip_all(chunk.blocks, chunk.blocks_length);
}

static void every_flipped_byte_of_the_body_is_refused_or_decoded(void **state)
{
    (void)state;
    make_damaged();
    flip_all(chunk.body, chunk.body_length);
}

/* The counts and lengths that are the most dangerous. */
static void a_block_of_too_many_points_or_bytes_is_refused(void **state)
{
    static const uint32_t numbers[] = {0,          BLOCK_POINTS + 1, 65536,
                                       0x7fffffff, 0x80000000,       0xffffffff};
    static const size_t places[] = {16, STRETCH_BYTES}; /* of the count, of the length */
    bool refused;
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (size_t p = 0; p < COUNT(places); p++) {
            for (size_t block = 0; block < 3; block++) {
                make_damaged();
                memcpy(chunk.blocks + block * BLOCK_ENTRY_BYTES + places[p], &numbers[i],
                       sizeof numbers[i]);
                read_chunk(chunk.blocks_length, chunk.body_length, &refused);
                assert_true(refused);
            }
        }
    }
}

static void the_count_of_the_whole_is_checked(void **state)
{
    static const struct {
        uint32_t count;
        bool good;
    } cases[] = {{0, false},
                 {1, true},
                 {CHUNK_POINTS_MAX, true},
                 {CHUNK_POINTS_MAX + 1, false},
                 {UINT32_MAX, false}};
    uint8_t bytes[STRETCH_BYTES];
    struct stretch whole = {0}, back;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        whole.count = cases[i].count;
        stretch_write(&whole, bytes);
        assert_int_equal(chunk_whole(bytes, sizeof bytes, &back), cases[i].good);
        assert_false(chunk_whole(bytes, sizeof bytes - 1, &back));
    }
    assert_false(chunk_whole(NULL, 0, &back));
}

static void a_chunk_without_bytes_is_no_block(void **state)
{
    struct block_walk walk = {.blocks = NULL};
    struct points out = points_room(BLOCK_POINTS);
    (void)state;
    assert_false(block_next(&walk));
    assert_false(block_read(&walk, NULL, 0, &out));
    points_free(&out);
}

int main(void)
{
    static const struct {
        const char *name;
        size_t count;
    } counts[] = {{"one point", 1},
                  {"one less than a block", BLOCK_POINTS - 1},
                  {"a block", BLOCK_POINTS},
                  {"a block and a point", BLOCK_POINTS + 1},
                  {"one less than a chunk", CHUNK_POINTS_MAX - 1},
                  {"a chunk", CHUNK_POINTS_MAX}};
    static struct rows rows;
    for (size_t i = 0; i < COUNT(counts); i++)
        rows_add(&rows, counts[i].name, comes_back_in_blocks, &counts[i].count);
#define ADD(f) rows_add(&rows, #f, f, NULL)
    ADD(a_full_chunk_of_a_float32_loss_takes_5_bytes_a_point);
    ADD(every_truncation_of_the_body_is_refused);
    ADD(a_truncation_of_the_blocks_is_refused_but_between_two);
    ADD(every_flipped_byte_of_the_blocks_is_refused_or_decoded);
    ADD(every_flipped_byte_of_the_body_is_refused_or_decoded);
    ADD(a_block_of_too_many_points_or_bytes_is_refused);
    ADD(the_count_of_the_whole_is_checked);
    ADD(a_chunk_without_bytes_is_no_block);
    return rows_run(&rows);
}
