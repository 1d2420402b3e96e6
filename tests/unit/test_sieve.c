/* store/sieve.h: which points of an old curve stay. */
#include "near.h"

#include "store/sieve.h"

#include <math.h>

enum { COUNT = 100000, POINTS_MAX = 5000 };

struct curve {
    int64_t step[COUNT], time_ms[COUNT];
    double value[COUNT];
    struct points points;
    struct metric metric;
};
static struct curve curve;

static int64_t kept_step[POINTS_MAX], kept_time[POINTS_MAX];
static double kept_value[POINTS_MAX];
static struct points kept;

/* A noisy fall with steps of 3. */
static void make_curve(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        curve.step[i] = 3 * (int64_t)i;
        curve.time_ms[i] = 7 * (int64_t)i;
        curve.value[i] = 1 / (1.0 + (double)i) + 1e-3 * sin((double)i * 12.9898);
    }
    curve.points = (struct points){curve.step, curve.time_ms, curve.value, count};
    curve.metric = (struct metric){.count = (int64_t)count};
}

static void set_value(size_t i, double value)
{
    curve.value[i] = value;
    curve.metric.nonfinite_count += !isfinite(value);
}

/* In pieces, as they come from a store. */
static void thin_curve(size_t points)
{
    struct sieve sieve;
    kept = (struct points){kept_step, kept_time, kept_value, 0};
    sieve_begin(&sieve, &curve.metric, points, &kept);
    for (size_t at = 0; at < curve.points.count; at += 128) {
        size_t left = curve.points.count - at;
        struct points piece = {curve.step + at, curve.time_ms + at, curve.value + at,
                               left < 128 ? left : 128};
        sieve_add(&sieve, &piece);
    }
    sieve_end(&sieve);
    assert_true(kept.count <= points);
}

static void assert_kept(size_t index)
{
    for (size_t i = 0; i < kept.count; i++) {
        if (kept.step[i] != curve.step[index])
            continue;
        assert_int_equal(kept.time_ms[i], curve.time_ms[index]);
        assert_memory_equal(&kept.value[i], &curve.value[index], sizeof(double));
        return;
    }
    fail_msg("point %zu did not stay", index);
}

static void as_many_points_as_asked_for_stay_in_order(void **state)
{
    (void)state;
    make_curve(COUNT);
    thin_curve(1000);
    assert_true(kept.count > 900);
    for (size_t i = 1; i < kept.count; i++)
        assert_true(kept.step[i] > kept.step[i - 1]);
}

static void first_last_lowest_and_highest_stay(void **state)
{
    (void)state;
    make_curve(COUNT);
    set_value(4321, -5);
    set_value(4322, -5); /* the first of equals counts */
    set_value(98765, 77);
    thin_curve(100);
    assert_kept(0);
    assert_kept(COUNT - 1);
    assert_kept(4321);
    assert_kept(98765);
}

static void a_single_nan_stays_and_costs_one_point(void **state)
{
    (void)state;
    make_curve(COUNT);
    set_value(50000, NAN);
    thin_curve(1000);
    assert_kept(50000);
    assert_true(kept.count > 900);
}

static void where_all_is_nan_the_curve_still_keeps_to_its_number(void **state)
{
    (void)state;
    make_curve(COUNT);
    for (size_t i = COUNT / 2; i < COUNT; i++)
        set_value(i, i % 2 ? NAN : INFINITY);
    thin_curve(100);
    assert_kept(COUNT / 2);
    assert_kept(COUNT - 1);
    for (size_t i = 0; i < COUNT; i++)
        set_value(i, NAN);
    thin_curve(100);
    assert_kept(0);
    assert_kept(COUNT - 1);
}

static void just_above_the_limit_the_limit_holds(void **state)
{
    (void)state;
    for (size_t count = 101; count < 140; count++) {
        make_curve(count);
        set_value(count / 2, NAN);
        thin_curve(100);
        assert_kept(0);
        assert_kept(count / 2);
        assert_kept(count - 1);
    }
}

/* Somebody posted in between. */
static void more_points_than_were_said_find_no_room(void **state)
{
    (void)state;
    make_curve(20000);
    curve.metric.count = 101;
    thin_curve(1000);
    assert_int_equal(kept.step[0], 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_points_as_asked_for_stay_in_order),
        cmocka_unit_test(first_last_lowest_and_highest_stay),
        cmocka_unit_test(a_single_nan_stays_and_costs_one_point),
        cmocka_unit_test(where_all_is_nan_the_curve_still_keeps_to_its_number),
        cmocka_unit_test(just_above_the_limit_the_limit_holds),
        cmocka_unit_test(more_points_than_were_said_find_no_room),
    };
    return cmocka_run_group_tests_name("sieve", tests, NULL, NULL);
}
