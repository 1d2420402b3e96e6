#include "core/stats.h"
#include "near.h"

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
    stats_quantiles(v, 3, (double[]){0.25, 0.75}, work, (double[2]){0});
    assert_near(v[0], 3, 0);
    assert_near(v[1], 1, 0);
    assert_near(v[2], 2, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_equal_numpys),
        cmocka_unit_test(median_of_even_and_odd),
        cmocka_unit_test(the_input_is_left_as_it_was),
        cmocka_unit_test(every_place_is_selected),
        cmocka_unit_test(two_quantiles_equal_one_by_one),
        cmocka_unit_test(kendall_counts_pairs),
        cmocka_unit_test(no_shape_makes_selection_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
