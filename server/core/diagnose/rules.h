/* Private to the diagnosis: what the rules work with, and how they speak. Only this
   folder includes it. */
#ifndef CORE_DIAGNOSE_RULES_H
#define CORE_DIAGNOSE_RULES_H

#include "core/cause/cause.h"
#include "core/diagnose/diagnose.h"
#include "core/diagnose/limits.h"

/* One curve and its figures. Everything but the lost_* fields is about the finite points
   (a value above 1e300 counts as infinite, and so does a learning rate that can be none);
   figures that need more points than there are are NaN. */
struct curve {
    struct series at;    /* the finite points */
    size_t best;         /* index of the smallest (largest where more is better) */
    size_t lost;         /* values that were NaN or infinite */
    size_t lost_tail;    /* of these, the stretch that the log ends with */
    size_t lost_longest; /* of these, the longest stretch that recovered */
    int64_t lost_first;  /* step of the first of them */
    int64_t lost_from;   /* step where the last stretch began */
    int64_t last_step;   /* of all points */
    double head;         /* median of the first 1/50, the first value of a short run */
    double tail;         /* median of the last 1/10, at least 3 points */
    double lowest;       /* smallest median of 1/20 of the run */
    double noise;        /* sigma of the jumps from point to point, slopes left out: of
                            the middle one */
    double jumps;        /* the same of the one that three of four are smaller than: noise
                            that is there only in one part counts */
    double spread;       /* from the 5 % quantile to the 95 % quantile */
    bool positive;       /* every value above 0: ratios have a meaning */
};

/* How far the validation loss has climbed from its lowest level. */
struct rise {
    bool judged;     /* enough points */
    bool risen;      /* beyond the limit and out of its noise */
    bool trained_on; /* training loss fell meanwhile, or is not logged */
    double best;     /* the smallest single value: the checkpoint to keep */
    int64_t best_step;
    double level, now;  /* the lowest level, and that of the end */
    int64_t level_step; /* the middle of the window with the lowest level */
    double share;       /* (now - level) / |level|, or / spread for losses not above 0 */
    double limit;       /* of share */
    double train_fall;  /* what training loss fell by since, as a share; NaN unknown */
};

struct diagnose_context {
    const struct history *history;
    const struct limits *limits;
    struct curve curve[ROLE_COUNT];
    const char *unit; /* "epoch" or "step" */
    bool complete;    /* ended, or all planned epochs are there: no more to come */
    bool units_agree; /* the schedule counts what x counts: a departure can be judged */
    struct rise rise;
    struct schedule_cause cause; /* why the LR left its declared schedule */
    struct schedule other;       /* room for cause.other */
    /* ReduceLROnPlateau: what it watches, then what else it might. */
    struct schedule_watched watched[SCHEDULE_WATCHED_MAX];
    size_t longest;  /* points of the longest curve */
    double *scratch; /* room for 2 * longest doubles */
};

/* --- curve.c: figures of curves --- */

/* Room in doubles that a curve of this many points takes. */
size_t curve_room(size_t count);
/* Copies the finite points of the history's curve to room and measures them. */
void curve_measure(struct diagnose_context *context, enum role role, double *room);
/* Points in a window of 1/parts of a curve, at least 3: a median of fewer keeps outliers.
 */
size_t curve_window(size_t count, size_t parts);
/* Median of count values from index `from`, cut to what is there; NaN of none. */
double curve_median(const struct curve *curve, size_t from, size_t count,
                    double *scratch);
/* Robust sigma of the jumps from index `from` on: half second differences have no slope
   in them. 0 below 4 points. */
double curve_noise(const struct curve *curve, size_t from, double *scratch);
/* The standard error of the difference of two medians of `size` points each. */
double curve_error(double noise, size_t size);
/* The jumps as a share of the curve's whole spread: 0 for a smooth curve, about 0.4 for
   pure noise; NaN below NOISE_POINTS_MIN points. */
#define NOISE_POINTS_MIN 10
double curve_roughness(const struct curve *curve);
/* A change as a share of `from`; of the curve's spread when the curve is not positive
   throughout. Within a million either way. */
double curve_share(const struct curve *curve, double change, double from);
/* Mann and Kendall's z of the points from index `from` on (of medians of equal parts when
   there are many): below 0 for a fall, beyond 2 or 3 hardly by chance. Nothing but the
   order counts: no scale, no outlier. 0 below 3 points. */
