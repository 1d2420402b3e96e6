/* The labelled runs of the curves folder (its README says what is in it), all in memory,
   each in its fold. */
#ifndef TESTS_CURVES_RUNS_H
#define TESTS_CURVES_RUNS_H

#include "curves/history_file.h"

/* The rules that have labels. */
enum subject { OVERFITTING, NOISY_LOSS, DIVERGENCE, NOT_LEARNING, LEAKAGE, SUBJECTS };
extern const char *const subject_rules[SUBJECTS];

enum label { LABEL_NONE, LABEL_NO, LABEL_YES }; /* none: unclear, or not labelled */

/* Tuning: thresholds may be chosen on these. Checking: they are only measured. */
enum fold { TUNING, CHECKING, FOLDS };
extern const char *const fold_names[FOLDS];
enum { PARTS = 5 }; /* of a second cut, to leave one out at a time */

struct labelled_run {
    char id[192];
    char set[96];    /* "" for the logs, else the set and its label */
    char origin[96]; /* the repository; for simulated runs their data set */
    bool healthy;    /* of a set in which nothing is wrong */
    enum label label[SUBJECTS];
    enum fold fold;
    unsigned part;
    struct history_file file;
};

struct runs {
    struct labelled_run *run;
    size_t count;
};

/* False when the folder has no labels. */
bool runs_load(const char *folder, struct runs *out);
void runs_release(struct runs *runs);

#endif
