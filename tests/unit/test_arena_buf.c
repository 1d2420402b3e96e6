/* base/arena and base/buf: limits, alignment, growth. */
#include "base/arena.h"
#include "base/buf.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t bytes = 0; bytes < 300; bytes += 7) {
        unsigned char *p = arena_alloc(&arena, bytes);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, bytes);
    }
    arena_release(&arena);
}

static void a_block_is_never_shared(void **state)
{
    (void)state;
    struct arena arena;
    char *parts[200];
    arena_init(&arena, 1 << 24);
    for (size_t i = 0; i < COUNT(parts); i++) {
        parts[i] = arena_alloc(&arena, 1 + i * 37);
        assert_non_null(parts[i]);
        memset(parts[i], (int)i, 1 + i * 37);
    }
    for (size_t i = 0; i < COUNT(parts); i++) {
        for (size_t k = 0; k < 1 + i * 37; k++)
            assert_int_equal((unsigned char)parts[i][k], i);
    }
    arena_release(&arena);
}

static void the_limit_holds(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024);
    assert_non_null(arena_alloc(&arena, 1000));
    assert_null(arena_alloc(&arena, 100));
    assert_non_null(arena_alloc(&arena, 16));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    assert_true(arena.used <= 1024);
    arena_release(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_array(&arena, 3, SIZE_MAX / 2));
    arena_release(&arena);
}

static void a_reset_arena_serves_zeroes_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int round = 0; round < 3; round++) {
        unsigned char *p = arena_alloc(&arena, 100);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, 100);
        assert_non_null(arena_alloc(&arena, 100000)); /* a block of its own */
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    assert_non_null(arena.blocks);
    arena_release(&arena);
}

static void a_released_arena_serves_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100);
    assert_non_null(arena_alloc(&arena, 96));
    arena_release(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 96));
    arena_release(&arena);
}

static void texts_are_copied(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    assert_string_equal(arena_strdup(&arena, "loss"), "loss");
    assert_string_equal(arena_strdup(&arena, ""), "");
    assert_string_equal(arena_strndup(&arena, "losses", 4), "loss");
    assert_string_equal(arena_printf(&arena, "%s %d", "epoch", 12), "epoch 12");
    char *large = arena_printf(&arena, "%5000d", 1);
    assert_non_null(large);
    assert_int_equal(strlen(large), 5000);
    assert_null(arena_printf(&arena, "%70000d", 1));
    arena_release(&arena);
}

static void a_buffer_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buf_printf(&buf, "%d,", i % 10);
    assert_false(buf.failed);
    assert_int_equal(buf.length, 20000);
    assert_int_equal(strlen(buf.data), 20000);
    assert_memory_equal(buf.data + 19996, "8,9,", 4);
    buf_release(&buf);
    assert_null(buf.data);
}

static void a_buffer_takes_its_limit_and_no_more(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 8);
    buf_add(&buf, "12345678", 8);
    assert_false(buf.failed);
    assert_string_equal(buf.data, "12345678");
    buf_add_char(&buf, '9');
    assert_true(buf.failed && buf.full);
    assert_string_equal(buf.data, "12345678");
    buf_add(&buf, "", 0);
    assert_true(buf.failed);
    buf_clear(&buf);
    assert_false(buf.failed || buf.full);
    buf_add_text(&buf, "abc");
    assert_string_equal(buf.data, "abc");
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.failed);
    buf_release(&buf);
}

static void room_is_reserved(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    char *room = buf_reserve(&buf, 100);
    assert_non_null(room);
    memset(room, 'x', 100);
    buf.length += 100;
    assert_null(buf_reserve(&buf, 1));
    buf_release(&buf);
}

static void printing_past_the_limit_fails(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    buf_printf(&buf, "%s", "0123456789");
    assert_false(buf.failed);
    buf_printf(&buf, "%s", "x");
    assert_true(buf.failed);
    assert_string_equal(buf.data, "0123456789");
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(a_block_is_never_shared),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_released_arena_serves_again),
        cmocka_unit_test(a_reset_arena_serves_zeroes_again),
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(a_buffer_grows),
        cmocka_unit_test(a_buffer_takes_its_limit_and_no_more),
        cmocka_unit_test(room_is_reserved),
        cmocka_unit_test(printing_past_the_limit_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
