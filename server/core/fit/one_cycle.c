/* OneCycleLR: up along a cosine, down along another. The climb ends between two steps. */
#include "core/fit/tail.h"

#include <math.h>

static const double one_cycle_limit = 0.004;
static const double pi = 3.14159265358979323846;

/* The rate at the foot of the climb, from what its points say. */
static double foot(const struct fit_data *data, size_t end, double origin, double up,
                   double top)
{
    double square = 0, product = 0;
    for (size_t i = 0; i < end; i++) {
        double t = fmin(up, fmax(0, data->x[i] - origin));
        double u = 0.5 * (1 - cos(pi * t / up));
        square += (1 - u) * (1 - u);
        product += (1 - u) * (data->y[i] - top * u);
    }
    return product / square;
}

/* The share with the fewest decimals that puts the peak where it is. */
static double round_share(double peak, double total)
{
    for (double unit = 10; unit <= 1e5; unit *= 10) {
        double share = rint(peak / total * unit) / unit;
        if (share > 0 && fabs(share * total - peak) < fmax(0.02, 1e-5 * total))
            return share;
    }
    return peak / total;
}

static void offer(struct fit_search *search, const struct fit_sinusoid *wave,
                  double origin)
{
    const struct fit_data *data = search->data;
    double up = wave->peak - origin, top = wave->middle + wave->height;
    double total = rint(up + wave->half + 1);
    double low = foot(data, search->course->top, origin, up, top);
    if (!(up > 1) || !(low > 0) || total < 4)
        return;
    double end = fmax(wave->middle - wave->height, 0);
    const double final_divs[] = {1e4, end > 0 ? low / end : 1e4};
    for (size_t i = 0; i < 2; i++) {
        struct fit_trial trial = fit_trial_at(search, FIT_ONE_CYCLE, origin);
        struct schedule_part part = fit_part("OneCycleLR");
        fit_set(&part, "total_steps", total);
        fit_set(&part, "pct_start", round_share(up + 1, total));
        fit_set(&part, "div_factor", top / low);
        fit_set(&part, "final_div_factor", final_divs[i]);
        fit_append(&trial, &part, origin);
        trial.covered = fmin(1, (data->x[data->count - 1] - origin) / total);
        fit_offer(search, &trial, one_cycle_limit);
        if (fit_done(search, FIT_ONE_CYCLE))
            return;
    }
}

void fit_one_cycle(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_sinusoid wave;
    struct fit_tail tail;
    if (fit_done(search, FIT_ONE_CYCLE) || !course->curved)
        return;
    fit_take_tail(data, course->top, data->count, &tail);
    if (!fit_find_sinusoid(search, &tail, &wave))
        return;
    static const double shifts[] = {0, -1, 1};
    for (size_t i = 0; i < 3 && !fit_done(search, FIT_ONE_CYCLE); i++)
        offer(search, &wave, data->natural + shifts[i]);
}
