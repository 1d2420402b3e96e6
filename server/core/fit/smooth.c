/* Columns without jumps: straight lines, exponentials, cosines. */
#include "core/fit/trial.h"

#include <math.h>

/* Measured on real logs: true cosines lie below 0.0026 of the range, the nearest other
   shape at 0.0156 (docs/diagnosis.md). Lines and exponentials by the same measure; lines
   get more room because loops that average the rate over an epoch bend the corners. */
static const double cosine_limit = 0.006;
static const double line_limit = 0.015;
static const double exponential_limit = 0.006;

static double last_x(const struct fit_data *data)
{
    return data->x[data->count - 1];
}

/* --- lines: climb, hold, fall, stay --- */

/* Indices that cut the column: held over [peak, fall), falling over [fall, floor). */
struct pieces {
    size_t peak, fall, floor;
    bool held;
    double at, slope; /* of the fall */
    double top;       /* the rate it falls from */
    double start;     /* the step at which the fall starts */
};

static bool find_pieces(const struct fit_search *search, struct pieces *p)
{
    const struct fit_data *data = search->data;
    double margin = 1e-7 * data->high;
    p->peak = search->rise->peak;
    p->fall = p->peak;
    while (p->fall + 1 < data->count && data->y[p->fall + 1] >= data->high - margin)
        p->fall++;
    /* The flat top of a rounded cosine is no hold. */
    size_t least = data->grid > 0 ? data->count / 4 : 2;
    p->held = p->fall >= p->peak + (least > 2 ? least : 2);
    p->floor = data->count - 1;
    while (p->floor > p->fall &&
           data->y[p->floor - 1] <= data->y[data->count - 1] + margin)
        p->floor--;
    if (p->floor - p->fall < 2)
        return false;
    /* A corner between two points belongs to neither side. */
    size_t first = p->fall + 1 < p->floor - 1 ? p->fall + 1 : p->fall;
    fit_line(data, first, p->floor + (p->floor + 1 == data->count), &p->at, &p->slope);
    return p->slope < 0;
}

/* Where the fall starts: at the hold, at the end of the climb, or with the log. */
static void find_start(const struct fit_search *search, struct pieces *p)
{
    const struct fit_data *data = search->data;
    const struct fit_rise *rise = search->rise;
    p->top = data->high;
    if (p->held) {
        p->start = rint((p->top - p->at) / p->slope);
    } else if (rise->found) {
        p->start = rint((p->at + rise->slope * rise->zero) / (rise->slope - p->slope));
        p->top = p->at + p->slope * p->start;
    } else {
        p->start = data->natural;
        p->top = p->at + p->slope * p->start;
    }
}

static void append_hold(struct fit_trial *trial, const struct fit_search *search,
                        const struct pieces *p)
{
    if (!p->held)
        return;
    const struct fit_rise *rise = search->rise;
    struct schedule_part hold = fit_part("ConstantLR");
    double from = search->data->natural;
    if (rise->found)
        from = rint(rise->zero + p->top / rise->slope);
    fit_begin(search, from, trial);
    fit_set(&hold, "factor", 1);
    fit_append(trial, &hold, from);
}

/* A straight fall to `end_factor` of the top at step `end`. */
static void offer_fall(struct fit_search *search, const struct pieces *p, double end)
{
    struct fit_trial trial;
    struct schedule_part fall = fit_part("LinearLR");
    double end_factor = (p->at + p->slope * end) / p->top;
    fit_set(&fall, "start_factor", 1);
    fit_set(&fall, "end_factor", end_factor < 0.001 ? 0 : end_factor);
    fit_set(&fall, "total_iters", end - p->start);
    fit_begin(search, p->start, &trial);
    append_hold(&trial, search, p);
    fit_append(&trial, &fall, p->start);
    trial.covered = (last_x(search->data) - p->start) / (end - p->start);
    fit_offer(search, &trial, line_limit);
}

/* fp16's loss scaler skips the first few steps; the climb comes that much later. */
#define SKIPPED_MAX 0.02

/* Up from 0, down to 0: Hugging Face's linear schedule. */
static void offer_hf_linear(struct fit_search *search, const struct pieces *p, double end)
{
    const struct fit_data *data = search->data;
    const struct fit_rise *rise = search->rise;
    double origin = rise->found ? rint(rise->zero) : data->natural;
    double late = fabs(origin - data->natural);
    if (late > fmax(1, SKIPPED_MAX * (p->start - data->natural)) || p->held)
        return;
    if (late > 1)
        origin = data->natural;
    struct fit_trial trial = {.origin = origin, .schedule = {.unit = data->unit}};
    struct schedule_part part = fit_part("linear_with_warmup");
    fit_set(&part, "num_warmup_steps", rise->found ? fmax(0, p->start - origin) : 0);
    fit_set(&part, "num_training_steps", end - origin);
    fit_append(&trial, &part, origin);
    trial.covered = (last_x(data) - origin) / (end - origin);
    fit_offer(search, &trial, line_limit);
}

