/* Building trials, scoring them, keeping the best. */
#include "core/fit/trial.h"

#include "core/fit/least_squares.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A double tells neighbouring steps apart up to here. */
#define STEPS_MAX 9e15

/* --- building --- */

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

struct fit_trial fit_trial_at(const struct fit_search *search, enum fit_kind kind,
                              double origin)
{
    return (struct fit_trial){.schedule = {.unit = search->data->unit},
                              .origin = origin,
                              .kind = kind,
                              .covered = 1};
}

void fit_append(struct fit_trial *trial, const struct schedule_part *part, double from)
{
    struct schedule *schedule = &trial->schedule;
    double milestone = from - trial->origin;
    if (schedule->part_count) /* 0 is refused by schedule_check */
        schedule->milestones[schedule->part_count - 1] =
            fabs(milestone) < STEPS_MAX ? (int64_t)milestone : 0;
    schedule->parts[schedule->part_count++] = *part;
}

/* start_factor must be above 0. */
struct fit_trial fit_begin(const struct fit_search *search, enum fit_kind kind,
                           double start, double top)
{
    const struct fit_course *course = search->course;
    if (!course->climbs)
        return fit_trial_at(search, kind, start);
    double origin = course->origin;
    struct fit_trial trial = fit_trial_at(search, kind, origin);
    double factor = course->slope * (origin - course->zero) / top;
    struct schedule_part warmup = fit_part("LinearLR");
    fit_set(&warmup, "start_factor", fmin(1, fmax(factor, 1e-8)));
    fit_set(&warmup, "total_iters", fmax(1, start - origin));
    fit_append(&trial, &warmup, origin);
    return trial;
}

/* --- scoring --- */

/* How a type holds its two amplitudes: the rate it falls from and the one it falls to. */
static void set_amplitudes(struct fit_trial *trial, double top, double floor)
{
    static const char *const shares[] = {"alpha", "min_lr_ratio"};
    for (size_t i = 0; i < trial->schedule.part_count; i++) {
        struct schedule_part *part = &trial->schedule.parts[i];
        int cyclic = strcmp(part->type->name, "CyclicLR")
                         ? -1
                         : schedule_param_find(part->type, "max_lr");
        part->param[0] = cyclic > 0 ? floor : top;
        if (cyclic > 0)
            part->param[cyclic] = top;
        int init = schedule_param_find(part->type, "warmup_lr_init");
        if (init > 0)
            part->param[init] = trial->init_share * top;
        if (part->type->floor_param)
            fit_set(part, part->type->floor_param, floor);
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            int share = schedule_param_find(part->type, shares[s]);
            if (share > 0)
                part->param[share] = top > 0 ? floor / top : 0;
        }
    }
}

static double trial_lr(const struct fit_data *data, const struct fit_trial *trial,
                       double x)
{
    struct schedule_deviation how = {.averaged = data->averaged};
    double middle = data->averaged ? 0.5 : 0;
    return schedule_logged(&trial->schedule, &how, x - middle - trial->origin);
}

void fit_measure(const struct fit_data *data, struct fit_trial *trial)
{
    double squares = 0, excess_squares = 0;
    for (size_t i = 0; i < data->score_count; i++) {
        double d = fabs(data->score_y[i] - trial_lr(data, trial, data->score_x[i]));
        if (isnan(d))
            d = INFINITY;
        double excess = fmax(0, d - data->score_error[i]);
        squares += d * d;
        excess_squares += excess * excess;
    }
    trial->rms = sqrt(squares / (double)data->score_count) / data->range;
    trial->excess = sqrt(excess_squares / (double)data->score_count) / data->range;
}

/* No schedule falls below 0. */
static void find_amplitudes(const struct fit_amplitudes *sums, double *top, double *floor)
{
    fit_amplitudes_both(sums, top, floor);
    if (*floor > 0)
        return;
    *top = fit_amplitudes_one(sums);
    *floor = 0;
}

/* Every schedule is linear in its two amplitudes: the curve for (1, 0), and what (1, 1)
   adds to it, are the two directions. */
