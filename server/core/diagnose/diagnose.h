/* What epochd says about a run: the scorecard, the findings, the verdict
   (docs/diagnosis.md). Pure: the same history gives the same diagnosis, live, in tests
   and in `epochd check`. */
#ifndef CORE_DIAGNOSE_DIAGNOSE_H
#define CORE_DIAGNOSE_DIAGNOSE_H

#include "core/fit/fit.h"
#include "core/role.h"
#include "core/schedule/schedule.h"
#include "core/series.h"

#include <stdbool.h>

#define FINDINGS_MAX        28 /* more than all rules together can say */
#define EVIDENCE_MAX        12
#define ADVICE_MAX          640
#define FINDING_MESSAGE_MAX 480

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_COUNT };
extern const char *const severity_names[SEVERITY_COUNT];

struct limits;

/* When the points of a run came, for what a job does not say itself: that it has gone
   quiet. */
struct arrivals {
    const int64_t *at_ms; /* of the points of its longest curve; NULL unknown */
    size_t count;         /* the last ARRIVALS_MAX are looked at */
    int64_t heard_ms; /* when anything came last: points may bring times of their own */
    int64_t now_ms;   /* 0 unknown */
};
#define ARRIVALS_MAX 64

/* What the rules see of a run. The caller owns everything. */
struct history {
    struct series curve[ROLE_COUNT]; /* count 0 = not logged */
    const char *metric[ROLE_COUNT];  /* name of the metric in that role, NULL without */
    const struct schedule *declared; /* NULL when the run declares none */
    int64_t epochs_planned;          /* in the unit of x; 0 unknown */
    bool counts_steps;               /* x is `step` (a job per batch), not `epoch` */
    bool ended;                      /* finished or failed: judge as the whole run */
    bool val_metric_higher;          /* larger val_metric is better */
    /* The baseline run, if any: its final val_metric (val_loss when neither run has a
       metric), the mean of the last tenth. NaN = none. With the same run of other seeds:
       their mean, their sample standard deviation, and how many they are. */
    double baseline_final, baseline_std;
    size_t baseline_count;
    const char *baseline_run; /* its id, or NULL */
    bool baseline_higher;     /* direction of that figure */
    bool baseline_is_loss;
    struct arrivals arrivals;
    const struct limits *limits; /* NULL = those in use; only the bench moves them */
    /* Rules that a person has muted on this run, by name. */
    const char *const *muted;
    size_t muted_count;
};

struct evidence {
    const char *name; /* snake_case, static text */
    double value;
    const char *unit; /* "", "epoch", "step", "ratio", "%", "s", static text */
};

struct rule;
struct finding {
    const struct rule *rule;
    enum severity severity;
    enum role role; /* the curve it is drawn on; ROLE_COUNT for the run as such */
    int64_t from_step, to_step;
    bool ongoing;                      /* holds at the last step */
    bool muted;                        /* its rule is: it does not count */
    char message[FINDING_MESSAGE_MAX]; /* one sentence: what */
    char advice[ADVICE_MAX];           /* one to three things to try, one per line */
    struct evidence evidence[EVIDENCE_MAX];
    size_t evidence_count;
    const char *cause; /* the mistake that explains it, a word of schedule_cause_names, or
                          NULL */
    const char *param; /* the parameter that the cause is about, or NULL */
};

enum check_status { CHECK_PASS, CHECK_FAIL, CHECK_UNKNOWN };
extern const char *const check_status_names[3];

/* One line of the scorecard. */
enum check_name {
    CHECK_TRAIN_SMOOTH, /* train_loss_falls_smoothly */
    CHECK_VAL_SMOOTH,   /* val_loss_falls_smoothly */
    CHECK_LR_SCHEDULE,  /* lr_follows_schedule */
    CHECK_VAL_RISING,   /* val_loss_not_rising */
    CHECK_BASELINE,     /* better_than_constant_lr */
    CHECK_COUNT
};
extern const char *const check_names[CHECK_COUNT];
struct check {
    enum check_status status;
    char because[240];
};

enum verdict { VERDICT_GOOD, VERDICT_WATCH, VERDICT_BAD, VERDICT_TOO_EARLY };
extern const char *const verdict_names[4];

enum schedule_source { SCHEDULE_DECLARED, SCHEDULE_FITTED, SCHEDULE_NONE };
extern const char *const schedule_source_names[3]; /* "declared", "fitted", "none" */

struct diagnosis {
    enum verdict verdict;
    struct check checks[CHECK_COUNT];
    struct finding
        findings[FINDINGS_MAX]; /* errors first, ongoing first, then by from_step */
    size_t finding_count;
    size_t rules_checked;
    /* The reference curve that the LR was held against. */
    enum schedule_source schedule_source;
    struct schedule schedule; /* unless SCHEDULE_NONE */
    int64_t schedule_origin;  /* the step with t = 0 */
    bool schedule_unwatched;  /* ReduceLROnPlateau, and no metric to replay is logged: it
                                 has no curve */
    struct schedule_deviation deviation;
};

/* What a rule works with: the history, what was derived once, and room to work. */
struct diagnose_context;

struct rule {
    const char *name;  /* "overfitting" */
    const char *title; /* "Overfitting", for the page */
    const char *about; /* one sentence: what it says and the threshold */
    /* Appends its findings: at most one, one for each loss where it judges losses. */
    void (*apply)(const struct diagnose_context *context, struct diagnosis *out);
};
extern const struct rule *const rules[]; /* ended by NULL */

/* Bytes of work room that diagnose() needs for this history, aligned for doubles. */
size_t diagnose_work_size(const struct history *history);
void diagnose(const struct history *history, void *work, struct diagnosis *out);

#endif