/* A climb that ends in a plateau; Hugging Face's name when it comes from 0. */
static void offer_held_climb(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_rise *rise = search->rise;
    if (!rise->found || data->y[data->count - 1] < data->high * (1 - 1e-6))
        return;
    double origin = rint(rise->zero), top = rint(rise->zero + data->high / rise->slope);
    bool from_zero = fabs(rise->zero - data->natural) < 1.25;
    struct fit_trial trial = {.origin = origin, .schedule = {.unit = data->unit}};
    struct schedule_part part = fit_part("constant_with_warmup");
    if (from_zero) {
        fit_set(&part, "num_warmup_steps", fmax(0, top - origin));
        fit_append(&trial, &part, origin);
    } else {
        part = fit_part("constant");
        fit_begin(search, top, &trial);
        fit_append(&trial, &part, top);
    }
    trial.covered = 0.5; /* what follows the climb may still be to come */
    fit_offer(search, &trial, line_limit);
}

void fit_lines(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    struct pieces p;
    offer_held_climb(search);
    if (!find_pieces(search, &p))
        return;
    find_start(search, &p);
    double zero = rint(-p.at / p.slope), last = last_x(data);
    bool floored = p.floor + 1 < data->count;
    if (floored) {
        double end = rint((data->y[data->count - 1] - p.at) / p.slope);
        if (data->y[data->count - 1] <= 1e-3 * p.top)
            offer_hf_linear(search, &p, zero);
        offer_fall(search, &p, end);
        return;
    }
    if (data->unit == SCHEDULE_STEP || search->rise->found)
        offer_hf_linear(search, &p, zero);
    offer_fall(search, &p, zero);
    offer_fall(search, &p, fmax(last, data->planned));
}

/* --- exponential --- */

void fit_exponential(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    size_t first = search->rise->peak;
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    double x0 = data->x[first];
    for (size_t i = first; i < data->count; i++) {
        if (data->y[i] <= 0)
            return;
        double at = data->x[i] - x0, log_lr = log(data->y[i]);
        n++;
        x += at;
        y += log_lr;
        xx += at * at;
        xy += at * log_lr;
    }
    double gamma = exp((n * xy - x * y) / (n * xx - x * x));
    struct fit_trial trial;
    struct schedule_part part = fit_part("ExponentialLR");
    double start = search->rise->found ? x0 : data->natural;
    if (!(gamma < 1))
        return;
    fit_set(&part, "gamma", gamma);
    fit_begin(search, start, &trial);
    fit_append(&trial, &part, start);
    fit_offer(search, &trial, exponential_limit);
}

/* --- cosines --- */

/* What is asked of a cosine: where it starts, how it is written. */
struct cosine {
    double start;
    bool free_eta;
};

static void build_cosine(const struct fit_search *search, const struct cosine *cosine,
                         double T, struct fit_trial *trial)
{
    struct schedule_part part = fit_part("CosineAnnealingLR");
    fit_set(&part, "T_max", T);
    fit_begin(search, cosine->start, trial);
    fit_append(trial, &part, cosine->start);
    trial->free_eta = cosine->free_eta;
    trial->covered = (last_x(search->data) - cosine->start) / T;
}

/* Up from 0, then a cosine to 0: Hugging Face's name for the same curve. */
static void build_hf_cosine(const struct fit_search *search, const struct cosine *cosine,
                            double T, struct fit_trial *trial)
{
    double origin = rint(search->rise->zero);
    struct schedule_part part = fit_part("cosine_with_warmup");
    *trial =
        (struct fit_trial){.origin = origin, .schedule = {.unit = search->data->unit}};
    fit_set(&part, "num_warmup_steps", cosine->start - origin);
    fit_set(&part, "num_training_steps", cosine->start - origin + T);
    fit_append(trial, &part, origin);
    trial->covered = (last_x(search->data) - cosine->start) / T;
}

/* A figure to make small by the choice of T. */
struct choice {
    const struct fit_search *search;
    struct cosine cosine;
    double (*figure)(const struct choice *choice, double T);
};

static double cosine_rms(const struct choice *choice, double T)
{
    struct fit_trial trial;
    build_cosine(choice->search, &choice->cosine, T, &trial);
    return fit_score(choice->search->data, &trial);
}

