/* The usable points of a column: how they were rounded, where t = 0 should be. */
#include "core/fit/points.h"

#include <math.h>

/* A last row of 0 that does not lie on the way down is how some loggers end. */
static size_t without_last_zero(const double *x, const double *y, size_t count)
{
    if (count < 3 || y[count - 1] != 0)
        return count;
    const double *at = x + count - 1, *rate = y + count - 1;
    double slope = (rate[-2] - rate[-1]) / (at[-1] - at[-2]);
    double expected = rate[-1] - fmax(0, slope) * (at[0] - at[-1]);
    return expected > 0.1 * rate[-1] ? count - 1 : count;
}

static size_t copy_usable(const struct series *lr, double *x, double *y)
{
    size_t count = 0;
    for (size_t i = 0; i < lr->count; i++) {
        if (!isfinite(lr->value[i]) || lr->value[i] < 0)
            continue;
        x[count] = (double)lr->step[i];
        y[count++] = lr->value[i];
    }
    return without_last_zero(x, y, count);
}

/* --- rounding --- */

double fit_grid(const double *value, size_t count, double range, double finest)
{
    double grid = pow(10, ceil(log10(range)));
    for (; grid > finest; grid /= 10) {
        size_t i = 0;
        for (; i < count; i++) {
            double multiple = value[i] / grid;
            if (isfinite(multiple) && fabs(multiple - rint(multiple)) > 1e-6)
                break;
        }
        if (i == count)
            return grid;
    }
    return 0;
}

static bool has_digits(double y, int digits)
{
    if (y == 0)
        return true;
    double scaled = y * pow(10, digits - 1 - floor(log10(y)));
    return fabs(scaled - rint(scaled)) <= 1e-9 * scaled;
}

/* Fewer than three digits are how people write rates, more than six how programs do. */
static int find_digits(const struct fit_data *data)
{
    for (int digits = 3; digits <= 6; digits++) {
        size_t i = 0;
        while (i < data->score_count && has_digits(data->score_y[i], digits))
            i++;
        if (i == data->score_count)
            return digits;
    }
    return 0;
}

static bool is_float32(const struct fit_data *data)
{
    for (size_t i = 0; i < data->score_count; i++) {
        if ((double)(float)data->score_y[i] != data->score_y[i])
            return false;
    }
    return true;
}

double fit_rounding(const struct fit_data *data, double y)
{
    double error = data->float32 ? 6e-8 * y : 0;
    if (data->exact)
        return error;
    error = fmax(error, 0.5 * data->grid);
    if (data->digits && y > 0) {
        double unit = data->high_unit;
        for (double low = data->high_decade; y < low * (1 - 1e-9) && unit > 1e-300;
             low *= 0.1)
            unit *= 0.1;
        error = fmax(error, 0.5 * unit);
    }
    return error;
}

/* Rates that have few digits by themselves are multiples of something too: digits count
   only when several values would have kept more decimals. */
static bool more_than_grid(const struct fit_data *data)
{
    size_t coarser = 0;
    for (size_t i = 0; i < data->score_count; i++)
        coarser += fit_rounding(data, data->score_y[i]) > 0.6 * data->grid;
    return coarser >= 3;
}

static void find_rounding(struct fit_data *data)
{
    data->digits = find_digits(data);
    data->high_decade = pow(10, floor(log10(data->high)));
    data->high_unit = data->high_decade * pow(10, 1 - data->digits);
    data->float32 = is_float32(data);
    data->grid =
        fit_grid(data->score_y, data->score_count, data->range, 1e-5 * data->range);
    if (data->grid > 0 && data->digits && !more_than_grid(data))
        data->digits = 0;
}

bool fit_is_rounded(const struct fit_data *data)
{
    return !data->exact && (data->digits || data->grid > 0);
}

bool fit_is_coarse(const struct fit_data *data)
{
    return data->rounding > 2e-3;
}

/* --- the points that are looked at --- */

static void pick(struct fit_data *data, size_t at)
{
    size_t i = data->score_count++;
    data->score_x[i] = data->x[at];
    data->score_y[i] = data->y[at];
    data->score_error[i] = fit_rounding(data, data->y[at]);
}

/* `count` of the points from first on, up to the one before end. Not quite evenly: two
   writers that take turns must both be seen. */
static void pick_from(struct fit_data *data, size_t first, size_t end, size_t count)
{
    size_t all = end - first;
    if (all <= count) {
        for (size_t i = first; i < end; i++)
            pick(data, i);
        return;
    }
    double width = (double)all / (double)count;
    for (size_t i = 0; i < count; i++) {
        double within = fmod((double)i * 0.6180339887498949, 1);
        bool last = i + 1 == count && end == data->count;
        pick(data, last ? end - 1 : first + (size_t)(((double)i + within) * width));
    }
}

void fit_pick_points(struct fit_data *data, size_t climb)
{
    const size_t share = FIT_POINTS / 4;
    double squares = 0;
    data->score_count = 0;
    if (climb > 1 && data->count > FIT_POINTS && climb < data->count / 8) {
        pick_from(data, 0, 2 * climb, share);
        pick_from(data, 2 * climb, data->count, FIT_POINTS - share);
    } else {
        pick_from(data, 0, data->count, FIT_POINTS);
    }
    for (size_t i = 0; i < data->score_count; i++)
        squares += data->score_error[i] * data->score_error[i];
    data->rounding = sqrt(squares / (double)data->score_count) / data->range;
    data->noise = 2e-6 + 0.05 * data->rounding;
    /* A loop takes its mean over batches, at the start of each: half a batch early. */
    if (data->averaged)
        data->noise = fmax(data->noise, 1e-3);
}

void fit_describe(struct fit_data *data)
{
    const double *x = data->x, *y = data->y;
    data->low = data->high = y[0];
    for (size_t i = 1; i < data->count; i++) {
        data->low = y[i] < data->low ? y[i] : data->low;
        data->high = y[i] > data->high ? y[i] : data->high;
    }
    data->range = data->high - data->low;
    double span = x[data->count - 1] - x[0];
    data->sparse = span > 1.5 * (double)(data->count - 1);
    bool steps = data->sparse || x[data->count - 1] > 5000;
    data->unit = steps ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    data->natural = data->first = data->sparse && x[0] >= 0 ? 0 : x[0];
    /* Logged one step early: the first rate twice. */
    if (!data->sparse && y[0] == y[1] && y[1] != y[2])
        data->natural = x[1];
    fit_pick_points(data, 0);
    if (data->range > 0)
        find_rounding(data);
}

void fit_prepare(const struct series *lr, int64_t planned, double *work,
                 struct fit_data *data)
{
    double *x = work, *y = work + lr->count;
    *data = (struct fit_data){.x = x, .y = y, .count = copy_usable(lr, x, y)};
    if (data->count < FIT_POINTS_MIN)
        return;
    fit_describe(data);
    data->planned = planned > 0 ? data->first + (double)planned : 0;
}

void fit_take_averages(double *work, struct fit_data *data)
{
    for (size_t i = 0; i < data->count; i++)
        work[i] += 0.5;
    data->averaged = true;
}
