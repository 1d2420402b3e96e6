/* Mistakes in when the scheduler is stepped: too often, too seldom, too early, too late.
 */
#include "core/cause/story.h"

#include <math.h>
#include <string.h>

/* Nobody mistypes a length by a factor of 8; that is batches for epochs or the reverse.
 */
#define UNIT_FACTOR 8
/* Steps per x that are tried one by one. */
#define OFTEN_MAX 4096
/* ... and kept for a closer look when they leave this share of the rate. */
#define OFTEN_OFF 0.005
/* When the end of the schedule is passed between two rows, one more step looks the same.
 */
#define OR_MORE_WITHIN 64
/* An LR that stands: changes that show a period. */
#define CHANGES_MIN 3
#define CHANGES_MAX 64

/* A whole number of steps in each x is what two units are to each other. */
static enum schedule_cause_kind kind_of(const struct story_search *search, double factor,
                                        bool often)
{
    bool batches = search->what->schedule->unit == SCHEDULE_STEP;
    if (!search->what->units_agree && batches == often)
        return CAUSE_OTHER_UNIT;
    if (often)
        return factor >= UNIT_FACTOR ? CAUSE_STEPPED_PER_BATCH : CAUSE_STEPPED_TOO_OFTEN;
    return factor >= UNIT_FACTOR ? CAUSE_STEPPED_PER_EPOCH : CAUSE_STEPPED_TOO_SELDOM;
}

static enum story_cost cost_of(const struct story_search *search, double factor)
{
    return factor >= UNIT_FACTOR || !search->what->units_agree ? COST_UNIT : COST_FACTOR;
}

/* Whole numbers of scheduler steps in each x, tried one by one. */
struct trial {
    double best; /* explains it best, the smallest of several; 0: none does */
    double rms;
    bool or_more; /* a larger one looks the same */
};

/* So many steps in each x, a row logged before the first of them or after the last. */
static struct story story_often(const struct story_search *search, double often,
                                double late)
{
    struct story story = story_declared(search);
    story.pace = often;
    story.late = late;
    story.ahead = 0;
    story.averaged = false;
    return story;
}

static void try_often(struct story_search *search, const struct story *model,
                      double often, struct trial *trial)
{
    struct story story = *model;
    double least = search->least, limit = 2 * trial->rms + least;
    story.pace = often;
    if (story_rms(search, &story, STORY_QUICK, QUICK_ROOM * limit) == INFINITY)
        return;
    double rms = story_rms(search, &story, STORY_POINTS, limit);
    if (2 * rms + least < trial->rms || !(trial->best > 0)) {
        if (rms <= trial->rms)
            *trial = (struct trial){often, rms, false};
    } else if (rms <= 2 * trial->rms + least) {
        trial->or_more = true;
    }
}

static void offer_often(struct story_search *search, const struct story *model,
                        const struct trial *trial)
{
    struct story story = *model;
    story.cause.kind = kind_of(search, trial->best, true);
    story.cause.used = trial->best;
    story.cause.declared = 1;
    story.cause.or_more = trial->or_more;
    story.pace = trial->best;
    story.cost = cost_of(search, trial->best);
    story_offer(search, &story);
    if (story.late > 0) {
        story.ahead = -1; /* before the last of them */
        story_offer(search, &story);
    }
}

/* More steps than the whole schedule between two rows look like fewer; in a log with gaps
   they look like anything. */
static double often_max(const struct story_search *search)
{
    const struct schedule *declared = search->what->schedule;
    double length = schedule_length(declared);
    double x = story_x(search, search->count - 1) - story_x(search, 0);
    double row = fmax(1, rint(x / (double)(search->count - 1)));
    enum schedule_past past = declared->parts[declared->part_count - 1].type->past;
    if (past == SCHEDULE_RESTARTS || !(length > 0))
        return OFTEN_MAX / row;
    return fmin(fmax(2, length / row), OFTEN_MAX);
}