/* A coarse look over all lengths that the column can tell apart, then golden section. */
static double best_T(const struct choice *choice, double from)
{
    const double ratio = 1.05, golden = 0.6180339887498949;
    double span = last_x(choice->search->data) - from, best = span, least = INFINITY;
    for (double T = fmax(2, span / 24); T < 16 * span; T *= ratio) {
        double figure = choice->figure(choice, T);
        if (figure < least) {
            least = figure;
            best = T;
        }
    }
    double low = best / ratio, high = best * ratio;
    for (int i = 0; i < 40 && high - low > 1e-6 * best; i++) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        if (choice->figure(choice, a) < choice->figure(choice, b))
            high = b;
        else
            low = a;
    }
    return (low + high) / 2;
}

static void offer_cosine(struct fit_search *search, const struct cosine *cosine, double T)
{
    struct fit_trial trial;
    const struct fit_rise *rise = search->rise;
    if (T < 1 || cosine->start > last_x(search->data))
        return;
    if (rise->found && !cosine->free_eta &&
        fabs(rint(rise->zero) - search->data->natural) <= 1 &&
        cosine->start > rise->zero) {
        build_hf_cosine(search, cosine, rint(T), &trial);
        fit_offer(search, &trial, cosine_limit);
    }
    build_cosine(search, cosine, rint(T), &trial);
    fit_offer(search, &trial, cosine_limit);
}

/* From one start: the planned length first, then the best one; eta_min = 0 first. */
static void try_start(struct fit_search *search, double start)
{
    const struct fit_data *data = search->data;
    for (int free_eta = 0; free_eta < 2; free_eta++) {
        struct cosine cosine = {start, free_eta};
        struct choice choice = {search, cosine, cosine_rms};
        if (data->planned > start)
            offer_cosine(search, &cosine, data->planned - start);
        offer_cosine(search, &cosine, best_T(&choice, data->x[search->rise->peak]));
        if (search->found && search->best.excess <= data->noise)
            return;
    }
}

/* Gaussian elimination of a symmetric positive 3 x 3 system; false when singular. */
static bool solve3(double m[3][4])
{
    for (int i = 0; i < 3; i++) {
        if (fabs(m[i][i]) < 1e-12)
            return false;
        for (int j = 0; j < 3; j++) {
            double factor = m[j][i] / m[i][i];
            for (int k = i; j != i && k < 4; k++)
                m[j][k] -= factor * m[i][k];
        }
    }
    return true;
}

/* A sinusoid with half period T anywhere: y = c + a cos + b sin. Returns the squared
   residual and the step of a peak. */
static double free_sinusoid(const struct fit_data *data, double from, double T,
                            double *peak)
{
    const double pi = 3.14159265358979323846;
    double m[3][4] = {{0}}, residual = 0;
    for (size_t i = 0; i < data->score_count; i++) {
        double angle = pi * (data->score_x[i] - from) / T;
        double row[4] = {1, cos(angle), sin(angle), data->score_y[i] / data->high};
        for (int j = 0; data->score_x[i] >= from && j < 3; j++) {
            for (int k = 0; k < 4; k++)
                m[j][k] += row[j] * row[k];
        }
    }
    if (!solve3(m))
        return INFINITY;
    double c = m[0][3] / m[0][0], a = m[1][3] / m[1][1], b = m[2][3] / m[2][2];
    for (size_t i = 0; i < data->score_count; i++) {
        double angle = pi * (data->score_x[i] - from) / T;
        double d = c + a * cos(angle) + b * sin(angle) - data->score_y[i] / data->high;
        residual += data->score_x[i] >= from ? d * d : 0;
    }
    *peak = from + atan2(b, a) / pi * T;
    return residual;
}

static double sinusoid_residual(const struct choice *choice, double T)
{
    double peak;
    return free_sinusoid(choice->search->data, choice->cosine.start, T, &peak);
}

/* Where a cosine that was already under way, or starts between two points, began. */
static double free_start(const struct fit_search *search, double from)
{
    double peak = from;
    struct choice choice = {search, {from, true}, sinusoid_residual};
    free_sinusoid(search->data, from, best_T(&choice, from), &peak);
    return rint(peak);
}

void fit_cosines(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_rise *rise = search->rise;
    double start =
        rise->found ? rint(rise->zero + data->high / rise->slope) : data->natural;
    const double starts[] = {start, start - 1, start + 1, data->x[rise->peak],
                             free_start(search, data->x[rise->peak])};
    /* A last resort only: when all is explained already, a cosine says nothing new. */
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (search->found && search->best.excess <= data->noise)
            return;
        try_start(search, starts[i]);
    }
}
