#include "core/stats.h"
#include "near.h"

static void mean_and_std(void **state)
{
    (void)state;
    const double v[] = {2, 4, 4, 4, 5, 5, 7, 9};
    assert_near(stats_mean(v, 8), 5, 1e-15);
    assert_near(stats_std(v, 8), sqrt(32.0 / 7), 1e-15);
    assert_near(stats_std(v, 1), 0, 0);
    assert_true(isnan(stats_mean(v, 0)));
}

/* numpy.quantile([15, 20, 35, 40, 50], q) */
static void quantiles_equal_numpys(void **state)
{
    (void)state;
    const double v[] = {50, 15, 40, 20, 35};
    double work[5];
    assert_near(stats_quantile(v, 5, 0, work), 15, 0);
    assert_near(stats_quantile(v, 5, 0.05, work), 16, 1e-14);
    assert_near(stats_quantile(v, 5, 0.5, work), 35, 0);
    assert_near(stats_quantile(v, 5, 0.625, work), 37.5, 0);
    assert_near(stats_quantile(v, 5, 0.95, work), 48, 1e-14);
    assert_near(stats_quantile(v, 5, 1, work), 50, 0);
    assert_true(isnan(stats_quantile(v, 0, 0.5, work)));
}

static void median_of_even_and_odd(void **state)
{
    (void)state;
    const double v[] = {9, 1, 5, 3};
    double work[4];
    assert_near(stats_median(v, 4, work), 4, 0);
    assert_near(stats_median(v, 3, work), 5, 0);
    assert_near(stats_median(v, 1, work), 9, 0);
}

static void the_input_is_left_as_it_was(void **state)
{
    (void)state;
    double v[] = {3, 1, 2}, work[3];
    stats_median(v, 3, work);
    stats_mad(v, 3, work);
    assert_near(v[0], 3, 0);
    assert_near(v[1], 1, 0);
    assert_near(v[2], 2, 0);
}

static void mad_of_even_and_odd(void **state)
{
    (void)state;
    const double v[] = {1, 1, 2, 2, 4, 6, 9};
    double work[7];
    assert_near(stats_mad(v, 7, work), 1.4826, 1e-15);
    assert_near(stats_mad(v, 6, work), 1.4826 * 1, 1e-15); /* deviations 1 1 0 0 2 4 */
    assert_true(isnan(stats_mad(v, 0, work)));
}

static void mad_ignores_an_outlier(void **state)
{
    (void)state;
    double v[101], work[101];
    for (int i = 0; i < 101; i++)
        v[i] = i % 2;
    v[50] = 1e9;
    assert_true(stats_mad(v, 101, work) < 2);
}

/* Selection against counting, on lengths and orders that break partitions: sorted,
   reversed, all equal, two values, organ pipes. */
static void every_place_is_selected(void **state)
{
    (void)state;
    double v[40], work[40];
    for (int kind = 0; kind < 5; kind++) {
        for (int count = 1; count <= 40; count++) {
            for (int i = 0; i < count; i++) {
                const double by_kind[] = {i, -i, 7, i % 2, i < count / 2 ? i : count - i};
                v[i] = by_kind[kind];
            }
            for (int k = 0; k < count; k++) {
                double q = count > 1 ? (double)k / (count - 1) : 0;
                double found = stats_quantile(v, (size_t)count, q, work);
                int below = 0, above = 0;
                for (int i = 0; i < count; i++) {
                    below += v[i] < found - 1e-9;
                    above += v[i] > found + 1e-9;
                }
                assert_true(below <= k && above <= count - 1 - k);
            }
        }
    }
}

static void two_quantiles_equal_one_by_one(void **state)
{
    (void)state;
    const double v[] = {50, 15, 40, 20, 35, 35, 2}, q[2] = {0.05, 0.625};
    double work[7], both[2];
    stats_quantiles(v, 7, q, work, both);
    assert_near(both[0], stats_quantile(v, 7, q[0], work), 0);
    assert_near(both[1], stats_quantile(v, 7, q[1], work), 0);
    stats_quantiles(v, 0, q, work, both);
    assert_true(isnan(both[0]) && isnan(both[1]));
}

/* S = 45 - 0 pairs of 10: (45 - 1) / sqrt(10 * 9 * 25 / 18) */
static void kendall_counts_pairs(void **state)
{
    (void)state;
    double v[10];
    for (int i = 0; i < 10; i++)
        v[i] = exp(i);
    assert_near(stats_kendall(v, 10), 44 / sqrt(125), 1e-12);
    for (int i = 0; i < 10; i++)
        v[i] = -v[i];
    assert_near(stats_kendall(v, 10), -44 / sqrt(125), 1e-12);
    const double even[] = {1, 2, 2, 1}, equal[] = {3, 3, 3};
    assert_near(stats_kendall(even, 4), 0, 0);
    assert_near(stats_kendall(equal, 3), 0, 0);
    assert_near(stats_kendall(v, 2), 0, 0);
}

/* A selection that takes every pivot from one place needs minutes for one of these. */
static void no_shape_makes_selection_slow(void **state)
{
    (void)state;
    enum { LONG = 200000 };
    static double v[LONG], work[LONG];
    for (int kind = 0; kind < 4; kind++) {
        for (int i = 0; i < LONG; i++) {
            const double by_kind[] = {i, 7, i % 3, i < LONG / 2 ? i : LONG - i};
            v[i] = by_kind[kind];
        }
        const double medians[] = {(LONG - 1) / 2.0, 7, 1, LONG / 4.0};
        assert_near(stats_median(v, LONG, work), medians[kind], 1e-9);
    }
}

static void slope_of_a_line(void **state)
{
    (void)state;
    const double v[] = {1, 3, 5, 7, 9};
    assert_near(stats_slope(v, 5), 2, 1e-15);
    assert_near(stats_slope(v, 1), 0, 0);
    const double peak[] = {0, 1, 0};
    assert_near(stats_slope(peak, 3), 0, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_std),
        cmocka_unit_test(quantiles_equal_numpys),
        cmocka_unit_test(median_of_even_and_odd),
        cmocka_unit_test(the_input_is_left_as_it_was),
        cmocka_unit_test(mad_of_even_and_odd),
        cmocka_unit_test(mad_ignores_an_outlier),
        cmocka_unit_test(every_place_is_selected),
        cmocka_unit_test(two_quantiles_equal_one_by_one),
        cmocka_unit_test(kendall_counts_pairs),
        cmocka_unit_test(no_shape_makes_selection_slow),
        cmocka_unit_test(slope_of_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
