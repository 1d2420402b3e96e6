/* Private to core/fit: a story is one way in which a declared schedule may have been run.
   Each mistake tells some; the one that explains the column is kept. A story is scored on
   a few rows, so that it costs the same for a log of any length. */
#ifndef CORE_CAUSE_STORY_H
#define CORE_CAUSE_STORY_H

#include "core/cause/cause.h"

/* What of the schedule a story turns. */
enum knob_kind {
    KNOB_NONE,
    KNOB_PARAM,     /* a parameter of one part; the rate of all of them */
    KNOB_MILESTONE, /* where a part of a SequentialLR takes over */
    KNOB_LIST,      /* one milestone of a MultiStepLR */
    KNOB_AHEAD,     /* steps before the origin */
    KNOB_PACE,      /* scheduler steps in each x */
    KNOB_WHOLE      /* all of a part: it is search->whole */
};
enum { ALONG_BEFORE = 1, ALONG_AFTER = 2 };
struct knob {
    enum knob_kind kind;
    size_t part;
    int index;      /* of the parameter, or in the list */
    unsigned along; /* KNOB_MILESTONE: the lengths of the parts before and after it that
                       keep their ends where the milestone is */
};

/* Of two stories that explain the column alike the likelier one is told. */
enum story_cost {
    COST_UNIT,    /* batches for epochs; begun again at a resume */
    COST_VALUE,   /* one value that every job sets: base_lr, T_max, a floor left at its
                     default, a milestone */
    COST_FACTOR,  /* a small whole number of steps, before the start or in each x */
    COST_ROUND,   /* another parameter, at a value that somebody may have chosen */
    COST_SHIFT,   /* steps repeated or lost */
    COST_UNROUND, /* another parameter at any value */
    COST_CHAINED, /* begun again from the rate that it had */
    COST_GAIN     /* times a factor, with a break in the middle */
};

/* lr = floor + gain (S(t) - floor) from row `first` on, with t = pace (x + late) + ahead,
   or with `every` above 0 whole steps only, t = floor((x + phase) / every). S is the
   declared schedule with one knob turned to `value`. */
struct story {
    struct schedule_cause cause;
    struct knob knob;
    double value;
    double pace, ahead, every, phase;
    double late;   /* x that a row is logged late by */
    bool averaged; /* a row holds the mean of its step */
    double gain, floor;
    bool free_gain;    /* gain is whatever fits */
    size_t first, end; /* rows; end 0: to the last */
    enum story_cost cost;
    double rms; /* of all rows; filled by story_offer, in units of the rate */
};

/* Rows at which a value of a knob is looked for: where the column first moves, where it
   jumps, where it is furthest off, its middle and its end. */
#define ANCHORS_MAX 9
struct anchors {
    size_t row[ANCHORS_MAX];
    size_t count, first;
};

struct story_search {
    const struct schedule_case *what;
    struct schedule run; /* the declared schedule with `turned` turned */
    struct knob turned;
    struct schedule_part whole; /* KNOB_WHOLE */
    size_t count;               /* rows, without a last row of 0 */
    double high, range;         /* of the column */
    double least;               /* what is left over below this is arithmetic */
    size_t off;                 /* the first row that lies off the declared schedule */
    /* How the column was rounded: to multiples of grid, to so many digits; 0: not. */
    double grid;
    int digits;
    struct anchors anchors; /* for stories that begin at anchors.first */
    struct story best;
    struct story also; /* explains it as well, and is less likely */
    bool found, has_also;
    bool ambiguous; /* another one explains it as well and is as likely */
};

#define STORY_POINTS 128 /* rows that a story is scored on */
#define STORY_QUICK  12  /* rows that most stories fail on ... */
#define QUICK_ROOM   4.0 /* ... by this much: what is off may be among them */

void story_begin(struct story_search *search, const struct schedule_case *what);
/* As declared, logged as observed. */
struct story story_declared(const struct story_search *search);
/* Of a row of the column: x since the origin, and the rate. */
static inline double story_x(const struct story_search *search, size_t row)
{
    return (double)(search->what->lr->step[row] - search->what->origin);
}
static inline double story_seen(const struct story_search *search, size_t row)
{
    return search->what->lr->value[row];
}

/* How far off a value may be for having been logged. */
double story_blur(const struct story_search *search, double value);

/* Rows spread evenly over a story's own, both ends included. */
struct spread {
    size_t first, last, points;
};
struct spread story_spread(const struct story_search *search, const struct story *story,
                           size_t points);
size_t spread_row(const struct spread *spread, size_t k);

/* Sets the knob; story_lr needs it done. */
void story_turn(struct story_search *search, const struct story *story);
double story_lr(const struct story_search *search, const struct story *story, size_t row);
/* What its knob stands for. */
void story_set(struct story *story, double value);

/* By how much the column moves over the story's rows. */
double story_range(const struct story_search *search, const struct story *story);

/* Values that a knob may have. */
struct knob_span {
    double low, high; /* both included */
    double scale;     /* the grid is geometric around it; 0: evenly spaced */
    bool integer;
};
/* Turns the story's knob to the value that explains the column best, of several to the
   one nearest to where it stands. False when none comes near. */
bool story_solve(struct story_search *search, struct story *story,
                 const struct knob_span *span);
/* The same from a value that comes near; a round one when that is as good. */
void story_refine(struct story_search *search, struct story *story,
                  const struct knob_span *span);

/* Of the story's rows, at most `points` of them. Sets gain when it is free. INFINITY when
   it is more than limit. */
double story_rms(struct story_search *search, struct story *story, size_t points,
                 double limit);
/* Keeps the story when it explains the column, better than the declared schedule and
   than the best one so far. */
void story_offer(struct story_search *search, struct story *story);
/* The best one so far leaves nothing. */
bool story_is_exact(const struct story_search *search);

/* --- the mistakes: each offers its stories --- */

void tell_parameters(struct story_search *search);
void tell_milestones(struct story_search *search);
void tell_pace(struct story_search *search);
/* Stepped so often that the schedule was at its end before the first row. */
void tell_past_the_end(struct story_search *search);
void tell_start(struct story_search *search);
void tell_resume(struct story_search *search);
void tell_plateau(struct story_search *search);

/* Which cause another value of this parameter is. */
enum schedule_cause_kind story_param_kind(const struct schedule_part *part, int index);
bool story_is_plateau(const struct schedule *schedule);

#endif
