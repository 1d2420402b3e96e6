/* Columns of stairs: a scheduler that counts epochs, logged with every batch. */
#include "core/fit/points.h"

#include <math.h>

enum { STAIR_MIN = 3, CHANGES_MIN = 3 };

/* The next point with another rate; data->count: none. */
static size_t next_change(const struct fit_data *data, size_t i)
{
    for (i++; i < data->count && data->y[i] == data->y[i - 1];)
        i++;
    return i;
}

/* Where rows are missing a change may have come before its row. */
static bool is_sharp(const struct fit_data *data, size_t change)
{
    return data->sparse || data->x[change] - data->x[change - 1] == 1;
}

/* The shortest stair with a stair on either side; 0: there are too few, or none is seen
   to last. */
static double shortest_stair(const struct fit_data *data)
{
    double shortest = INFINITY, sharp = NAN;
    size_t changes = 0, since = 0, next;
    for (size_t i = next_change(data, 0); i < data->count; i = next) {
        next = next_change(data, i);
        changes++;
        since++;
        if (next - i < 2 && next < data->count)
            return 0;
        if (!is_sharp(data, i))
            continue;
        shortest = fmin(shortest, (data->x[i] - sharp) / (double)since);
        sharp = data->x[i];
        since = 0;
    }
    return changes >= CHANGES_MIN && isfinite(shortest) ? shortest : 0;
}

/* A rounded line has stairs of one unit; but its first one is half as long. */
static bool may_be_rounding(const struct fit_data *data, double from)
{
    if (from == data->x[0])
        return false;
    for (size_t i = next_change(data, 0); i < data->count; i = next_change(data, i)) {
        double before = data->y[i - 1], after = data->y[i];
        if (fabs(after - before) > 5 * fit_rounding(data, fmax(before, after)))
            return false;
    }
    return true;
}

/* Makes every change fall on the beginning of a stair. */
static double lay_stairs(const struct fit_data *data, double from, double every)
{
    double low = 0, high = INFINITY, k = 0;
    for (size_t i = next_change(data, 0); i < data->count; i = next_change(data, i)) {
        k = fmax(1, rint((data->x[i] - from) / every));
        low = fmax(low, (data->x[i - 1] - from) / k);
        high = fmin(high, (data->x[i] - from) / k);
        if (!(low < high))
            return 0;
        if (every <= low || every > high)
            every = (low + high) / 2;
    }
    double last = (data->x[data->count - 1] - from) / (k + 1);
    if (last < high) /* else it stands still at the end */
        low = fmax(low, last);
    every = floor((low + high) / 2) > low ? floor((low + high) / 2) : floor(high);
    return every > low ? every : 0;
}

bool fit_find_stairs(const struct fit_data *data, struct schedule_stairs *out)
{
    double every = shortest_stair(data);
    if (every < STAIR_MIN)
        return false;
    double first = data->x[next_change(data, 0)];
    double from =
        data->sparse ? data->natural : first - every * ceil((first - data->x[0]) / every);
    if (may_be_rounding(data, from))
        return false;
    every = lay_stairs(data, from, every);
    *out = (struct schedule_stairs){(int64_t)from, (int64_t)every};
    return every >= STAIR_MIN;
}

void fit_take_stairs(double *work, struct fit_data *data,
                     const struct schedule_stairs *stairs)
{
    double *x = work, *y = work + (data->y - data->x), last = -1;
    double planned = data->planned > 0 ? data->planned - data->first : 0;
    size_t count = 0;
    for (size_t i = 0; i < data->count; i++) {
        double k = floor((x[i] - (double)stairs->from) / (double)stairs->every);
        if (k <= last)
            continue;
        x[count] = last = k;
        y[count++] = y[i];
    }
    data->count = count;
    data->stairs = *stairs;
    data->exact = false;
    fit_describe(data);
    data->planned = planned > 0 ? data->first + planned : 0;
    data->unit = SCHEDULE_EPOCH;
}
