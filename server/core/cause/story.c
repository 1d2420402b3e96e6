/* Telling a story: turning a knob, scoring on a few rows, keeping the best. */
#include "core/cause/story.h"

#include <math.h>

/* A story is believed when it leaves no more than this share of what the column moved, as
   rms. True cosines of real logs leave up to 0.0026. */
static const double believed = 0.004;
/* ... and when it leaves no more than this share of what the declared schedule leaves. */
static const double better_than_declared = 0.25;
/* Two stories of which one leaves less than a quarter of the other are not alike. */
static const double alike = 4;
/* What is left over below this share of the rate is arithmetic. */
static const double nothing = 1e-9;
/* Every row has to lie within this share of the range. */
static const double row_off = 0.02;

/* --- the column --- */

struct spread story_spread(const struct story_search *search, const struct story *story,
                           size_t points)
{
    size_t end = story->end ? story->end : search->count, rows = end - story->first;
    return (struct spread){story->first, end - 1, rows < points ? rows : points};
}

size_t spread_row(const struct spread *spread, size_t k)
{
    return spread->points < 2 ? spread->last
                              : spread->first + k * (spread->last - spread->first) /
                                                    (spread->points - 1);
}

/* Digits that a value needs, and the multiple it is of; false beyond 8 digits. */
static bool find_digits(double value, int *digits, double *grid)
{
    double power = 1;
    for (int d = 0; d <= 20; d++, power *= 10) {
        double m = value * power;
        if (m > 1e8)
            return false;
        if (rint(m) >= 1 && fabs(m - rint(m)) <= 1e-9 * m) {
            *digits = 1 + (int)floor(log10(rint(m)));
            *grid = 1 / power;
            return true;
        }
    }
    return false;
}

/* Few levels can be round by chance; many are only when they were rounded. */
#define LEVELS_MIN 8

static void find_rounding(struct story_search *search)
{
    const struct story all = {.first = 0};
    struct spread rows = story_spread(search, &all, STORY_POINTS);
    size_t levels = 0;
    int most = 0;
    double finest = 1, before = NAN;
    for (size_t k = 0; k < rows.points; k++) {
        double value = fabs(story_seen(search, spread_row(&rows, k)));
        int digits = 0;
        double grid = 1;
        levels += value < before || value > before;
        before = value;
        if (value > 0 && !find_digits(value, &digits, &grid))
            return;
        most = digits > most ? digits : most;
        finest = fmin(finest, grid);
    }
    if (levels < LEVELS_MIN || most < 2)
        return;
    search->digits = most;
    search->grid = finest;
}

/* How far off a value may be for having been logged. */
double story_blur(const struct story_search *search, double value)
{
    double size = fabs(value);
    if (!search->digits || size == 0)
        return 1e-7 * size + 0.5 * search->grid;
    double last = pow(10, floor(log10(size)) - search->digits + 1);
    return 0.5 * fmax(last, search->grid);
}

/* --- stories --- */

struct story story_declared(const struct story_search *search)
{
    return (struct story){.cause = {.used = NAN, .declared = NAN, .gain = 1, .at = -1},
                          .pace = 1,
                          .ahead = search->what->deviation->shift,
                          .averaged = search->what->deviation->averaged,
                          .gain = 1};
}

static bool is_same_knob(const struct knob *a, const struct knob *b)
{
    return a->kind == b->kind && a->part == b->part && a->index == b->index &&
           a->along == b->along;
}

static void restore(struct story_search *search)
{
    const struct schedule *declared = search->what->schedule;
    if (search->turned.kind == KNOB_NONE)
        return;
    if (search->turned.kind == KNOB_PARAM || search->turned.kind == KNOB_LIST)
        search->run.parts[search->turned.part] = declared->parts[search->turned.part];
    else
        search->run = *declared;
    for (size_t i = 0; i < declared->part_count; i++)
        search->run.parts[i].param[0] = declared->parts[i].param[0];
    search->turned = (struct knob){.kind = KNOB_NONE};
}

