#include "core/stats.h"

#include <math.h>
#include <string.h>

/* 1 / quantile(3/4) of the standard normal: MAD times this estimates sigma. */
#define MAD_TO_SIGMA 1.4826

double stats_mean(const double *v, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += v[i];
    return count ? sum / (double)count : NAN;
}

double stats_std(const double *v, size_t count)
{
    if (count < 2)
        return 0;
    double mean = stats_mean(v, count);
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (v[i] - mean) * (v[i] - mean);
    return sqrt(sum / (double)(count - 1));
}

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Hoare's selection: afterwards v[k] is in its sorted place, what is smaller lies before
   it and what is larger behind it. The middle as pivot keeps sorted curves linear. */
static double select_kth(double *v, size_t count, size_t k)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        double pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (v[i] < pivot)
                i++;
            while (pivot < v[j])
                j--;
            if (i >= j)
                break;
            swap(&v[i++], &v[j--]);
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return v[k];
}

static double smallest(const double *v, size_t count)
{
    double best = v[0];
    for (size_t i = 1; i < count; i++)
        best = fmin(best, v[i]);
    return best;
}

double stats_quantile(const double *v, size_t count, double q, double *work)
{
    if (!count)
        return NAN;
    double place = fmin(fmax(q, 0), 1) * (double)(count - 1);
    size_t k = (size_t)place;
    double part = place - (double)k;
    memcpy(work, v, count * sizeof *work);
    double below = select_kth(work, count, k);
    if (part == 0 || k + 1 == count)
        return below;
    double above = smallest(work + k + 1, count - k - 1);
    return below + part * (above - below);
}

double stats_median(const double *v, size_t count, double *work)
{
    return stats_quantile(v, count, 0.5, work);
}

double stats_mad(const double *v, size_t count, double *work)
{
    double median = stats_median(v, count, work);
    for (size_t i = 0; i < count; i++)
        work[i] = fabs(v[i] - median);
    if (!count)
        return NAN;
    double upper = select_kth(work, count, count / 2);
    if (count % 2)
        return MAD_TO_SIGMA * upper;
    double lower = work[0];
    for (size_t i = 1; i < count / 2; i++)
        lower = fmax(lower, work[i]);
    return MAD_TO_SIGMA * (lower + (upper - lower) / 2);
}

double stats_slope(const double *v, size_t count)
{
    if (count < 2)
        return 0;
    double middle = (double)(count - 1) / 2, mean = stats_mean(v, count);
    double up = 0, across = 0;
    for (size_t i = 0; i < count; i++) {
        double x = (double)i - middle;
        up += x * (v[i] - mean);
        across += x * x;
    }
    return up / across;
}
