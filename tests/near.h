/* cmocka 1.1.5 has no assert for doubles. */
#ifndef TESTS_NEAR_H
#define TESTS_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void assert_near_(double a, double b, double tolerance, const char *file,
                                int line)
{
    double scale = fmax(1.0, fmax(fabs(a), fabs(b)));
    if (a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * scale)
        return;
    print_error("%.17g is not within %g of %.17g\n", a, tolerance, b);
    _fail(file, line);
}

/* |a - b| <= tolerance * max(1, |a|, |b|); NaN equals NaN. */
#define assert_near(a, b, tolerance) \
    assert_near_((a), (b), (tolerance), __FILE__, __LINE__)

#endif