/* Makes the length of a part longer by so much. */
static void lengthen(struct schedule_part *part, const struct schedule_part *declared,
                     double by)
{
    int length = part->type->length_param
                     ? schedule_param_find(part->type, part->type->length_param)
                     : -1;
    if (length > 0)
        part->param[length] = fmax(1, declared->param[length] + by);
}

static void turn_milestone(struct story_search *search, const struct knob *knob,
                           double value)
{
    const struct schedule *declared = search->what->schedule;
    size_t part = knob->part;
    double by = value - (double)declared->milestones[part - 1];
    search->run.milestones[part - 1] = (int64_t)value;
    if (knob->along & ALONG_BEFORE)
        lengthen(&search->run.parts[part - 1], &declared->parts[part - 1], by);
    if (knob->along & ALONG_AFTER)
        lengthen(&search->run.parts[part], &declared->parts[part], -by);
}

void story_turn(struct story_search *search, const struct story *story)
{
    const struct knob *knob = &story->knob;
    struct schedule_part *part = &search->run.parts[knob->part];
    if (!is_same_knob(&search->turned, knob))
        restore(search);
    search->turned = *knob;
    if (knob->kind == KNOB_PARAM && knob->index == 0) {
        for (size_t i = 0; i < search->run.part_count; i++)
            search->run.parts[i].param[0] = story->value;
    } else if (knob->kind == KNOB_PARAM) {
        part->param[knob->index] = story->value;
    } else if (knob->kind == KNOB_LIST) {
        part->list[knob->index] = story->value;
    } else if (knob->kind == KNOB_MILESTONE) {
        turn_milestone(search, knob, story->value);
    } else if (knob->kind == KNOB_WHOLE) {
        *part = search->whole;
    }
}

double story_lr(const struct story_search *search, const struct story *story, size_t row)
{
    double x = story_x(search, row), t = story->pace * (x + story->late) + story->ahead;
    if (story->every > 0)
        t = floor((x + story->phase) / story->every);
    const struct schedule_deviation mean = {.averaged = true};
    double lr = story->averaged ? schedule_logged(&search->run, &mean, t)
                                : schedule_lr(&search->run, fmax(t, 0));
    return story->floor + story->gain * (lr - story->floor);
}

void story_set(struct story *story, double value)
{
    story->value = value;
    if (story->knob.kind == KNOB_AHEAD)
        story->ahead = value;
    else if (story->knob.kind == KNOB_PACE)
        story->pace = value;
}

/* --- scoring --- */

/* Least squares, in the story's own arithmetic. */
static void fit_gain(const struct story_search *search, struct story *story,
                     const struct spread *rows)
{
    double uu = 0, uz = 0;
    story->gain = 1;
    for (size_t k = 0; k < rows->points; k++) {
        size_t row = spread_row(rows, k);
        double u = story_lr(search, story, row) - story->floor;
        uu += u * u;
        uz += u * (story_seen(search, row) - story->floor);
    }
    story->gain = uu > 0 ? uz / uu : 1;
}

/* What happens between two rows of the spread, a jump or all of a steep fall, the anchors
   tell; most wrong stories fail there. */
static double squares_at_anchors(const struct story_search *search,
                                 const struct story *story, double most)
{
    double squares = 0;
    size_t beside = search->what->schedule->parts[0].type->gradual ? 1 : 2;
    for (size_t i = 0; i < search->anchors.count && squares <= most; i++) {
        for (size_t back = 0; back < beside && search->anchors.row[i] >= back; back++) {
            size_t row = search->anchors.row[i] - back;
            if (row < story->first || (story->end && row >= story->end))
                continue;
            double off = story_seen(search, row) - story_lr(search, story, row);
            squares += off * off;
        }
    }
    return squares;
}

