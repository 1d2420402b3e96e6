#include "store/figures.h"

#include <math.h>

void figures_init(struct metric *metric)
{
    metric->count = metric->nonfinite_count = 0;
    metric->min = metric->max = metric->last = NAN;
    metric->min_step = metric->max_step = -1;
    metric->first_step = metric->last_step = -1;
}

static void widen(struct metric *metric, int64_t step, double value)
{
    if (!isfinite(value)) {
        metric->nonfinite_count++;
        return;
    }
    if (metric->min_step < 0 || value < metric->min ||
        (value == metric->min && step < metric->min_step)) {
        metric->min = value;
        metric->min_step = step;
    }
    if (metric->max_step < 0 || value > metric->max ||
        (value == metric->max && step < metric->max_step)) {
        metric->max = value;
        metric->max_step = step;
    }
}

void figures_add(struct metric *metric, int64_t step, double value)
{
    metric->count++;
    widen(metric, step, value);
    if (metric->first_step < 0 || step < metric->first_step)
        metric->first_step = step;
    if (step > metric->last_step) {
        metric->last_step = step;
        metric->last = value;
    }
}
