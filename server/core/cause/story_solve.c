/* Turning a knob of a story to where it explains the column best. */
#include "core/cause/story.h"

#include <math.h>

/* One row further off than this share of the column's range is enough to drop a story. */
static const double far_off = 0.25;

#define JUMP_MIN 0.05   /* of the highest rate */
#define MOVE_MIN 0.0625 /* of the range */

static void add_anchor(struct anchors *anchors, size_t row)
{
    for (size_t i = 0; i < anchors->count; i++) {
        if (anchors->row[i] == row)
            return;
    }
    if (anchors->count < ANCHORS_MAX)
        anchors->row[anchors->count++] = row;
}

static void add_moves(struct story_search *search, const struct story *story)
{
    double move = MOVE_MIN * story_range(search, story), largest = 0;
    size_t moves = 0, jump = 0, last = 0, steepest = 0;
    for (size_t row = story->first + 1; row < search->count; row++) {
        double value = story_seen(search, row);
        double by = fabs(value - story_seen(search, row - 1));
        if (!moves && fabs(value - story_seen(search, story->first)) > move)
            moves = row;
        if (by > JUMP_MIN * search->high)
            last = row;
        if (last && !jump)
            jump = last;
        if (by > largest) {
            largest = by;
            steepest = row;
        }
    }
    const size_t rows[] = {moves, jump, last, steepest};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i])
            add_anchor(&search->anchors, rows[i]);
    }
}

/* The first row after `off` that lies on the declared schedule again. */
static size_t back_row(struct story_search *search)
{
    struct story declared = story_declared(search);
    size_t row = search->off;
    story_turn(search, &declared);
    while (row < search->count && fabs(story_seen(search, row) -
                                       story_lr(search, &declared, row)) > search->least)
        row++;
    return row;
}

static size_t furthest_row(struct story_search *search, size_t first)
{
    struct story declared = story_declared(search);
    declared.first = first;
    struct spread rows = story_spread(search, &declared, STORY_POINTS);
    size_t furthest = first;
    double most = 0;
    story_turn(search, &declared);
    for (size_t k = 0; k < rows.points; k++) {
        size_t row = spread_row(&rows, k);
        double off = fabs(story_seen(search, row) - story_lr(search, &declared, row));
        if (off > most) {
            most = off;
            furthest = row;
        }
    }
    return furthest;
}

static void find_anchors(struct story_search *search, const struct story *story)
{
    if (search->anchors.count && search->anchors.first == story->first)
        return;
    search->anchors = (struct anchors){.first = story->first};
    add_anchor(&search->anchors, furthest_row(search, story->first));
    add_moves(search, story);
    add_anchor(&search->anchors, search->count - 1);
    add_anchor(&search->anchors, story->first + (search->count - story->first) / 2);
    if (search->off >= story->first && search->off < search->count)
        add_anchor(&search->anchors, search->off);
    if (!search->what->schedule->parts[0].type->gradual) {
        size_t back = back_row(search);
        if (back < search->count)
            add_anchor(&search->anchors, back);
    }
}

/* How far above the column the story lies at a row, for a value of its knob. A gain that
   is free goes through the first row. */
static double above(struct story_search *search, struct story *story, size_t row,
                    double value)
{
    story_set(story, value);
    story_turn(search, story);
    if (story->free_gain) {
        story->gain = 1;
        double start = story_lr(search, story, story->first) - story->floor;
        story->gain = (story_seen(search, story->first) - story->floor) / start;
    }
    return story_lr(search, story, row) - story_seen(search, row);
}

#define TRIED_MAX 24

/* The best value so far; of equals the one nearest to `from`. */
struct solution {
    double from, value, rms;
    bool integer;
    double tried[TRIED_MAX]; /* several rows lead to the same value */
    size_t tried_count;
};

static bool is_tried(struct solution *best, double value)
{
    for (size_t i = 0; i < best->tried_count; i++) {
        if (fabs(best->tried[i] - value) <= 1e-9 * fabs(value))
            return true;
    }
    if (best->tried_count < TRIED_MAX)
        best->tried[best->tried_count++] = value;
    return false;
}

static void try_value(struct story_search *search, struct story *story, double value,
                      struct solution *best)
{
    double least = search->least;
    double limit = fmin(far_off * search->high, 2 * best->rms + least);
    if (is_tried(best, value))
        return;
    story_set(story, value);
    if (story_rms(search, story, STORY_QUICK, QUICK_ROOM * limit) == INFINITY)
        return;
    double rms = story_rms(search, story, STORY_POINTS, limit);
    bool nearer = fabs(value - best->from) < fabs(best->value - best->from);
    if (rms + least < best->rms || (rms < best->rms + least && nearer)) {
        best->value = value;
        best->rms = rms;
    }
}

/* Below the column, on it, or above it. */
static int side(const struct story_search *search, size_t row, double lies)
{
    double on = search->least + story_blur(search, story_seen(search, row));
    return (lies > on) - (lies < -on);
}

#define HALVINGS 50
/* A root that is refined afterwards need not be nearer than this share of the rate. */
static const double near_enough = 1e-4;

/* Closes in on a change of side between two values. */
static void close_in(struct story_search *search, struct story *story, size_t row,
                     const double ends[2], struct solution *best)
{
    double low = ends[0], high = ends[1];
    int first = side(search, row, above(search, story, row, low));
    for (int i = 0; i < HALVINGS && high - low > (best->integer ? 1 : 0); i++) {
        double middle = best->integer ? floor((low + high) / 2) : (low + high) / 2;
        double lies = above(search, story, row, middle);
        if (side(search, row, lies) == first)
            low = middle;
        else
            high = middle;
        if (!best->integer && fabs(lies) <= near_enough * search->high)
            break;
    }
    try_value(search, story, high, best);
    if (best->integer)
        try_value(search, story, low, best);
}

