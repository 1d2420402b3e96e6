/* What deflate packs, inflate unpacks. */
#include "near.h"

#include "http/deflate.h"
#include "http/inflate.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH = 300000 };

static void fill(char *bytes, size_t length, bool noise)
{
    unsigned seed = 1;
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = noise ? (char)(seed >> 24) : "0.123456789,"[i * i % 12];
    }
}

/* Packed in steps of that size, unpacked at once. */
static size_t round_trip(const char *bytes, size_t length, size_t step)
{
    struct err err = {0};
    struct buf packed, plain;
    struct deflate *deflate = deflate_open();
    struct inflate *inflate = NULL;
    assert_non_null(deflate);
    buf_init(&packed, SIZE_MAX / 2);
    buf_init(&plain, SIZE_MAX / 2);
    for (size_t at = 0; at < length; at += step) {
        size_t n = length - at < step ? length - at : step;
        assert_true(deflate_feed(deflate, bytes + at, n, false, &packed));
    }
    assert_true(deflate_feed(deflate, "", 0, true, &packed));
    deflate_close(deflate);
    assert_int_equal(inflate_open(&inflate, &err), ST_OK);
    assert_int_equal(inflate_feed(inflate, packed.data, packed.length, &plain, &err),
                     ST_OK);
    assert_int_equal(inflate_end(inflate, &err), ST_OK);
    inflate_close(inflate);
    assert_int_equal(plain.length, length);
    if (length)
        assert_memory_equal(plain.data, bytes, length);
    size_t size = packed.length;
    buf_release(&packed);
    buf_release(&plain);
    return size;
}

static void what_was_packed_comes_back(void **state)
{
    char *bytes = malloc(LENGTH);
    (void)state;
    fill(bytes, LENGTH, false);
    assert_true(round_trip(bytes, LENGTH, LENGTH) < LENGTH / 3);
    round_trip(bytes, LENGTH, 1000);
    round_trip(bytes, 1, 1);
    round_trip(bytes, 0, 1);
    fill(bytes, LENGTH, true);
    round_trip(bytes, LENGTH, LENGTH);
    free(bytes);
}

static void without_room_it_says_so(void **state)
{
    char *bytes = malloc(LENGTH);
    struct buf out;
    struct deflate *deflate = deflate_open();
    (void)state;
    fill(bytes, LENGTH, true);
    buf_init(&out, LENGTH / 2);
    assert_false(deflate_feed(deflate, bytes, LENGTH, true, &out));
    deflate_close(deflate);
    buf_release(&out);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(without_room_it_says_so),
    };
    return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
