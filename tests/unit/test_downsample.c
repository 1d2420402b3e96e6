#include "near.h"

#include "core/downsample.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 4096

struct sample {
    double x[ROOM], y[ROOM], smooth[ROOM];
    double out_x[ROOM], value[ROOM], min[ROOM], max[ROOM], out_smooth[ROOM];
    struct downsample_in in;
    struct downsample_out out;
};

static struct sample *sample_new(size_t count)
{
    struct sample *s = calloc(1, sizeof *s);
    assert_non_null(s);
    for (size_t i = 0; i < count; i++) {
        s->x[i] = (double)i;
        s->y[i] = sin((double)i / 7) + (double)(i % 13);
        s->smooth[i] = (double)i * 10;
    }
    s->in = (struct downsample_in){s->x, s->y, s->smooth, count};
    s->out =
        (struct downsample_out){s->out_x, s->value, s->min, s->max, s->out_smooth, 0};
    return s;
}

static void few_points_are_copied(void **state)
{
    (void)state;
    struct sample *s = sample_new(10);
    assert_false(downsample(&s->in, 10, &s->out));
    assert_int_equal(s->out.count, 10);
    assert_memory_equal(s->value, s->y, 10 * sizeof *s->y);
    assert_memory_equal(s->min, s->y, 10 * sizeof *s->y);
    assert_memory_equal(s->max, s->y, 10 * sizeof *s->y);
    free(s);
}

static void one_too_many_is_thinned(void **state)
{
    (void)state;
    struct sample *s = sample_new(11);
    assert_true(downsample(&s->in, 10, &s->out));
    assert_true(s->out.count <= 10);
    free(s);
}

static void ends_are_kept(void **state)
{
    (void)state;
    struct sample *s = sample_new(1000);
    assert_true(downsample(&s->in, 50, &s->out));
    size_t last = s->out.count - 1;
    assert_true(s->out.count <= 50);
    assert_near(s->out_x[0], 0, 0);
    assert_near(s->value[0], s->y[0], 0);
    assert_near(s->out_x[last], 999, 0);
    assert_near(s->value[last], s->y[999], 0);
    free(s);
}

static void no_spike_is_hidden(void **state)
{
    (void)state;
    struct sample *s = sample_new(4000);
    s->y[1234] = 1e6;
    s->y[2345] = -1e6;
    assert_true(downsample(&s->in, 100, &s->out));
    double min = 0, max = 0;
    for (size_t i = 0; i < s->out.count; i++) {
        min = fmin(min, s->min[i]);
        max = fmax(max, s->max[i]);
        assert_true(s->min[i] <= s->value[i] && s->value[i] <= s->max[i]);
    }
    assert_near(min, -1e6, 0);
    assert_near(max, 1e6, 0);
    free(s);
}

static void the_smoothed_value_belongs_to_its_point(void **state)
{
    (void)state;
    struct sample *s = sample_new(500);
    downsample(&s->in, 20, &s->out);
    for (size_t i = 0; i < s->out.count; i++)
        assert_near(s->out_smooth[i], s->out_x[i] * 10, 0);
    free(s);
}

static void non_finite_values_are_passed_over(void **state)
{
    (void)state;
    struct sample *s = sample_new(8);
    s->y[0] = NAN;
    s->y[3] = INFINITY;
    s->y[7] = -INFINITY;
    assert_false(downsample(&s->in, 5, &s->out));
    assert_int_equal(s->out.count, 5);
    assert_near(s->out_x[0], 1, 0);
    assert_near(s->out_x[4], 6, 0);
    free(s);
}

static void nothing_finite_gives_nothing(void **state)
{
    (void)state;
    struct sample *s = sample_new(4);
    for (size_t i = 0; i < 4; i++)
        s->y[i] = NAN;
    assert_false(downsample(&s->in, 4, &s->out));
    assert_int_equal(s->out.count, 0);
    free(s);
}

