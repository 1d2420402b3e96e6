#include "core/fit/least_squares.h"

#include <math.h>

/* Of the largest value that a determinant of two can have: its terms are known to some
   1e-15 of that. */
static const double singular = 1e-12;

void fit_amplitudes_add(struct fit_amplitudes *sums, double u, double v, double y)
{
    sums->uu += u * u;
    sums->uv += u * v;
    sums->vv += v * v;
    sums->uy += u * y;
    sums->vy += v * y;
    sums->yy += y * y;
}

double fit_amplitudes_one(const struct fit_amplitudes *sums)
{
    return sums->uu > 0 ? sums->uy / sums->uu : 0;
}

bool fit_amplitudes_both(const struct fit_amplitudes *sums, double *a, double *b)
{
    double determinant = sums->uu * sums->vv - sums->uv * sums->uv;
    *a = fit_amplitudes_one(sums);
    *b = 0;
    if (!(determinant > singular * sums->uu * sums->vv))
        return false;
    *a = (sums->vv * sums->uy - sums->uv * sums->vy) / determinant;
    *b = (sums->uu * sums->vy - sums->uv * sums->uy) / determinant;
    return true;
}

double fit_amplitudes_rest(const struct fit_amplitudes *sums, bool both)
{
    double a = fit_amplitudes_one(sums), b = 0;
    if (both)
        fit_amplitudes_both(sums, &a, &b);
    return sums->yy - a * sums->uy - b * sums->vy;
}

void fit_line_add(struct fit_line_sums *sums, double x, double u, double weight)
{
    sums->count++;
    sums->n += weight;
    sums->x += weight * x;
    sums->u += weight * u;
    sums->xx += weight * x * x;
    sums->xu += weight * x * u;
    sums->uu += weight * u * u;
}

bool fit_line_solve(const struct fit_line_sums *sums, struct fit_straight *out)
{
    double spread = sums->n * sums->xx - sums->x * sums->x;
    if (sums->count < 4 || !(spread > singular * sums->n * sums->xx))
        return false;
    out->slope = (sums->n * sums->xu - sums->x * sums->u) / spread;
    out->at = (sums->u - out->slope * sums->x) / sums->n;
    double rest = sums->uu - out->at * sums->u - out->slope * sums->xu;
    out->residual = sqrt(fmax(0, rest) / (double)sums->count);
    return true;
}
