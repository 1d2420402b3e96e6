#include "near.h"

#include "http/etag.h"

#include <string.h>

static void the_same_bytes_have_the_same_tag(void **state)
{
    char a[ETAG_MAX], b[ETAG_MAX];
    (void)state;
    etag_of("{\"runs\":[]}", 11, a);
    etag_of("{\"runs\":[]}", 11, b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), ETAG_MAX - 4);
    assert_memory_equal(a, "W/\"", 3);
}

/* Also a byte more of what fills up the last word. */
static void one_byte_makes_another_tag(void **state)
{
    char bytes[64] = {0}, tags[65 + 64][ETAG_MAX];
    size_t count = 0;
    (void)state;
    for (size_t length = 0; length <= sizeof bytes; length++)
        etag_of(bytes, length, tags[count++]);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 1;
        etag_of(bytes, sizeof bytes, tags[count++]);
        bytes[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(tags[i], tags[j]);
    }
}

static void a_list_is_looked_through(void **state)
{
    static const struct {
        const char *list;
        bool listed;
    } rows[] = {
        {"W/\"0123456789abcdef\"", true},
        {"\"0123456789abcdef\"", true}, /* compared weakly */
        {"\"x\", W/\"0123456789abcdef\" , \"y\"", true},
        {"*", true},
        {"W/\"0123456789abcdee\"", false},
        {"0123456789abcdef", false},
        {"\"*\"", false},
        {"", false},
        {NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (etag_listed(rows[i].list, "W/\"0123456789abcdef\"") != rows[i].listed)
            fail_msg("If-None-Match: %s", rows[i].list ? rows[i].list : "(none)");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_have_the_same_tag),
        cmocka_unit_test(one_byte_makes_another_tag),
        cmocka_unit_test(a_list_is_looked_through),
    };
    return cmocka_run_group_tests_name("etag", tests, NULL, NULL);
}