static void equal_x_share_a_bucket(void **state)
{
    (void)state;
    struct sample *s = sample_new(100);
    memset(s->x, 0, sizeof s->x);
    assert_true(downsample(&s->in, 10, &s->out));
    assert_int_equal(s->out.count, 3); /* the first, all between, the last */
    free(s);
}

static void a_gap_leaves_its_buckets_out(void **state)
{
    (void)state;
    struct sample *s = sample_new(100);
    for (size_t i = 50; i < 100; i++)
        s->x[i] += 1e9;
    assert_true(downsample(&s->in, 20, &s->out));
    assert_int_equal(s->out.count, 4);
    free(s);
}

static void a_point_without_a_place_is_passed_over(void **state)
{
    (void)state;
    struct sample *s = sample_new(100);
    s->x[0] = NAN;
    for (size_t i = 5; i < 100; i += 2)
        s->x[i] = i % 4 == 1 ? NAN : INFINITY;
    assert_true(downsample(&s->in, 10, &s->out));
    assert_true(s->out.count <= 10);
    assert_near(s->out_x[0], 1, 0);
    assert_near(s->out_x[s->out.count - 1], 98, 0);
    for (size_t i = 0; i < s->out.count; i++)
        assert_true(isfinite(s->out_x[i]));
    free(s);
}

/* Against the contract: the room is kept to all the same. */
static void falling_x_stays_within_its_room(void **state)
{
    (void)state;
    struct sample *s = sample_new(1000);
    for (size_t i = 0; i < 1000; i++)
        s->x[i] = -(double)i;
    assert_true(downsample(&s->in, 4, &s->out));
    assert_true(s->out.count <= 4);
    free(s);
}

static void x_that_goes_back_and_forth_stays_within_its_room(void **state)
{
    (void)state;
    struct sample *s = sample_new(1000);
    for (size_t i = 0; i < 999; i++)
        s->x[i] = i % 2 ? 1e9 : -1e9 + (double)i;
    assert_true(downsample(&s->in, 10, &s->out));
    assert_true(s->out.count <= 10);
    free(s);
}

static void ema_of_a_constant_is_the_constant(void **state)
{
    (void)state;
    const double x[] = {0, 1, 5, 6}, y[] = {3, 3, 3, 3};
    double out[4];
    smooth_ema(x, y, 4, 2, out);
    for (size_t i = 0; i < 4; i++)
        assert_near(out[i], 3, 1e-15);
}

static void ema_forgets_half_in_a_half_life(void **state)
{
    (void)state;
    const double x[] = {0, 4}, y[] = {0, 3};
    double out[2];
    smooth_ema(x, y, 2, 4, out);
    assert_near(out[1], 3 / 1.5, 1e-15); /* weights 1/2 and 1 */
}

static void ema_passes_over_nan(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2}, y[] = {NAN, 2, NAN};
    double out[3];
    smooth_ema(x, y, 3, 1, out);
    assert_true(isnan(out[0]));
    assert_near(out[1], 2, 0);
    assert_near(out[2], 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_points_are_copied),
        cmocka_unit_test(one_too_many_is_thinned),
        cmocka_unit_test(ends_are_kept),
        cmocka_unit_test(no_spike_is_hidden),
        cmocka_unit_test(the_smoothed_value_belongs_to_its_point),
        cmocka_unit_test(non_finite_values_are_passed_over),
        cmocka_unit_test(nothing_finite_gives_nothing),
        cmocka_unit_test(equal_x_share_a_bucket),
        cmocka_unit_test(a_gap_leaves_its_buckets_out),
        cmocka_unit_test(a_point_without_a_place_is_passed_over),
        cmocka_unit_test(falling_x_stays_within_its_room),
        cmocka_unit_test(x_that_goes_back_and_forth_stays_within_its_room),
        cmocka_unit_test(ema_of_a_constant_is_the_constant),
        cmocka_unit_test(ema_forgets_half_in_a_half_life),
        cmocka_unit_test(ema_passes_over_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
