/* From points to the best trial; the families are in smooth.c and jumps.c. */
#include "core/fit/fit.h"

#include "core/fit/trial.h"

#include <math.h>
#include <string.h>

/* Fewer points fit anything. */
enum { POINTS_MIN = 3, POINTS_MIN_SHAPE = 5 };

/* --- trials --- */

struct schedule_part fit_part(const char *type)
{
    struct schedule_part part = schedule_part_default(schedule_type_find(type));
    part.param[0] = 1;
    return part;
}

void fit_set(struct schedule_part *part, const char *param, double value)
{
    part->param[schedule_param_find(part->type, param)] = value;
}

void fit_append(struct fit_trial *trial, const struct schedule_part *part, double from)
{
    struct schedule *schedule = &trial->schedule;
    if (schedule->part_count)
        schedule->milestones[schedule->part_count - 1] = (int64_t)(from - trial->origin);
    schedule->parts[schedule->part_count++] = *part;
}

double fit_start(const struct fit_search *search)
{
    const struct fit_rise *rise = search->rise;
    if (!rise->found)
        return search->data->natural;
    return rint(rise->zero + search->data->high / rise->slope);
}

/* A log may begin one step after its warm-up did; earlier starts are cut there, because
   start_factor must be above 0. */
void fit_begin(const struct fit_search *search, double start, struct fit_trial *trial)
{
    const struct fit_rise *rise = search->rise;
    *trial = (struct fit_trial){.origin = start, .covered = 1};
    trial->schedule.unit = search->data->unit;
    if (!rise->found)
        return;
    trial->origin = search->data->natural;
    if (fabs(rise->zero - trial->origin) < 1.25)
        trial->origin = rint(rise->zero);
    double steps = fmax(1, start - trial->origin);
    double top = rise->slope * (start - rise->zero);
    double factor = rise->slope * (trial->origin - rise->zero) / top;
    struct schedule_part warmup = fit_part("LinearLR");
    fit_set(&warmup, "start_factor", fmin(1, fmax(factor, 1e-8)));
    fit_set(&warmup, "total_iters", steps);
    fit_append(trial, &warmup, trial->origin);
}

/* --- scoring --- */

static void set_amplitudes(struct fit_trial *trial, double base_lr, double eta_min)
{
    for (size_t i = 0; i < trial->schedule.part_count; i++) {
        struct schedule_part *part = &trial->schedule.parts[i];
        int eta = schedule_param_find(part->type, "eta_min");
        part->param[0] = base_lr;
        if (eta >= 0)
            part->param[eta] = eta_min;
    }
}

static double trial_lr(const struct fit_trial *trial, double x)
{
    return schedule_lr(&trial->schedule, fmax(0, x - trial->origin));
}

static void measure(const struct fit_data *data, struct fit_trial *trial)
{
    double squares = 0, excess_squares = 0;
    for (size_t i = 0; i < data->score_count; i++) {
        double d = fabs(data->score_y[i] - trial_lr(trial, data->score_x[i]));
        double excess = fmax(0, d - 0.5 * data->grid);
        squares += d * d;
        excess_squares += excess * excess;
    }
    trial->rms = sqrt(squares / (double)data->score_count) / data->range;
    trial->excess = sqrt(excess_squares / (double)data->score_count) / data->range;
}

/* Sums of a least-squares problem with two unknowns, y = a u + b v. */
struct sums {
    double uu, uv, vv, uy, vy;
};

static void solve(const struct sums *s, bool both, double *a, double *b)
{
    double determinant = s->uu * s->vv - s->uv * s->uv;
    *a = s->uu > 0 ? s->uy / s->uu : 0;
    *b = 0;
    if (!both || determinant <= 1e-12 * s->uu * s->vv)
        return;
    double eta = (s->uu * s->vy - s->uv * s->uy) / determinant;
    if (eta <= 0)
        return;
    *b = eta;
    *a = (s->vv * s->uy - s->uv * s->vy) / determinant;
}

/* Every schedule is linear in base_lr and eta_min: the curves for (1, 0) and (0, 1) are
   the two directions. */