double curve_trend(const struct curve *curve, size_t from, double *scratch);
/* False where the log begins later than at 1/8 of where it ends: a run that goes on from
   a checkpoint stands on a level that it learned before. */
bool curve_shows_start(const struct curve *curve);

/* --- rise.c, unrest.c: what several rules ask --- */

void rise_measure(const struct diagnose_context *context, struct rise *out);
/* How much the training loss fell after a step: as a share of its level there (NaN below
   3 points), and in standard errors (infinite without noise). */
struct fall {
    double share, errors;
};
struct fall train_fall(const struct diagnose_context *context, int64_t since);
double rough_limit(const struct diagnose_context *context, enum role role);
bool curve_is_noisy(const struct diagnose_context *context, enum role role);
/* The loss went up and stayed: NaN at the end, or far above its lowest level. */
enum blow_up { BLOW_UP_NONE, BLOW_UP_NONFINITE, BLOW_UP_LEVEL };
enum blow_up curve_blow_up(const struct diagnose_context *context, enum role role);
/* Where it began: the first NaN of the end, or the last point at the level that was best.
 */
int64_t blow_up_start(const struct diagnose_context *context, enum role role);

/* --- speaking --- */

struct finding *finding_add(struct diagnosis *out, const struct rule *rule,
                            enum severity severity, enum role role);
void finding_span(struct finding *finding, int64_t from_step, int64_t to_step);
void finding_say(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds one line of advice. */
void finding_advise(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_evidence(struct finding *finding, const char *name, double value,
                      const char *unit);
/* "training loss", "validation loss", ... */
extern const char *const role_words[ROLE_COUNT + 1];

/* --- reference.c: the schedule that the LR is held against --- */

/* Fills out->schedule and out->deviation. axis: which steps there are. */
void reference_find(struct diagnose_context *context, const struct series *axis,
                    struct diagnosis *out);
/* Why the LR left it. */
void reference_explain(struct diagnose_context *context, const struct diagnosis *out);
const char *reference_name(const struct diagnosis *out);
/* Where the reference is at a step, logged as the LR is. */
double reference_at(const struct diagnosis *out, int64_t step);
/* The metric that decides is not logged, or may be another one: no judgement. */
bool reference_is_unsure(const struct diagnose_context *context,
                         const struct diagnosis *out);

struct lr_range {
    double low, high;
};
struct lr_range reference_range(const struct diagnosis *out, const struct series *lr);
struct lr_range lr_observed_range(const struct series *lr);

/* rules_schedule.c: there is a reference, x counts what it counts, and the LR (if logged)
   has not left it. */
bool reference_is_followed(const struct diagnose_context *context,
                           const struct diagnosis *out);
/* rules_abrupt.c: it jumps where its schedule does not, and nothing explains it. */
bool lr_jumps(const struct diagnose_context *context, const struct diagnosis *out);

/* --- cause_words.c: why the LR left its schedule, in words --- */

#define CAUSE_TEXT_MAX 260
/* Half a sentence. */
void cause_describe(const struct schedule_cause *cause,
                    const struct diagnose_context *context, const struct diagnosis *out,
                    char text[CAUSE_TEXT_MAX]);
/* Its name, figures and advice. */
void cause_tell(const struct schedule_cause *cause,
                const struct diagnose_context *context, const struct diagnosis *out,
                struct finding *finding);

/* --- the rules and the scorecard --- */

extern const struct rule rule_overfitting, rule_validation_plateau, rule_noisy_loss,
    rule_loss_spike, rule_divergence, rule_not_learning;
extern const struct rule rule_lr_constant, rule_lr_abrupt, rule_lr_off_schedule,
    rule_lr_climbs_back, rule_cycle_too_long, rule_cycle_too_short;
extern const struct rule rule_lr_too_high, rule_lr_too_low;
extern const struct rule rule_leakage_suspected, rule_unstable_but_accurate,
    rule_worse_than_baseline, rule_no_validation, rule_no_loss, rule_no_lr, rule_stalled;

/* The curve that each check is about; ROLE_COUNT: the run as such. */
extern const enum role scorecard_roles[CHECK_COUNT];
/* Answers all checks; the findings must be there. */
void scorecard_fill(const struct diagnose_context *context, struct diagnosis *out);
/* The final figure against the baseline: better is > 0 when this run is better. */
struct baseline_result {
    bool known;
    double own, other, better, margin;
    double seeds; /* what another seed of the baseline could differ by; 0: one run only */
    bool is_loss;
};
struct baseline_result baseline_compare(const struct diagnose_context *context);

#endif