static void tell_often(struct story_search *search, double late)
{
    double coarse = OFTEN_OFF * search->high, most = often_max(search);
    struct trial trial = {0, coarse, false};
    struct story story = story_often(search, 1, late);
    struct knob_span span = {.low = 1, .high = most, .scale = 1, .integer = true};
    story.knob.kind = KNOB_PACE;
    story.value = 1;
    bool solved = story_solve(search, &story, &span) && story.value > 1;
    if (solved)
        story.rms = story_rms(search, &story, STORY_POINTS, coarse);
    solved = solved && story.rms <= coarse;
    if (solved)
        trial.rms = 2 * story.rms + search->least;
    else if (search->found)
        return;
    const struct story model = story_often(search, 1, late);
    for (double often = 2; often <= most; often++) {
        try_often(search, &model, often, &trial);
        bool exact = trial.best > 0 && trial.rms <= search->least;
        if (exact && (trial.or_more || often > trial.best + OR_MORE_WITHIN))
            break;
    }
    if (!(trial.best > 0) && solved && story.value <= most)
        trial.best = story.value;
    if (trial.best > 0)
        offer_often(search, &model, &trial);
}

/* Once in so many x, with nothing to see in between: the log is not dense enough. */
static void tell_seldom(struct story_search *search, double late)
{
    struct story story = story_often(search, 1, late);
    struct knob_span span = {.low = 1e-5, .high = 1, .scale = 0.01};
    story.knob.kind = KNOB_PACE;
    if (!story_solve(search, &story, &span))
        return;
    story_refine(search, &story, &span);
    if (!(story.value < 0.75))
        return;
    double seldom = rint(1 / story.value);
    story = story_often(search, 1 / seldom, late);
    story.cause.kind = kind_of(search, seldom, false);
    story.cause.used = seldom;
    story.cause.declared = 1;
    story.cost = cost_of(search, seldom);
    story_offer(search, &story);
}

/* Where the column changes: what it stands for in between is one scheduler step. */
static size_t find_changes(const struct story_search *search, double *x)
{
    const double *value = search->what->lr->value;
    size_t count = 0;
    for (size_t row = 1; row < search->count && count < CHANGES_MAX; row++) {
        if (value[row] < value[row - 1] || value[row] > value[row - 1])
            x[count++] = story_x(search, row);
    }
    return count;
}

static void offer_stairs(struct story_search *search, double every, double phase)
{
    struct story story = story_declared(search);
    story.cause.kind = kind_of(search, every, false);
    story.cause.used = every;
    story.cause.declared = 1;
    story.every = every;
    story.phase = phase;
    story.averaged = false;
    story.cost = COST_UNIT;
    story_offer(search, &story);
}

/* The middle one of the distances between changes: a schedule may hold its rate. */
static double middle_distance(const double *x, size_t count)
{
    double distance[CHANGES_MAX];
    for (size_t i = 0; i + 1 < count; i++) {
        double own = x[i + 1] - x[i];
        size_t at = i;
        for (; at > 0 && distance[at - 1] > own; at--)
            distance[at] = distance[at - 1];
        distance[at] = own;
    }
    return distance[(count - 1) / 2];
}

static void tell_stairs(struct story_search *search)
{
    double x[CHANGES_MAX];
    size_t count = find_changes(search, x);
    if (count < CHANGES_MIN)
        return;
    /* A log with gaps shows the distance only on the whole. */
    double span = x[count - 1] - x[0], middle = middle_distance(x, count);
    const double distances[] = {middle, rint(span / rint(span / middle))};
    for (size_t i = 0; i < 2 && middle >= 2; i++) {
        /* Its first step as the log shows it, or counted from the origin. */
        offer_stairs(search, distances[i], distances[i] - fmod(x[0], distances[i]));
        offer_stairs(search, distances[i], 0);
    }
}

void tell_pace(struct story_search *search)
{
    tell_often(search, 0);
    if (!story_is_exact(search))
        tell_often(search, 1);
    tell_seldom(search, 0);
    if (!story_is_exact(search))
        tell_seldom(search, 1);
    tell_stairs(search);
}

void tell_past_the_end(struct story_search *search)
{
    double length = schedule_length(search->what->schedule);
    struct trial trial = {ceil(length), 0, true};
    struct story story = story_often(search, trial.best, 1);
    if (length >= UNIT_FACTOR)
        offer_often(search, &story, &trial);
}