double story_rms(struct story_search *search, struct story *story, size_t points,
                 double limit)
{
    struct spread rows = story_spread(search, story, points);
    double squares = 0, most = limit * limit * (double)rows.points;
    story_turn(search, story);
    if (story->free_gain)
        fit_gain(search, story, &rows);
    if (!(story->gain > 0))
        return INFINITY;
    if (!story->free_gain)
        squares = squares_at_anchors(search, story, most);
    /* From the end: there a wrong story is furthest off. */
    for (size_t k = rows.points; k-- > 0 && squares <= most;) {
        size_t row = spread_row(&rows, k);
        double off = story_seen(search, row) - story_lr(search, story, row);
        squares += off * off;
    }
    return squares <= most ? sqrt(squares / (double)rows.points) : INFINITY;
}

/* What the column moved by over the story's rows, and the rms that rounding leaves. */
struct moved {
    double range, blur;
};

static struct moved moved_by(const struct story_search *search, const struct story *story)
{
    struct spread rows = story_spread(search, story, STORY_POINTS);
    double low = INFINITY, high = -INFINITY, squares = 0;
    for (size_t k = 0; k < rows.points; k++) {
        double value = story_seen(search, spread_row(&rows, k));
        double half = story_blur(search, value);
        low = fmin(low, value);
        high = fmax(high, value);
        squares += half * half / 3;
    }
    return (struct moved){high - low, sqrt(squares / (double)rows.points)};
}

double story_range(const struct story_search *search, const struct story *story)
{
    return moved_by(search, story).range;
}

/* Whether every row lies on it. */
static bool holds(struct story_search *search, const struct story *story)
{
    double scale = fmax(moved_by(search, story).range, 0.25 * search->range);
    story_turn(search, story);
    for (size_t row = search->count; row-- > story->first;) {
        double value = story_seen(search, row);
        double off = fabs(value - story_lr(search, story, row));
        if (!(off <= row_off * scale) && !(off <= 1.1 * story_blur(search, value)))
            return false;
    }
    return true;
}

static bool is_clearly_less(const struct story_search *search, double a, double b)
{
    return a * alike + search->least < b;
}

static bool is_same_cause(const struct story *a, const struct story *b)
{
    return a->cause.kind == b->cause.kind && a->cause.param == b->cause.param;
}

/* The second that explains it, when the first is kept. */
static void keep_also(struct story_search *search, const struct story *story)
{
    if (is_same_cause(story, &search->best) ||
        (search->has_also && search->also.cost <= story->cost))
        return;
    search->also = *story;
    search->has_also = true;
}

bool story_is_exact(const struct story_search *search)
{
    return search->found && search->best.rms <= search->least;
}

/* Whether it would take the place of the best one. */
static bool is_better(const struct story_search *search, const struct story *story)
{
    const struct story *best = &search->best;
    if (!search->found || is_clearly_less(search, story->rms, best->rms))
        return true;
    return story->cost < best->cost && !is_clearly_less(search, best->rms, story->rms);
}

/* Takes a story that explains the column. */
static void keep(struct story_search *search, const struct story *story)
{
    const struct story best = search->best;
    bool found = search->found;
    if (is_better(search, story)) {
        search->best = *story;
        search->found = true;
        search->ambiguous = false;
        if (!found || is_clearly_less(search, story->rms, best.rms))
            search->has_also = false;
        else
            keep_also(search, &best);
    } else if (is_clearly_less(search, best.rms, story->rms)) {
        return;
    } else if (story->cost > best.cost) {
        keep_also(search, story);
    } else if (!is_same_cause(story, &best)) {
        search->ambiguous = true;
    }
}

/* What the declared schedule leaves of some rows. */
static double declared_rms(struct story_search *search, size_t first, size_t end)
{
    struct story declared = story_declared(search);
    declared.first = first;
    declared.end = end;
    return story_rms(search, &declared, STORY_POINTS, INFINITY);
}

/* rms over all rows: those before the story's own are as declared. */
static double whole_rms(struct story_search *search, const struct story *story,
                        double own)
{
    double count = (double)search->count, before = (double)story->first;
    if (!story->first || story->cause.kind == CAUSE_WARMUP_ADDED)
        return own;
    double rms = declared_rms(search, 0, story->first);
    return sqrt((rms * rms * before + own * own * (count - before)) / count);
}

