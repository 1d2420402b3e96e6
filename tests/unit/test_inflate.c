#include "near.h"

#include "http/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LIMIT 100000

/* gzip of length bytes, each `fill` or, when it is 0, hard to pack. */
static struct buf gzip_of(size_t length, char fill)
{
    struct buf out;
    z_stream z = {0};
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    unsigned seed = 1;
    for (size_t i = 0; i < length; i++)
        bytes[i] = fill ? fill : (char)((seed = seed * 1103515245u + 12345u) >> 24);
    buf_init(&out, 1 << 24);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
    size_t bound = deflateBound(&z, length);
    z.next_in = (unsigned char *)bytes;
    z.avail_in = (unsigned)length;
    z.next_out = (unsigned char *)buf_reserve(&out, bound);
    z.avail_out = (unsigned)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.length = bound - z.avail_out;
    deflateEnd(&z);
    free(bytes);
    return out;
}

/* Feeds it in parts of `step` bytes; the length that came out, or minus the status. */
static long unpack(const char *packed, size_t length, size_t step)
{
    struct inflate *gz = NULL;
    struct err err = {0};
    struct buf out;
    buf_init(&out, LIMIT);
    assert_int_equal(inflate_open(&gz, &err), ST_OK);
    enum status status = ST_OK;
    for (size_t at = 0; !status && at < length; at += step)
        status = inflate_feed(gz, packed + at, length - at < step ? length - at : step,
                              &out, &err);
    if (!status)
        status = inflate_end(gz, &err);
    long result = status ? -(long)status : (long)out.length;
    assert_true(out.length <= LIMIT);
    inflate_close(gz);
    buf_release(&out);
    return result;
}

static long round_trip(size_t length, char fill, size_t step)
{
    struct buf packed = gzip_of(length, fill);
    long result = unpack(packed.data, packed.length, step);
    buf_release(&packed);
    return result;
}

static void whole_and_in_parts(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 1000, 65535, 65536, 65537, LIMIT};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_int_equal(round_trip(lengths[i], 'a', 1), lengths[i]);
        assert_int_equal(round_trip(lengths[i], 'a', 1 << 20), lengths[i]);
        assert_int_equal(round_trip(lengths[i], 0, 100), lengths[i]);
        assert_int_equal(round_trip(lengths[i], 0, 1 << 20), lengths[i]);
    }
}

static void more_than_the_limit_is_too_large(void **state)
{
    (void)state;
    assert_int_equal(round_trip(LIMIT + 1, 'a', 1 << 20), -ST_TOO_LARGE);
    assert_int_equal(round_trip(LIMIT + 1, 0, 100), -ST_TOO_LARGE);
    assert_int_equal(round_trip(10000000, 'a', 1 << 20), -ST_TOO_LARGE);
}

static void several_members_are_one_body(void **state)
{
    (void)state;
    struct buf both = gzip_of(1000, 'a'), second = gzip_of(500, 'b');
    buf_add(&both, second.data, second.length);
    assert_int_equal(unpack(both.data, both.length, 1 << 20), 1500);
    assert_int_equal(unpack(both.data, both.length, 1), 1500);
    buf_release(&both);
    buf_release(&second);
}

static void cut_short_is_malformed(void **state)
{
    (void)state;
    struct buf packed = gzip_of(1000, 0);
    for (size_t length = 0; length < packed.length; length++)
        assert_int_equal(unpack(packed.data, length, 1 << 20), -ST_MALFORMED);
    buf_release(&packed);
}

static void damage_is_malformed(void **state)
{
    (void)state;
    struct buf packed = gzip_of(1000, 'a');
    packed.data[packed.length - 8] ^= 1; /* of the checksum */
    assert_int_equal(unpack(packed.data, packed.length, 1 << 20), -ST_MALFORMED);
    buf_release(&packed);
}

static void trailing_bytes_are_malformed(void **state)
{
    (void)state;
    struct buf packed = gzip_of(1000, 'a');
    buf_add_text(&packed, "and more");
    assert_int_equal(unpack(packed.data, packed.length, 1 << 20), -ST_MALFORMED);
    buf_release(&packed);
}

static void plain_text_and_zlib_framing_are_malformed(void **state)
{
    (void)state;
    unsigned char zlib[64];
    uLongf length = sizeof zlib;
    assert_int_equal(compress(zlib, &length, (const unsigned char *)"abc", 3), Z_OK);
    assert_int_equal(unpack((const char *)zlib, length, 1 << 20), -ST_MALFORMED);
    assert_int_equal(unpack("{\"epoch\": 1}", 12, 1 << 20), -ST_MALFORMED);
}

static void close_takes_null(void **state)
{
    (void)state;
    inflate_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_in_parts),
        cmocka_unit_test(more_than_the_limit_is_too_large),
        cmocka_unit_test(several_members_are_one_body),
        cmocka_unit_test(cut_short_is_malformed),
        cmocka_unit_test(damage_is_malformed),
        cmocka_unit_test(trailing_bytes_are_malformed),
        cmocka_unit_test(plain_text_and_zlib_framing_are_malformed),
        cmocka_unit_test(close_takes_null),
    };
    return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
