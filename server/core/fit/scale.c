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
    struct fit_line_sums sums = {0};
    double step = 1e-4 * (scale->top - scale->floor), x0 = tail->x[0];
    for (size_t i = 0; i < tail->count; i++) {
        double value = scale->of(scale, tail->y[i]);
        double bend =
            (scale->of(scale, tail->y[i] + step) - scale->of(scale, tail->y[i] - step)) /
            (2e-4);
        double weight = 1 / (bend * bend);
        if (isfinite(value) && isfinite(weight))
            fit_line_add(&sums, tail->x[i] - x0, value, weight);
    }
    if (!fit_line_solve(&sums, out))
        return false;
    out->at -= out->slope * x0;
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