void fit_score(const struct fit_data *data, struct fit_trial *trial)
{
    double u[FIT_POINTS], top, floor;
    struct fit_amplitudes sums = {0};
    set_amplitudes(trial, 1, 0);
    for (size_t i = 0; i < data->score_count; i++)
        u[i] = trial_lr(data, trial, data->score_x[i]);
    if (trial->free_floor)
        set_amplitudes(trial, 1, 1);
    for (size_t i = 0; i < data->score_count; i++) {
        double both = trial->free_floor ? trial_lr(data, trial, data->score_x[i]) : u[i];
        fit_amplitudes_add(&sums, u[i], both - u[i], data->score_y[i]);
    }
    find_amplitudes(&sums, &top, &floor);
    set_amplitudes(trial, top, floor);
    fit_measure(data, trial);
}

/* --- choosing --- */

/* How many digits a rate needs; what the column cannot tell apart counts as equal. */
static int digits_of(const struct fit_data *data, double rate)
{
    double off = fmax(1e-7 * rate, 0.5 * fit_rounding(data, rate));
    double unit = pow(10, floor(log10(rate)));
    int digits = 1;
    for (; digits < 7 && fabs(rint(rate / unit) * unit - rate) > off; digits++)
        unit /= 10;
    return digits;
}

static double rate_of(const struct fit_trial *trial)
{
    return trial->schedule.parts[trial->schedule.part_count - 1].param[0];
}

/* People choose round rates: that tells which step had t = 0 when the curve does not. */
static bool is_rounder(const struct fit_data *data, const struct fit_trial *trial,
                       const struct fit_trial *than)
{
    return rate_of(trial) > 0 && rate_of(than) > 0 &&
           digits_of(data, rate_of(trial)) + 2 <= digits_of(data, rate_of(than));
}

static bool is_better(const struct fit_search *search, const struct fit_trial *trial)
{
    const struct fit_trial *best = &search->best;
    double noise = search->data->noise;
    if (!search->found)
        return true;
    if (best->excess <= noise)
        return trial->excess <= noise && trial->kind == best->kind &&
               is_rounder(search->data, trial, best);
    return trial->excess < (trial->excess <= noise ? 0.5 : 0.2) * best->excess;
}

void fit_offer(struct fit_search *search, struct fit_trial *trial, double limit)
{
    const char *why;
    double unit = fmax(1, (double)search->data->stairs.every);
    fit_score(search->data, trial);
    if (!(trial->excess <= limit) || !(fabs(trial->origin) * unit < STEPS_MAX) ||
        schedule_check(&trial->schedule, &why))
        return;
    search->least[trial->kind] = fmin(search->least[trial->kind], trial->excess);
    if (!is_better(search, trial))
        return;
    search->best = *trial;
    search->found = true;
    search->limit = limit;
}

double fit_bent_limit(const struct fit_data *data)
{
    return 1e-5 + 0.1 * data->rounding;
}

/* Many points of many digits have one explanation. */
static bool is_telling(const struct fit_data *data)
{
    return fit_is_rounded(data) ? data->count >= 50 && data->rounding < 1e-3
                                : data->count >= 8;
}

bool fit_done(const struct fit_search *search, enum fit_kind kind)
{
    const struct fit_data *data = search->data;
    return search->found && !search->doubted && search->best.excess <= data->noise &&
           (search->best.kind == kind || is_telling(data));
}

/* --- searching --- */

double fit_least(const struct fit_choice *choice, double low, double high, double ratio)
{
    const double golden = 0.6180339887498949;
    double best = low, least = INFINITY;
    assert(!(low <= 0));
    for (double value = low; value <= high * ratio; value *= ratio) {
        double figure = choice->figure(choice, value);
        if (figure < least) {
            least = figure;
            best = value;
        }
    }
    low = best / ratio;
    high = best * ratio;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = choice->figure(choice, a), at_b = choice->figure(choice, b);
    for (int i = 0; i < 40 && high - low > 1e-7 * best; i++) {
        if (at_a < at_b) {
            high = b;
            b = a;
            at_b = at_a;
            at_a = choice->figure(choice, a = high - golden * (high - low));
        } else {
            low = a;
            a = b;
            at_a = at_b;
            at_b = choice->figure(choice, b = low + golden * (high - low));
        }
    }
    return (low + high) / 2;
}

double fit_roundest(double low, double high)
{
    for (double unit = pow(10, ceil(log10(fmax(high, 1)))); unit >= 1; unit /= 10) {
        static const double parts[] = {1, 0.5, 0.2};
        for (size_t i = 0; i < 3; i++) {
            double step = unit * parts[i], value = floor(high / step) * step;
            if (step >= 1 && value > low)
                return value;
        }
    }
    return 0;
}
