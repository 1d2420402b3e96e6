/* From points to the best trial; each family of trials has its own file. */
#include "core/fit/fit.h"

#include "core/fit/trial.h"

#include <math.h>
#include <string.h>

/* Fewer points fit any shape. */
enum { POINTS_MIN_SHAPE = 5 };
/* Below it more answers are wrong than right (docs/schedules-fit.md): better none. */
static const double confidence_min = 0.3;

/* --- the answer --- */

static bool has_rival(const struct fit_search *search)
{
    const struct fit_trial *best = &search->best;
    for (int kind = 0; kind < FIT_KINDS; kind++) {
        if (kind != (int)best->kind &&
            search->least[kind] <= fmax(search->data->noise, 2 * best->excess))
            return true;
    }
    return false;
}

/* Shapes that lie near to many columns. */
static bool is_yielding(enum fit_kind kind)
{
    return kind == FIT_LINE || kind == FIT_ONE_CYCLE;
}

/* Figures from made columns of which the truth is known (docs/schedules-fit.md): what
   tells is how many points lie beyond the climb, whether they are met, and whether
   another kind meets them too. Early on a rounded curve looks like a line. */
static double confidence(const struct fit_search *search)
{
    const struct fit_trial *best = &search->best;
    const struct fit_data *data = search->data;
    double n = (double)(data->count - search->course->top);
    bool rounded = fit_is_rounded(data);
    if (best->excess > data->noise) {
        double off = sqrt(best->excess / search->limit);
        return n < 5 ? 0 : 0.95 * (1 - (is_yielding(best->kind) ? 1 : 0.3) * off);
    }
    double sure = n / (n + (rounded ? 1 : 0.25));
    if (has_rival(search))
        sure *= 0.85;
    if (rounded && best->kind == FIT_LINE)
        sure *= fmin(1, 0.5 + 1.5 * fmax(0, best->covered));
    return sure;
}

static void report(struct fit_search *search, const struct series *lr,
                   struct schedule_fit *out)
{
    double trust = confidence(search);
    if (trust < confidence_min)
        return;
    out->found = true;
    out->confidence = trust;
    fit_snap(search);
    out->schedule = search->best.schedule;
    double off = search->best.origin - search->data->first;
    out->origin = (int64_t)(fabs(off) <= 1 ? search->data->first : search->best.origin);
    struct schedule_stairs stairs = search->data->stairs;
    if (stairs.every > 0)
        out->origin = stairs.from + out->origin * stairs.every;
    stairs.from = out->origin;
    schedule_compare_stairs(&out->schedule, lr, &stairs, &out->deviation);
}

/* float32 logs of one value differ by 6e-8. */
static bool is_constant(const struct fit_data *data)
{
    return data->range <= 1e-6 * data->high;
}

static void fit_constant(struct fit_search *search, struct fit_data *data)
{
    struct schedule_part part = fit_part("constant");
    data->range = fmax(data->high, 1e-300);
    data->noise = 1e-6;
    search->limit = 1;
    search->best = fit_trial_at(search, FIT_CONSTANT, data->natural);
    fit_append(&search->best, &part, data->natural);
    fit_score(data, &search->best);
}

/* Still climbing, no plateau yet: what will follow cannot be told. */
static bool only_rises(const struct fit_data *data)
{
    for (size_t i = 1; i < data->count; i++) {
        if (data->y[i] < data->y[i - 1])
            return false;
    }
    return data->y[data->count - 3] < data->high * (1 - 1e-6) && data->y[0] < data->y[1];
}

/* --- the search --- */

static void begin(struct fit_search *search, struct fit_data *data,
                  struct fit_course *course)
{
    *search = (struct fit_search){.data = data, .course = course};
    for (int kind = 0; kind < FIT_KINDS; kind++)
        search->least[kind] = INFINITY;
    fit_find_course(data, 0, course);
    fit_pick_points(data, course->top);
}

static void ask_families(struct fit_search *search)
{
    static void (*const families[])(
        struct fit_search *) = {fit_steps,       fit_restarts,     fit_lines,
                                fit_cycles,      fit_exponential,  fit_cosines,
                                fit_held_curves, fit_inverse_sqrt, fit_one_cycle,
                                fit_powers,      fit_k_decay,      fit_earlier_cosines};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        families[i](search);
}