#define GRID_RATIO  1.3
#define GRID_POINTS 64

/* Where a change of side is looked for: at i of GRID_POINTS, from low to high. */
struct grid {
    const struct knob_span *span;
    double geometric; /* the i-th value around the span's scale */
    double last;
};

/* The next value above the last; NAN when this one is none. */
static double grid_value(struct grid *grid, int i)
{
    const struct knob_span *span = grid->span;
    double value = span->low + (span->high - span->low) * i / GRID_POINTS;
    if (span->scale > 0 && i > 0 && i < GRID_POINTS)
        value = grid->geometric;
    grid->geometric *= GRID_RATIO;
    if (span->integer)
        value = rint(value);
    if (!(value > grid->last) || value < span->low || value > span->high)
        return NAN;
    grid->last = value;
    return value;
}

static void look_at(struct story_search *search, struct story *story, size_t row,
                    const struct knob_span *span, struct solution *best)
{
    struct grid grid = {span, span->scale * pow(GRID_RATIO, -GRID_POINTS / 2.0),
                        -INFINITY};
    double before = NAN;
    int was = 0;
    for (int i = 0; i <= GRID_POINTS; i++) {
        double value = grid_value(&grid, i);
        if (isnan(value))
            continue;
        double lies = above(search, story, row, value);
        int now = side(search, row, lies);
        if (isfinite(lies) && !isnan(before) && now != was)
            close_in(search, story, row, (double[]){before, value}, best);
        before = isfinite(lies) ? value : NAN;
        was = now;
    }
}

/* One of Newton's steps to the least squares; 0 where the knob moves nothing. */
static double newton_step(struct story_search *search, struct story *story, double value,
                          double h)
{
    enum { POINTS = 24 };
    struct spread rows = story_spread(search, story, POINTS);
    double at[POINTS], rd = 0, dd = 0;
    story_set(story, value);
    story_turn(search, story);
    for (size_t k = 0; k < rows.points; k++)
        at[k] = story_lr(search, story, spread_row(&rows, k));
    story_set(story, value + h);
    story_turn(search, story);
    for (size_t k = 0; k < rows.points; k++) {
        size_t row = spread_row(&rows, k);
        double slope = (story_lr(search, story, row) - at[k]) / h;
        rd += slope * (story_seen(search, row) - at[k]);
        dd += slope * slope;
    }
    return dd > 0 ? rd / dd : 0;
}

static void polish(struct story_search *search, struct story *story,
                   const struct knob_span *span, struct solution *best)
{
    double value = best->value;
    for (int i = 0; i < 4; i++) {
        double h = 1e-6 * fmax(fabs(value), 1e-3 * span->scale);
        double step = newton_step(search, story, value, h);
        value = fmin(span->high, fmax(span->low, value + step));
        if (fabs(step) <= 1e-10 * fabs(value))
            break;
    }
    if (!span->integer) {
        try_value(search, story, value, best);
        return;
    }
    for (double near = floor(value) - 1; near <= floor(value) + 2; near++) {
        if (near >= span->low && near <= span->high)
            try_value(search, story, near, best);
    }
}

/* People choose round numbers: the roundest that explains the column as well. */
static void snap(struct story_search *search, struct story *story,
                 const struct knob_span *span, struct solution *best)
{
    if (!(fabs(best->value) > 0))
        return;
    for (int digits = 1; digits <= 5; digits++) {
        double unit = pow(10, floor(log10(fabs(best->value))) + 1 - digits);
        double value = rint(best->value / unit) * unit;
        if (span->integer && unit < 1)
            return;
        /* A power of ten below 1 is not exact, its inverse is. */
        if (unit < 1)
            value = rint(best->value / unit) / rint(1 / unit);
        if (value < span->low || value > span->high)
            continue;
        double limit = 1.05 * best->rms + 2 * search->least;
        story_set(story, value);
        double rms = story_rms(search, story, STORY_POINTS, limit);
        if (rms <= limit) {
            best->value = value;
            best->rms = rms;
            return;
        }
    }
}

void story_refine(struct story_search *search, struct story *story,
                  const struct knob_span *span)
{
    struct solution best = {.from = story->value,
                            .value = NAN,
                            .rms = INFINITY,
                            .integer = span->integer};
    try_value(search, story, best.from, &best);
    if (isnan(best.value))
        best.value = best.from;
    if (best.rms > search->least)
        polish(search, story, span, &best);
    snap(search, story, span, &best);
    story_set(story, best.value);
    story->rms = story_rms(search, story, STORY_POINTS, INFINITY);
}

bool story_solve(struct story_search *search, struct story *story,
                 const struct knob_span *span)
{
    struct solution best = {.from = story->value,
                            .value = NAN,
                            .rms = INFINITY,
                            .integer = span->integer};
    find_anchors(search, story);
    try_value(search, story, span->low, &best);
    for (size_t i = 0; i < search->anchors.count; i++) {
        size_t row = search->anchors.row[i];
        if (row > story->first || !story->free_gain)
            look_at(search, story, row, span, &best);
    }
    story_set(story, best.value);
    return !isnan(best.value);
}
