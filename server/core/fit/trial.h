/* Private to core/fit: a trial is a schedule that might explain the column. Every family
   builds its trials, most usual first, and offers them; the amplitudes are then least
   squares in the schedule's own arithmetic, so what is scored is what is reported. */
#ifndef CORE_FIT_TRIAL_H
#define CORE_FIT_TRIAL_H

#include "core/fit/course.h"

/* What a trial claims; trials of two kinds that both explain the column are rivals. */
enum fit_kind {
    FIT_CONSTANT,
    FIT_STEPS,
    FIT_RESTARTS,
    FIT_LINE,
    FIT_HELD_LINE,
    FIT_CYCLES,
    FIT_EXPONENTIAL,
    FIT_COSINE,
    FIT_ONE_CYCLE,
    FIT_HELD_CURVE,
    FIT_INVERSE_SQRT,
    FIT_POWER,
    FIT_K_DECAY, /* timm's own shape */
    FIT_KINDS
};

struct fit_trial {
    struct schedule schedule;
    double origin;
    enum fit_kind kind;
    double init_share; /* warmup_lr_init as a share of the rate */
    bool free_floor;   /* eta_min and its like are fitted, not 0 */
    double covered;    /* share of its one descent that was seen, 0 to 1 */
    double rms;        /* over the score points, relative to range */
    double excess;     /* the same of what rounding leaves over */
};

/* The best trial so far. */
struct fit_search {
    const struct fit_data *data;
    const struct fit_course *course;
    struct fit_trial best;
    bool found;
    bool doubted; /* explained, but another climb may explain it with a rounder rate */
    double limit; /* excess that the best one was accepted under */
    double least[FIT_KINDS]; /* the smallest excess of each kind; INFINITY: not tried */
};

/* An empty part of this type with a rate of 1; then its parameters by name. */
struct schedule_part fit_part(const char *type);
void fit_set(struct schedule_part *part, const char *param, double value);

/* A trial without parts. */
struct fit_trial fit_trial_at(const struct fit_search *search, enum fit_kind kind,
                              double origin);
/* Adds a part that takes over at step `from`. */
void fit_append(struct fit_trial *trial, const struct schedule_part *part, double from);
/* A trial whose hold or descent begins at `start`, at the rate `top`: origin, and the
   warm-up when the column climbs. Append the rest. */
struct fit_trial fit_begin(const struct fit_search *search, enum fit_kind kind,
                           double start, double top);

/* Sets the amplitudes by least squares, rms and excess. */
void fit_score(const struct fit_data *data, struct fit_trial *trial);
/* rms and excess of the trial as it is. */
void fit_measure(const struct fit_data *data, struct fit_trial *trial);
/* Takes the trial (scored anew) when its excess lies below limit and it is clearly better
   than the best one so far. */
void fit_offer(struct fit_search *search, struct fit_trial *trial, double limit);
/* A curve that can bend to its data must meet them: its limit. */
double fit_bent_limit(const struct fit_data *data);
/* Whether this family can say nothing new: the column is explained, and no second
   explanation is possible, or it is this family's own. */
bool fit_done(const struct fit_search *search, enum fit_kind kind);

/* A figure to make small. */
struct fit_choice {
    double (*figure)(const struct fit_choice *choice, double value);
    const struct fit_search *search;
    const void *with; /* what else the figure needs */
};
/* The value in [low, high] (> 0) with the smallest figure: a look at `ratio` after
   `ratio`, then golden section around the best. */
double fit_least(const struct fit_choice *choice, double low, double high, double ratio);

/* The whole number in (low, high] that a person would choose; 0 when there is none. */
double fit_roundest(double low, double high);

/* The families, in the order in which they are asked: usual ones first, those that can
   bend to much last. */
void fit_steps(struct fit_search *search);
void fit_restarts(struct fit_search *search);
void fit_lines(struct fit_search *search);
void fit_cycles(struct fit_search *search);
void fit_exponential(struct fit_search *search);
void fit_cosines(struct fit_search *search);
void fit_held_curves(struct fit_search *search);
void fit_inverse_sqrt(struct fit_search *search);
void fit_one_cycle(struct fit_search *search);
void fit_powers(struct fit_search *search);
void fit_k_decay(struct fit_search *search);
void fit_earlier_cosines(struct fit_search *search); /* began long before the log */

/* For want of anything else: a straight fall after a climb that is not straight, because
   some loops multiply warm-up and schedule. */
void fit_fall_alone(struct fit_search *search);

/* timm's scheduler, which sets the rate by itself: warm-up, cycles and shape in one. */
struct fit_timm {
    double origin, t_initial;
    double warmup_t; /* ends here, and the first cycle begins here if prefix */
    bool prefix;
    double mul, decay, limit, k;
};
/* One cycle, as timm's defaults have it. */
struct fit_timm fit_timm_once(double origin, double t_initial);
struct fit_trial fit_timm_trial(const struct fit_search *search, enum fit_kind kind,
                                const struct fit_timm *timm, double top);

/* Round numbers for what the best trial holds, where they explain the column as well. */
void fit_snap(struct fit_search *search);

#endif