void story_offer(struct story_search *search, struct story *story)
{
    const char *why;
    struct moved moved = moved_by(search, story);
    double range = moved.range;
    /* With nothing free the level itself tells, though it may stand still by now. */
    if (story->first && !story->free_gain && story->knob.kind == KNOB_NONE)
        range = fmax(range, 0.5 * search->range);
    double limit = fmax(believed * range, 1.2 * moved.blur + search->least);
    /* Times a factor, anything that stands still is anything else that does. */
    if (story->free_gain && moved.range <= 4 * moved.blur + search->least &&
        story->cause.kind != CAUSE_STOPPED)
        return;
    story->rms = story_rms(search, story, STORY_POINTS, limit);
    if (!(story->rms <= limit) || schedule_check(&search->run, &why))
        return;
    double undone =
        fmax(declared_rms(search, 0, 0), declared_rms(search, story->first, 0));
    if (!(story->rms <= better_than_declared * undone))
        return;
    story->rms = whole_rms(search, story, story->rms);
    if (is_better(search, story) && !holds(search, story))
        return;
    keep(search, story);
}

/* --- begin --- */

static double off_by(const struct story_search *search, const struct story *declared,
                     size_t row)
{
    return fabs(story_seen(search, row) - story_lr(search, declared, row));
}

/* Of this share of the rows that moved the very value was logged: it was not rounded. */
#define EXACT_SHARE 0.75

/* How the column lies on the declared schedule while it surely follows it. */
struct prefix {
    size_t rows;
    double off; /* the largest deviation */
    bool exact;
};

static void measure_prefix(struct story_search *search, struct prefix *out)
{
    struct story declared = story_declared(search);
    declared.end = out->rows;
    struct spread rows = story_spread(search, &declared, STORY_POINTS);
    size_t moved = 0, exact = 0;
    double before = NAN;
    story_turn(search, &declared);
    for (size_t k = 0; k < rows.points; k++) {
        size_t row = spread_row(&rows, k);
        double lr = story_lr(search, &declared, row),
               off = off_by(search, &declared, row);
        out->off = fmax(out->off, off);
        if (k > 0 && (lr < before || lr > before)) {
            moved++;
            exact += off <= search->least;
        }
        before = lr;
    }
    out->exact = moved > 0 && (double)exact >= EXACT_SHARE * (double)moved;
}

/* The first of two rows on end, behind the prefix, that are further off than logging
   explains; `rows` when there are none. */
static size_t first_off(struct story_search *search, const struct prefix *prefix,
                        size_t rows)
{
    struct story declared = story_declared(search);
    size_t off = 0, row = prefix->rows;
    story_turn(search, &declared);
    for (; row < rows && off < 2; row++) {
        double digits =
            prefix->exact ? 0 : 2.1 * story_blur(search, story_seen(search, row));
        double allowed = fmax(2 * prefix->off, digits) + search->least;
        off = off_by(search, &declared, row) > allowed ? off + 1 : 0;
    }
    return off < 2 ? rows : row - 2;
}

/* The comparison sees a departure when it is large; it began before that. */
static void find_off(struct story_search *search)
{
    int64_t leaves = search->what->deviation->leaves_at;
    size_t seen =
        leaves < 0 ? search->count : series_lower_bound(search->what->lr, leaves);
    struct prefix prefix = {.rows = seen / 2};
    if (prefix.rows)
        measure_prefix(search, &prefix);
    size_t rows = seen + 2 < search->count ? seen + 2 : search->count;
    search->off = first_off(search, &prefix, rows);
    if (search->off > seen)
        search->off = seen;
}

void story_begin(struct story_search *search, const struct schedule_case *what)
{
    const struct series *lr = what->lr;
    *search = (struct story_search){.what = what, .run = *what->schedule};
    search->count = lr->count;
    if (lr->count && lr->value[lr->count - 1] == 0)
        search->count--;
    for (size_t row = 0; row < search->count; row++)
        search->high = fmax(search->high, lr->value[row]);
    if (!search->count)
        return;
    search->least = nothing * search->high;
    const struct story all = {.first = 0};
    search->range = moved_by(search, &all).range;
    find_rounding(search);
    find_off(search);
}