double fit_score(const struct fit_data *data, struct fit_trial *trial)
{
    double u[FIT_POINTS];
    struct sums sums = {0};
    set_amplitudes(trial, 1, 0);
    for (size_t i = 0; i < data->score_count; i++) {
        u[i] = trial_lr(trial, data->score_x[i]);
        sums.uu += u[i] * u[i];
        sums.uy += u[i] * data->score_y[i];
    }
    set_amplitudes(trial, 0, 1);
    for (size_t i = 0; trial->free_eta && i < data->score_count; i++) {
        double v = trial_lr(trial, data->score_x[i]);
        sums.vv += v * v;
        sums.uv += u[i] * v;
        sums.vy += v * data->score_y[i];
    }
    double base_lr, eta_min;
    solve(&sums, trial->free_eta, &base_lr, &eta_min);
    set_amplitudes(trial, base_lr, eta_min);
    measure(data, trial);
    return trial->rms;
}

void fit_offer(struct fit_search *search, struct fit_trial *trial, double limit)
{
    const struct fit_data *data = search->data;
    const char *why;
    fit_score(data, trial);
    if (!(trial->excess <= limit) || schedule_check(&trial->schedule, &why))
        return;
    bool clearly =
        trial->excess < 0.5 * search->best.excess && search->best.excess > data->noise;
    if (search->found && !clearly)
        return;
    search->best = *trial;
    search->found = true;
    search->limit = limit;
}

/* --- the points --- */

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

/* A last row of 0 that does not lie on the way down is how some loggers end. */
static size_t without_last_zero(const double *y, size_t count)
{
    if (count < 3 || y[count - 1] != 0)
        return count;
    double before = y[count - 2], fall = y[count - 3] - y[count - 2];
    return before > 2 * fmax(fall, 0) ? count - 1 : count;
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
    return without_last_zero(y, count);
}

static void pick_score_points(struct fit_data *data)
{
    data->score_count = data->count < FIT_POINTS ? data->count : FIT_POINTS;
    for (size_t i = 0; i < data->score_count; i++) {
        size_t at = i * (data->count - 1) / (data->score_count - 1);
        data->score_x[i] = data->x[at];
        data->score_y[i] = data->y[at];
    }
}

static void prepare(const struct series *lr, int64_t planned, double *work,
                    struct fit_data *data)
{
    double *x = work, *y = work + lr->count;
    *data = (struct fit_data){.x = x, .y = y, .count = copy_usable(lr, x, y)};
    if (data->count < POINTS_MIN)
        return;
    data->low = data->high = y[0];
    for (size_t i = 1; i < data->count; i++) {
        data->low = fmin(data->low, y[i]);
        data->high = fmax(data->high, y[i]);
    }
    data->range = data->high - data->low;
    double span = x[data->count - 1] - x[0];
    data->sparse = span > 1.5 * (double)(data->count - 1);
    bool steps = data->sparse || x[data->count - 1] > 5000;
    data->unit = steps ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    data->natural = data->sparse && x[0] >= 0 ? 0 : x[0];
    data->planned = planned > 0 ? data->natural + (double)planned : 0;
    pick_score_points(data);
    if (data->range > 0)
        data->grid = fit_grid(data->score_y, data->score_count, data->range);
    data->noise = data->range > 0 ? 1e-5 + 0.05 * data->grid / data->range : 0;
}

/* --- the climb at the start --- */

static bool rises_straight(const struct fit_data *data, const struct fit_rise *rise)
{
    for (size_t i = 0; i < rise->peak; i++) {
        double line = rise->slope * (data->x[i] - rise->zero);
        if (fabs(data->y[i] - line) > 0.02 * data->high || data->y[i + 1] < data->y[i])
            return false;
    }
    return true;
}

static void find_rise(const struct fit_data *data, struct fit_rise *rise)
{
    double at, slope;
    size_t peak = 0;
    *rise = (struct fit_rise){.found = false};
    while (data->y[peak] < data->high * (1 - 1e-7))
        peak++;
    if (!peak || data->y[0] > 0.95 * data->high)
        return;
    /* The peak itself may lie beyond the end of the climb: it counts only when needed. */
    fit_line(data, 0, peak > 1 ? peak : 2, &at, &slope);
    if (peak == 1 && data->y[0] > 0 && data->x[0] > data->natural) {
        slope = data->y[0] / (data->x[0] - data->natural);
        at = -slope * data->natural;
    }
    if (slope <= 0)
        return;
    struct fit_rise found = {true, -at / slope, slope, peak};
    if (rises_straight(data, &found))
        *rise = found;
}

/* Still climbing, no plateau yet: what will follow cannot be told. */
static bool only_rises(const struct fit_data *data)
{
    for (size_t i = 1; i < data->count; i++) {
        if (data->y[i] < data->y[i - 1])
            return false;
    }
    return data->y[data->count - 3] < data->high * (1 - 1e-6);
}

