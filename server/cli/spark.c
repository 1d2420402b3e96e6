#include "cli/spark.h"

#include <math.h>

static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
enum { BARS = sizeof bars / sizeof *bars };

/* The highest value; NaN when one is not finite. */
static double highest(const double *value, size_t count)
{
    double high = value[0];
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(value[i]))
            return NAN;
        high = fmax(high, value[i]);
    }
    return high;
}

void spark_add(struct buf *out, const double *value, size_t count, size_t width)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(value[i])) {
            low = fmin(low, value[i]);
            high = fmax(high, value[i]);
        }
    }
    if (width > count)
        width = count;
    for (size_t i = 0; i < width; i++) {
        size_t from = i * count / width, end = (i + 1) * count / width;
        double top = highest(value + from, end - from);
        double share = high > low ? (top / 2 - low / 2) / (high / 2 - low / 2) : 0;
        buf_add_text(out, isnan(top) ? "x" : bars[(size_t)(share * (BARS - 1) + 0.5)]);
    }
}
