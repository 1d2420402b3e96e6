#include "core/series.h"

#include <math.h>

size_t series_lower_bound(const struct series *series, int64_t step)
{
    size_t low = 0, high = series->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (series->step[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct series series_slice(const struct series *series, int64_t from, int64_t to)
{
    size_t first = series_lower_bound(series, from);
    size_t end = to == INT64_MAX ? series->count : series_lower_bound(series, to + 1);
    if (end <= first)
        return (struct series){0};
    return (struct series){series->step + first, series->value + first, end - first};
}

size_t series_best(const struct series *series, int sign)
{
    size_t best = series->count;
    for (size_t i = 0; i < series->count; i++) {
        if (isfinite(series->value[i]) &&
            (best == series->count ||
             sign * series->value[i] < sign * series->value[best]))
            best = i;
    }
    return best;
}