static bool explained(const struct fit_search *search)
{
    return search->found && search->best.excess <= search->data->noise;
}

/* A sparse log may have a single point on the climb, which then says only where it led.
 */
static void suppose_climbs(struct fit_search *search)
{
    const struct fit_data *data = search->data;
    const struct fit_course *course = search->course;
    struct fit_course supposed = *course;
    if (!data->sparse || !(data->x[0] > data->natural + 1) || !(data->y[0] > 0))
        return;
    search->course = &supposed;
    search->doubted = true;
    for (int shift = 0; shift < 3; shift++) {
        fit_suppose_climb(data, data->natural + (shift < 2 ? -shift : 1), &supposed);
        ask_families(search);
    }
    search->doubted = false;
    search->course = course;
}

/* Lines that loops have bent a little. */
static void allow_slack(struct fit_search *search)
{
    static const double slack = 0.006;
    const struct fit_course *course = search->course;
    struct fit_course loose;
    fit_find_course(search->data, slack * search->data->range, &loose);
    search->course = &loose;
    fit_lines(search);
    search->course = course;
}

/* Only when that explains much more: a mean hardly differs from the middle of its step.
 */
static void search_as_averages(struct fit_search *search, struct fit_data *data,
                               double *work, struct fit_course *course)
{
    struct fit_data averaged = *data;
    struct fit_course other_course;
    struct fit_search other;
    fit_take_averages(work, &averaged);
    begin(&other, &averaged, &other_course);
    ask_families(&other);
    if (!other.found || (search->found && other.best.excess > 0.25 * search->best.excess))
        return;
    *data = averaged;
    *course = other_course;
    *search = other;
    search->data = data;
    search->course = course;
}

/* Of a column of few digits, taken as it is, only steps and lines can meet every point:
   no curve hits round numbers. */
static void ask_exact_families(struct fit_search *search)
{
    fit_steps(search);
    fit_lines(search);
    fit_cycles(search);
}

/* Each way of reading the column in turn, until one explains it: as it is, which leaves
   no doubt; rounded; with a climb of one point; bent a little; as means. */
static void search_all(struct fit_search *search, struct fit_data *data, double *work,
                       struct fit_course *course)
{
    bool rounded = fit_is_rounded(data);
    data->exact = true;
    begin(search, data, course);
    if (rounded)
        ask_exact_families(search);
    else
        ask_families(search);
    data->exact = false;
    if (rounded && !explained(search)) {
        begin(search, data, course);
        ask_families(search);
    }
    bool short_climb = course->climbs && course->top <= 2 && !course->from_zero;
    if (!explained(search) || short_climb)
        suppose_climbs(search);
    if (explained(search))
        return;
    allow_slack(search);
    fit_fall_alone(search);
    if (!explained(search) && !data->sparse)
        search_as_averages(search, data, work, course);
}

/* Stairs that a StepLR does not lay are a curve of epochs. */
static void take_stairs(struct fit_search *search, struct fit_data *data, double *work,
                        struct fit_course *course)
{
    struct schedule_stairs stairs;
    if (!fit_find_stairs(data, &stairs))
        return;
    begin(search, data, course);
    fit_steps(search);
    if (!explained(search))
        fit_take_stairs(work, data, &stairs);
}

void schedule_fit(const struct series *lr, int64_t planned, double *work,
                  struct schedule_fit *out)
{
    struct fit_data data;
    struct fit_course course = {.count = 0};
    struct fit_search search = {.data = &data, .course = &course};
    memset(out, 0, sizeof *out);
    fit_prepare(lr, planned, work, &data);
    if (data.count < FIT_POINTS_MIN)
        return;
    if (is_constant(&data)) {
        fit_constant(&search, &data);
        report(&search, lr, out);
        return;
    }
    take_stairs(&search, &data, work, &course);
    if (data.count < POINTS_MIN_SHAPE || only_rises(&data))
        return;
    if (!explained(&search))
        search_all(&search, &data, work, &course);
    if (search.found)
        report(&search, lr, out);
}
