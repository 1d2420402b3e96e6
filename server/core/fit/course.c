/* How a column runs: straight pieces, the climb at its start, a hold. */
#include "core/fit/course.h"

#include <math.h>

void fit_line(const struct fit_data *data, size_t first, size_t end, double *at,
              double *slope)
{
    double n = (double)(end - first), x = 0, y = 0, xx = 0, xy = 0;
    for (size_t i = first; i < end; i++) {
        x += data->x[i] / n;
        y += data->y[i] / n;
    }
    for (size_t i = first; i < end; i++) {
        double dx = data->x[i] - x;
        xx += dx * dx;
        xy += dx * (data->y[i] - y);
    }
    *slope = xx > 0 ? xy / xx : 0;
    *at = y - *slope * x;
}

/* The last point that a line through the first one can reach while it passes all points
   between within their tolerance. */
static size_t reach(const struct fit_data *data, size_t first, double slack)
{
    double low = -INFINITY, high = INFINITY;
    double own = fit_rounding(data, data->y[first]) + slack;
    size_t last = first;
    while (last + 1 < data->count) {
        size_t next = last + 1;
        double dx = data->x[next] - data->x[first];
        double dy = data->y[next] - data->y[first];
        double off = own + fit_rounding(data, data->y[next]) + slack;
        low = fmax(low, (dy - off) / dx);
        high = fmin(high, (dy + off) / dx);
        if (low > high)
            break;
        last = next;
    }
    return last;
}

static size_t points_of(const struct fit_segment *segment)
{
    return segment->last - segment->first + 1;
}

/* Logged one step early: the first rate twice. Its first point is passed over. */
static bool is_doubled(const struct fit_data *data)
{
    return data->natural > data->first;
}

static void cut(const struct fit_data *data, double slack, struct fit_course *course)
{
    size_t first = is_doubled(data);
    course->count = 0;
    while (first < data->count && course->count < FIT_SEGMENTS) {
        struct fit_segment *segment = &course->segments[course->count++];
        segment->first = first;
        segment->last = reach(data, first, slack);
        fit_line(data, first, segment->last + 1, &segment->at, &segment->slope);
        first = segment->last + 1;
    }
    course->straight = first == data->count;
}

/* How far the segment rises over its length; 0 when that is within its tolerance. */
double fit_rise(const struct fit_data *data, const struct fit_segment *segment)
{
    double dx = data->x[segment->last] - data->x[segment->first];
    double rise = segment->slope * dx;
    double off = fit_rounding(data, data->y[segment->first]) + 1e-7 * data->range;
    return fabs(rise) <= 2 * off ? 0 : rise;
}

/* A flat top is a hold when it is longer than that of a rounded curve: one that falls as
   the square of the way looks flat until it has fallen by half a digit. */
static bool is_hold(const struct fit_data *data, const struct fit_segment *segment)
{
    double off = fit_rounding(data, data->high);
    double span = data->x[data->count - 1] - data->x[segment->first];
    double length = data->x[segment->last] - data->x[segment->first];
    return points_of(segment) >= 3 && fit_rise(data, segment) == 0 &&
           data->y[segment->first] >= data->high - 2 * off - 1e-6 * data->range &&
           length > 2 * span * sqrt(2 * off / data->range);
}

/* The first segment of the climb. A sparse log that is one step early begins beside it,
   with the rate of one step later. */
static size_t first_climbing(const struct fit_data *data, const struct fit_course *course)
{
    const struct fit_segment *first = &course->segments[0], *next = first + 1;
    if (course->count < 2 || points_of(first) > 2 || fit_rise(data, next) <= 0)
        return 0;
    double later = next->at + next->slope * (data->x[first->first] + 1);
    double off = fit_rounding(data, later) + 1e-6 * data->range;
    return fabs(data->y[first->first] - later) <= 2 * off;
}

/* A climb that its rounding has cut in two is straight all the same. */
static bool mend_climb(const struct fit_data *data, struct fit_segment *climb,
                       size_t last)
{
    struct fit_segment whole = {.first = climb->first, .last = last};
    fit_line(data, whole.first, last + 1, &whole.at, &whole.slope);
    for (size_t i = whole.first; i <= last; i++) {
        double off = fabs(data->y[i] - whole.at - whole.slope * data->x[i]);
        if (off > 1.3 * fit_rounding(data, data->y[i]) + 1e-7 * data->range)
            return false;
    }
    *climb = whole;
    return true;
}

/* A log may begin one step after its warm-up did. */
static void find_origin(const struct fit_data *data, struct fit_course *course)
{
    double whole = rint(course->zero), beside = is_doubled(data) ? 0.25 : 1.25;
    double off = fit_rounding(data, data->y[0]) / course->slope;
    course->from_zero = fabs(course->zero - data->natural) < beside &&
                        fabs(course->zero - whole) < fmin(0.5, 0.1 + 2 * off);
    course->origin = course->from_zero ? whole : data->natural;
}

/* A climb of one step, logged one step early. */
static void find_jump(const struct fit_data *data, struct fit_course *course)
{
    double rise = data->count > 2 ? data->y[2] - data->y[1] : 0;
    if (!is_doubled(data) || !(rise > 0.1 * data->high))
        return;
    course->climbs = true;
    course->top = 2;
    course->slope = rise / (data->x[2] - data->x[1]);
    course->zero = data->x[1] - data->y[1] / course->slope;
    find_origin(data, course);
}

static void find_climb(const struct fit_data *data, struct fit_course *course)
{
    size_t first = first_climbing(data, course), end = first;
    while (end < course->count && fit_rise(data, &course->segments[end]) > 0)
        end++;
    if (end == first) {
        find_jump(data, course);
        return;
    }
    struct fit_segment *climb = &course->segments[first];
    /* One more short piece may hold the corner alone. */
    course->curved = end > first + 2 || (end == first + 2 && points_of(climb + 1) > 2);
    if (course->curved && mend_climb(data, climb, course->segments[end - 1].last))
        course->curved = false;
    course->climbs = !course->curved;
    course->top = climb->last + 1;
    while (course->curved && course->top < data->count &&
           data->y[course->top] >= data->y[course->top - 1])
        course->top++;
    course->slope = climb->slope;
    course->zero = -climb->at / climb->slope;
    find_origin(data, course);
}

static void find_hold(const struct fit_data *data, struct fit_course *out)
{
    out->held = false;
    out->body = out->top ? out->top : is_doubled(data);
    for (size_t i = 0; i < out->count; i++) {
        const struct fit_segment *segment = &out->segments[i];
        if (segment->first < out->top || segment->first > out->top + 1)
            continue;
        if (is_hold(data, segment)) {
            out->held = true;
            out->body = segment->last + 1;
        }
        break;
    }
}

double fit_climb_end(const struct fit_data *data, const struct fit_course *course,
                     double rate)
{
    return course->climbs ? rint(course->zero + rate / course->slope) : data->natural;
}

void fit_suppose_climb(const struct fit_data *data, double zero,
                       struct fit_course *course)
{
    course->climbs = true;
    course->curved = false;
    course->zero = zero;
    course->slope = data->y[0] / (data->x[0] - zero);
    course->top = course->body = 1;
    find_origin(data, course);
    find_hold(data, course);
}

void fit_find_course(const struct fit_data *data, double slack, struct fit_course *out)
{
    *out = (struct fit_course){.loose = slack > 0};
    cut(data, slack + 1e-7 * data->range, out);
    find_climb(data, out);
    find_hold(data, out);
}
