/* The descent of a column, and the sinusoid that lies on it best. */
#include "core/fit/tail.h"

#include <math.h>

size_t fit_before_level(const struct fit_data *data, size_t body)
{
    size_t end = data->count;
    double level = data->y[end - 1];
    while (end > body + 4 && data->y[end - 2] == level && level < data->y[body])
        end--;
    return data->count - end >= 2 ? end : data->count;
}

void fit_take_tail(const struct fit_data *data, size_t first, size_t end,
                   struct fit_tail *out)
{
    size_t all = end > first ? end - first : 0;
    out->count = all < FIT_TAIL ? all : FIT_TAIL;
    out->turns = 0;
    out->top = 0;
    double direction = -1;
    for (size_t i = 0; i < out->count; i++) {
        size_t at = all <= FIT_TAIL ? i : i * (all - 1) / (FIT_TAIL - 1);
        out->x[i] = data->x[first + at];
        out->y[i] = data->y[first + at];
        out->top = fmax(out->top, out->y[i]);
        double step = i ? out->y[i] - out->y[i - 1] : 0;
        if (fabs(step) > 1e-3 * data->range && step * direction < 0) {
            direction = -direction;
            out->turns++;
        }
    }
}

void fit_bound_half(const struct fit_tail *tail, double start, double *low, double *high)
{
    double span = tail->x[tail->count - 1] - start;
    *low = fmax(2, 0.9 * span / (tail->turns + 1));
    *high = 16 * span;
}

bool fit_solve3(double m[3][4])
{
    for (int i = 0; i < 3; i++) {
        if (fabs(m[i][i]) < 1e-12)
            return false;
        for (int j = 0; j < 3; j++) {
            double factor = m[j][i] / m[i][i];
            for (int k = i; j != i && k < 4; k++)
                m[j][k] -= factor * m[i][k];
        }
    }
    return true;
}

/* y = c + a cos + b sin by least squares, counted from the first point. */
static bool lay_sinusoid(const struct fit_tail *tail, double half, double scale,
                         struct fit_sinusoid *out)
{
    double m[3][4] = {{0}}, c[FIT_TAIL], s[FIT_TAIL], squares = 0;
    for (size_t i = 0; i < tail->count; i++) {
        double angle = FIT_PI * (tail->x[i] - tail->x[0]) / half;
        c[i] = cos(angle);
        s[i] = sin(angle);
        double row[4] = {1, c[i], s[i], tail->y[i] / scale};
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 4; k++)
                m[j][k] += row[j] * row[k];
        }
    }
    if (!fit_solve3(m))
        return false;
    double middle = m[0][3] / m[0][0], a = m[1][3] / m[1][1], b = m[2][3] / m[2][2];
    for (size_t i = 0; i < tail->count; i++) {
        double d = middle + a * c[i] + b * s[i] - tail->y[i] / scale;
        squares += d * d;
    }
    *out = (struct fit_sinusoid){.half = half,
                                 .peak = tail->x[0] + atan2(b, a) / FIT_PI * half,
                                 .middle = middle * scale,
                                 .height = hypot(a, b) * scale,
                                 .residual = scale * sqrt(squares / (double)tail->count)};
    return true;
}

static double residual(const struct fit_choice *choice, double half)
{
    const struct fit_tail *tail = choice->with;
    struct fit_sinusoid out;
    return lay_sinusoid(tail, half, choice->search->data->high, &out) ? out.residual
                                                                      : INFINITY;
}

bool fit_find_sinusoid(const struct fit_search *search, const struct fit_tail *tail,
                       struct fit_sinusoid *out)
{
    struct fit_choice choice = {residual, search, tail};
    double low, high;
    if (tail->count < 5)
        return false;
    fit_bound_half(tail, tail->x[0], &low, &high);
    double half = fit_least(&choice, low, high, 1.1);
    return lay_sinusoid(tail, half, search->data->high, out);
}
