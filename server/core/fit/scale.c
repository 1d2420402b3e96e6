/* Scales of the rate on which a descent is a straight line. */
#include "core/fit/scale.h"

#include <math.h>

double fit_share_left(const struct fit_scale *scale, double y)
{
    return (y - scale->floor) / (scale->top - scale->floor);
}

double fit_logarithm(const struct fit_scale *scale, double y)
{
    return log(y / scale->top);
}

bool fit_straighten(const struct fit_tail *tail, const struct fit_scale *scale,
                    struct fit_straight *out)
{
    double n = 0, x = 0, u = 0, xx = 0, xu = 0, uu = 0, x0 = tail->x[0];
    double step = 1e-4 * (scale->top - scale->floor), used = 0;
    for (size_t i = 0; i < tail->count; i++) {
        double value = scale->of(scale, tail->y[i]);
        double bend =
            (scale->of(scale, tail->y[i] + step) - scale->of(scale, tail->y[i] - step)) /
            (2e-4);
        double weight = 1 / (bend * bend), dx = tail->x[i] - x0;
        if (!isfinite(value) || !isfinite(weight))
            continue;
        used++;
        n += weight;
        x += weight * dx;
        u += weight * value;
        xx += weight * dx * dx;
        xu += weight * dx * value;
        uu += weight * value * value;
    }
    double spread = n * xx - x * x;
    if (used < 4 || !(spread > 0))
        return false;
    out->slope = (n * xu - x * u) / spread;
    double at = (u - out->slope * x) / n;
    out->residual = sqrt(fmax(0, uu - at * u - out->slope * xu) / used);
    out->at = at - out->slope * x0;
    return true;
}

double fit_where(const struct fit_straight *line, double value)
{
    return (value - line->at) / line->slope;
}

double fit_meet_climb(const struct fit_search *search, const struct fit_straight *line,
                      double (*rate)(const struct fit_scale *, double),
                      const struct fit_scale *scale)
{
    const struct fit_course *course = search->course;
    const struct fit_data *data = search->data;
    if (!course->climbs)
        return data->natural;
    double low = data->x[course->top - 1], high = data->x[course->body];
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        double climb = course->slope * (middle - course->zero);
        if (climb > rate(scale, line->at + line->slope * middle))
            high = middle;
        else /* also where the descent is not defined yet */
            low = middle;
    }
    return rint(high);
}