/* --- the answer --- */

static double round_to_digits(double value, int digits)
{
    double scale = pow(10, digits - 1 - floor(log10(fabs(value))));
    return rint(value * scale) / scale;
}

/* People choose round numbers: take one when it explains the column as well. */
static void snap(const struct fit_data *data, struct fit_trial *trial, const char *param)
{
    const struct schedule_part *last =
        &trial->schedule.parts[trial->schedule.part_count - 1];
    int index = schedule_param_find(last->type, param);
    if (index < 0 || last->param[index] <= 0)
        return;
    double limit = fmax(data->noise, 1.02 * trial->excess);
    for (int digits = 1; digits <= 5; digits++) {
        struct fit_trial rounded = *trial;
        double value = round_to_digits(last->param[index], digits);
        for (size_t i = 0; i < rounded.schedule.part_count; i++) {
            struct schedule_part *part = &rounded.schedule.parts[i];
            int own = schedule_param_find(part->type, param);
            if (own >= 0)
                part->param[own] = value;
        }
        measure(data, &rounded);
        if (rounded.excess <= limit) {
            *trial = rounded;
            return;
        }
    }
}

/* Lower for a bad residual, few points, and a descent of which little was seen. */
static double confidence(const struct fit_search *search)
{
    double n = (double)search->data->count;
    double fit = 1 - 0.5 * search->best.excess / search->limit;
    double seen = fmin(1, 0.4 + 1.2 * search->best.covered);
    return fit * seen * n / (n + 2);
}

/* The same for gamma, start_factor and the like: 0.1, not 0.10000000000000002. */
static void snap_fractions(const struct fit_data *data, struct fit_trial *trial)
{
    double limit = fmax(data->noise, 1.02 * trial->excess);
    for (size_t i = 0; i < trial->schedule.part_count; i++) {
        for (size_t j = 1; j < SCHEDULE_PARAMS_MAX; j++) {
            double value = trial->schedule.parts[i].param[j];
            struct fit_trial rounded = *trial;
            rounded.excess = INFINITY;
            if (!isfinite(value) || value == rint(value))
                continue;
            for (int digits = 1; digits <= 12 && rounded.excess > limit; digits++) {
                rounded.schedule.parts[i].param[j] = round_to_digits(value, digits);
                measure(data, &rounded);
            }
            *trial = rounded;
        }
    }
}

static void report(struct fit_search *search, const struct series *lr,
                   struct schedule_fit *out)
{
    snap(search->data, &search->best, "base_lr");
    snap(search->data, &search->best, "eta_min");
    snap_fractions(search->data, &search->best);
    out->found = true;
    out->schedule = search->best.schedule;
    out->confidence = confidence(search);
    double off = search->best.origin - search->data->natural;
    out->origin = (int64_t)(fabs(off) <= 1 ? search->data->natural : search->best.origin);
    schedule_compare(&out->schedule, lr, out->origin, &out->deviation);
}

/* float32 logs of one value differ by 6e-8. */
static bool is_constant(const struct fit_data *data)
{
    return data->range <= 1e-6 * data->high;
}

static void fit_constant(struct fit_search *search, const struct series *lr,
                         struct schedule_fit *out)
{
    struct fit_data one = *search->data;
    one.range = fmax(one.high, 1e-300);
    one.noise = 1e-6;
    search->data = &one;
    search->limit = 1;
    fit_begin(search, one.natural, &search->best);
    struct schedule_part part = fit_part("constant");
    fit_append(&search->best, &part, one.natural);
    fit_score(&one, &search->best);
    report(search, lr, out);
}

void schedule_fit(const struct series *lr, int64_t planned, double *work,
                  struct schedule_fit *out)
{
    static void (*const families[])(struct fit_search *) = {
        fit_steps, fit_restarts, fit_lines, fit_exponential, fit_cosines,
    };
    struct fit_data data;
    struct fit_rise rise = {.found = false};
    struct fit_search search = {.data = &data, .rise = &rise};
    memset(out, 0, sizeof *out);
    prepare(lr, planned, work, &data);
    if (data.count < POINTS_MIN)
        return;
    if (is_constant(&data)) {
        fit_constant(&search, lr, out);
        return;
    }
    if (data.count < POINTS_MIN_SHAPE || only_rises(&data))
        return;
    find_rise(&data, &rise);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        families[i](&search);
    if (search.found)
        report(&search, lr, out);
}
