/* core/fit/least_squares: exact where there is an answer, and no answer where there is
   none. */
#include "core/fit/least_squares.h"
#include "near.h"

static struct fit_line_sums line_sums(const double (*points)[3], size_t count)
{
    struct fit_line_sums sums = {0};
    for (size_t i = 0; i < count; i++)
        fit_line_add(&sums, points[i][0], points[i][1], points[i][2]);
    return sums;
}

static void a_line_is_met(void **state)
{
    static const double points[][3] = {
        {0, 1, 1}, {1, 3, 0.5}, {2, 5, 2}, {4, 9, 1}, {9, 19, 0.125}};
    struct fit_line_sums sums = line_sums(points, 5);
    struct fit_straight line;
    (void)state;
    assert_true(fit_line_solve(&sums, &line));
    assert_near(line.at, 1, 1e-12);
    assert_near(line.slope, 2, 1e-12);
    assert_near(line.residual, 0, 1e-6);
}

static void a_heavy_point_counts_for_more(void **state)
{
    static const double points[][3] = {{0, 0, 1e6}, {1, 1, 1e6}, {2, 2, 1e6}, {3, 9, 1}};
    struct fit_line_sums sums = line_sums(points, 4);
    struct fit_straight line;
    (void)state;
    assert_true(fit_line_solve(&sums, &line));
    assert_near(line.slope, 1, 1e-4);
}

static void three_points_make_no_line(void **state)
{
    static const double points[][3] = {{0, 0, 1}, {1, 1, 1}, {2, 2, 1}};
    struct fit_line_sums sums = line_sums(points, 3);
    struct fit_straight line;
    (void)state;
    assert_false(fit_line_solve(&sums, &line));
}

/* n xx - x x is 0 but for rounding, which an absolute guard takes for a spread. */
static void nor_do_points_at_one_place(void **state)
{
    struct fit_straight line;
    (void)state;
    for (double x = 0.1; x < 1e6; x *= 1.7) {
        struct fit_line_sums sums = {0};
        for (int i = 0; i < 49; i++)
            fit_line_add(&sums, x, i, 0.3);
        assert_false(fit_line_solve(&sums, &line));
    }
}

static struct fit_amplitudes curve_sums(double a, double b, double apart)
{
    struct fit_amplitudes sums = {0};
    for (int i = 0; i < 20; i++) {
        double u = 1 + cos(0.1 * i), v = 0.3 * u + apart * i;
        fit_amplitudes_add(&sums, u, v, a * u + b * v);
    }
    return sums;
}

static void two_amplitudes_are_met(void **state)
{
    struct fit_amplitudes sums = curve_sums(3, -2, 1);
    double a, b;
    (void)state;
    assert_true(fit_amplitudes_both(&sums, &a, &b));
    assert_near(a, 3, 1e-9);
    assert_near(b, -2, 1e-9);
    assert_near(fit_amplitudes_rest(&sums, true), 0, 1e-9);
    assert_true(fit_amplitudes_rest(&sums, false) > 1);
}

static void one_that_says_what_the_other_says_is_left_out(void **state)
{
    static const double apart[] = {0, 1e-12, 1e-9};
    double a, b;
    (void)state;
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        struct fit_amplitudes sums = curve_sums(3, 1, apart[i]);
        assert_false(fit_amplitudes_both(&sums, &a, &b));
        assert_near(a, 3.3, 1e-7);
        assert_true(b == 0);
        assert_near(fit_amplitudes_rest(&sums, true), 0, 1e-9);
    }
}

static void nothing_leaves_nothing(void **state)
{
    struct fit_amplitudes sums = {0};
    double a, b;
    (void)state;
    assert_false(fit_amplitudes_both(&sums, &a, &b));
    assert_true(a == 0 && b == 0);
    assert_true(fit_amplitudes_rest(&sums, true) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_met),
        cmocka_unit_test(a_heavy_point_counts_for_more),
        cmocka_unit_test(three_points_make_no_line),
        cmocka_unit_test(nor_do_points_at_one_place),
        cmocka_unit_test(two_amplitudes_are_met),
        cmocka_unit_test(one_that_says_what_the_other_says_is_left_out),
        cmocka_unit_test(nothing_leaves_nothing),
    };
    return cmocka_run_group_tests_name("least squares", tests, NULL, NULL);
}