/* --- shifted all along --- */

/* The steps of the warm-up that the schedule begins with; 0 without one. */
static double warmup_of(const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[0];
    double first = schedule_lr(schedule, 0);
    if (schedule->part_count > 1) {
        double end = (double)schedule->milestones[0];
        return schedule_lr(schedule, end) > first ? end : 0;
    }
    for (int i = 1; part->type->params[i].name; i++) {
        const struct schedule_param *param = &part->type->params[i];
        if (param->integer && strstr(param->name, "warmup"))
            return part->param[i];
    }
    int share = schedule_param_find(part->type, "pct_start");
    return share > 0 ? rint(part->param[share] * schedule_length(schedule)) : 0;
}

/* Ahead by the whole warm-up: it was not run. */
static bool is_warmup_missing(const struct story_search *search, double ahead)
{
    double warmup = warmup_of(search->what->schedule);
    return warmup > 0 && fabs(ahead - warmup) <= 1;
}

static void offer_ahead(struct story_search *search, struct story *story)
{
    story->cause.used = fabs(story->ahead);
    story->cost = COST_FACTOR;
    if (story->ahead > 1 && is_warmup_missing(search, story->ahead)) {
        story->cost = COST_UNIT;
        story->cause.kind = CAUSE_WARMUP_MISSING;
        story->cause.declared = warmup_of(search->what->schedule);
        story->cause.used = 0;
    } else {
        story->cause.kind =
            story->ahead > 0 ? CAUSE_STEPPED_BEFORE_START : CAUSE_LATE_START;
    }
    if (fabs(story->ahead) > 1)
        story_offer(search, story);
}

static void tell_ahead(struct story_search *search)
{
    double last = story_x(search, search->count - 1);
    double length = schedule_length(search->what->schedule);
    struct story story = story_declared(search);
    struct knob_span span = {.low = -last, .high = fmax(length, last), .integer = true};
    story.knob.kind = KNOB_AHEAD;
    for (int averaged = 0; averaged < 2; averaged++) {
        story.averaged = averaged;
        if (story_solve(search, &story, &span))
            offer_ahead(search, &story);
    }
}

/* --- a warm-up that is not declared --- */

/* Rows of the climb that the column begins with; 0 without one. */
static size_t climb_of(const struct story_search *search)
{
    const double *value = search->what->lr->value;
    size_t row = 0;
    while (row + 1 < search->count && value[row + 1] > value[row])
        row++;
    return row;
}

#define ROWS_AFTER 4

/* After the climb the schedule starts, or is where it would be without the climb, or it
   starts and ends where it would. */
static void tell_warmup(struct story_search *search)
{
    const struct schedule_part *last =
        &search->what->schedule->parts[search->what->schedule->part_count - 1];
    const char *length = last->type->length_param;
    size_t climb = climb_of(search);
    bool declared =
        schedule_lr(search->what->schedule, 1) > schedule_lr(search->what->schedule, 0);
    if (!climb || declared || climb + ROWS_AFTER > search->count ||
        search->what->lr->value[0] > 0.9 * search->what->lr->value[climb])
        return;
    double x = story_x(search, climb);
    for (int late = -1; late <= 1; late++) {
        struct story story = story_declared(search);
        story.first = climb;
        story.cause.kind = CAUSE_WARMUP_ADDED;
        story.cost = COST_FACTOR;
        story.cause.used = x - late;
        story.ahead = late - x;
        story_offer(search, &story);
        if (length) {
            story.knob = (struct knob){KNOB_PARAM, search->what->schedule->part_count - 1,
                                       schedule_param_find(last->type, length), 0};
            story.value = last->param[story.knob.index] + late - x;
            story_offer(search, &story);
            story.knob = (struct knob){.kind = KNOB_NONE};
        }
        story.ahead = late;
        story.cause.used = x;
        story_offer(search, &story);
    }
}

void tell_start(struct story_search *search)
{
    tell_ahead(search);
    tell_warmup(search);
}
