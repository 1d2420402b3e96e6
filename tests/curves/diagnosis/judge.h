/* Asks the diagnosis about a run: whole, and as it was after each evaluation. */
#ifndef TESTS_CURVES_JUDGE_H
#define TESTS_CURVES_JUDGE_H

#include "core/diagnose/limits.h"
#include "curves/diagnosis/runs.h"

/* A whole run. limits: NULL for those in use. */
void judge_end(const struct labelled_run *run, const struct limits *limits,
               struct diagnosis *out);
/* The finding of a rule, or NULL. */
const struct finding *judge_find(const struct diagnosis *diagnosis, const char *rule);

/* What each rule said while a run went on. */
struct live {
    size_t looks;            /* how often it was looked at */
    int64_t first[SUBJECTS]; /* the evaluation (from 0) at which a rule first spoke, -1 */
    char said[SUBJECTS][FINDING_MESSAGE_MAX]; /* what it said then */
    size_t spoke[SUBJECTS];                   /* looks at which it spoke */
    int64_t warned;        /* evaluation of the first warning or error of any rule, -1 */
    const struct rule *by; /* that rule */
    size_t evaluations;
};
/* Looks after every evaluation (of validation loss, or training loss without one), or at
   looks_max evenly spaced ones. The learning rate is left out: its rules are no subject
   here, and fitting it takes most of the time. */
void judge_live(const struct labelled_run *run, const struct limits *limits,
                size_t looks_max, struct live *out);
/* The evaluation with the lowest validation loss, medians of 5 (3 in a short run). */
size_t judge_best(const struct labelled_run *run);

/* The longest time one diagnosis took so far, of a processor. */
extern double judge_slowest_ms;

#endif
