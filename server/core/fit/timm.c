/* timm's CosineLRScheduler where no other type draws the curve: a warm-up that replaces
   the first steps of the cosine, k_decay. */
#include "core/fit/least_squares.h"
#include "core/fit/tail.h"

#include <math.h>

struct fit_timm fit_timm_once(double origin, double t_initial)
{
    return (struct fit_timm){.origin = origin,
                             .t_initial = t_initial,
                             .mul = 1,
                             .decay = 1,
                             .limit = 1,
                             .k = 1};
}

struct fit_trial fit_timm_trial(const struct fit_search *search, enum fit_kind kind,
                                const struct fit_timm *timm, double top)
{
    const struct fit_course *course = search->course;
    struct fit_trial trial = fit_trial_at(search, kind, timm->origin);
    struct schedule_part part = fit_part("CosineLRScheduler");
    fit_set(&part, "t_initial", timm->t_initial);
    fit_set(&part, "cycle_mul", timm->mul);
    fit_set(&part, "cycle_decay", timm->decay);
    fit_set(&part, "cycle_limit", timm->limit);
    fit_set(&part, "k_decay", timm->k);
    if (course->climbs) {
        double init = course->slope * (timm->origin - course->zero);
        trial.init_share = init > 1e-9 * top ? init / top : 0;
        fit_set(&part, "warmup_t", timm->warmup_t);
        fit_set(&part, "warmup_prefix", timm->prefix);
    }
    fit_append(&trial, &part, trial.origin);
    return trial;
}

/* --- k_decay --- */

/* With the angle at (t / T)^k pi, its logarithm is straight in that of t. */
struct bent {
    const struct fit_tail *tail;
    double start, floor;
    double k, T, residual;
};

/* k and T are NaN where there is no such curve. */
static void lay(struct bent *bent, double top)
{
    const struct fit_tail *tail = bent->tail;
    struct fit_line_sums sums = {0};
    struct fit_straight line;
    for (size_t i = 0; i < tail->count; i++) {
        double share = (tail->y[i] - bent->floor) / (top - bent->floor);
        double angle = acos(2 * share - 1), at = log(tail->x[i] - bent->start);
        double value = log(angle);
        /* An error of y counts by what it does to the logarithm of the angle. */
        double weight = angle * sin(angle) * angle * sin(angle);
        if (isfinite(at) && isfinite(value) && weight > 0)
            fit_line_add(&sums, at, value, weight);
    }
    bent->k = bent->T = NAN;
    bent->residual = INFINITY;
    if (!fit_line_solve(&sums, &line))
        return;
    bent->k = line.slope;
    bent->T = exp((log(FIT_PI) - line.at) / line.slope);
    bent->residual = line.residual;
}

static double residual(const struct fit_choice *choice, double top)
{
    struct bent bent = *(const struct bent *)choice->with;
    lay(&bent, top);
    return isfinite(bent.residual) ? bent.residual : INFINITY;
}

static void try_bend(struct fit_search *search, const struct fit_tail *tail,
                     const struct fit_timm *ask, double floor)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_timm timm = *ask;
    struct bent bent = {.tail = tail, .floor = floor};
    bent.start = timm.origin + (timm.prefix ? timm.warmup_t : 0);
    double top = data->high;
    /* Under a warm-up that cuts in, and one step late, the highest rate is never seen. */
    if ((course->climbs && !timm.prefix) || timm.origin < data->natural) {
        struct fit_choice choice = {residual, search, &bent};
        top = fit_least(&choice, data->high, 1.6 * data->high, 1.02);
    }
    lay(&bent, top);
    timm.t_initial = rint(bent.T);
    timm.k = rint(bent.k * 100) / 100;
    if (!(bent.k > 0.2 && bent.k < 5) || !(bent.T >= 2 && bent.T < 1e9))
        return;
    if (course->climbs && !timm.prefix)
        timm.warmup_t = rint(top / course->slope + course->zero - timm.origin);
    struct fit_trial trial = fit_timm_trial(search, FIT_K_DECAY, &timm, top);
    trial.free_floor = true;
    trial.covered = fmin(1, (fit_last_x(data) - bent.start) / bent.T);
    fit_offer(search, &trial, fit_bent_limit(data));
}

/* The warm-up cuts in, or comes before. */
static void try_origin(struct fit_search *search, const struct fit_tail *tail,
                       struct fit_timm *timm, double floor)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    timm->prefix = false;
    try_bend(search, tail, timm, floor);
    timm->prefix = course->climbs;
    timm->warmup_t = rint(data->high / course->slope + course->zero - timm->origin);
    if (timm->prefix)
        try_bend(search, tail, timm, floor);
}

void fit_k_decay(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_tail tail;
    if (fit_done(search, FIT_K_DECAY) || fit_is_coarse(data) || course->held ||
        course->curved)
        return;
    size_t end = fit_before_level(data, course->body);
    fit_take_tail(data, course->body, end, &tail);
    if (tail.count < 5 || tail.turns)
        return;
    bool ends = end < data->count;
    const double floors[] = {ends ? data->y[data->count - 1] : 0, 0.1 * data->high,
                             0.01 * data->high, 1e-5, 1e-6};
    struct fit_timm timm = fit_timm_once(data->natural, 0);
    for (size_t i = 0; i < (ends ? 1 : sizeof floors / sizeof *floors); i++) {
        for (int shift = 0; shift < 3; shift++) {
            timm.origin = data->natural + (shift < 2 ? -shift : 1);
            if (floors[i] < data->y[end - 1] || ends)
                try_origin(search, &tail, &timm, floors[i]);
            if (fit_done(search, FIT_K_DECAY))
                return;
        }
    }
}
