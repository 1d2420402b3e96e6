#include "core/series.h"
#include "near.h"

static const int64_t steps[] = {1, 3, 5, 9};
static const double values[] = {4, NAN, 2, 2};
static const struct series series = {steps, values, 4};

static void lower_bound_finds_the_first_at_or_after(void **state)
{
    (void)state;
    assert_int_equal(series_lower_bound(&series, 0), 0);
    assert_int_equal(series_lower_bound(&series, 3), 1);
    assert_int_equal(series_lower_bound(&series, 4), 2);
    assert_int_equal(series_lower_bound(&series, 10), 4);
}

static void slice_includes_both_ends(void **state)
{
    (void)state;
    struct series part = series_slice(&series, 3, 5);
    assert_int_equal(part.count, 2);
    assert_int_equal(part.step[0], 3);
    assert_int_equal(series_slice(&series, 6, 8).count, 0);
    assert_int_equal(series_slice(&series, 5, 3).count, 0);
    assert_int_equal(series_slice(&series, INT64_MIN, INT64_MAX).count, 4);
}

static void best_passes_over_NaN_and_takes_the_first_of_equals(void **state)
{
    (void)state;
    assert_int_equal(series_best(&series, 1), 2);
    assert_int_equal(series_best(&series, -1), 0);
}

static void best_of_nothing_is_count(void **state)
{
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY};
    struct series none = {steps, bad, 3}, empty = {NULL, NULL, 0};
    assert_int_equal(series_best(&none, 1), 3);
    assert_int_equal(series_best(&empty, 1), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lower_bound_finds_the_first_at_or_after),
        cmocka_unit_test(slice_includes_both_ends),
        cmocka_unit_test(best_passes_over_NaN_and_takes_the_first_of_equals),
        cmocka_unit_test(best_of_nothing_is_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
