/* Which metric plays which part in the diagnosis. */
#ifndef CORE_ROLE_H
#define CORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

enum role {
    ROLE_TRAIN_LOSS,
    ROLE_VAL_LOSS,
    ROLE_LR,
    ROLE_TRAIN_METRIC,
    ROLE_VAL_METRIC,
    ROLE_COUNT
};

extern const char *const role_names[ROLE_COUNT + 1]; /* "train_loss", ..., NULL */

/* Finds the roles from the usual names (api.md, "Writing"): for each role the index in
   names[0..count) of the metric that plays it, or -1. Case, '/', '.', '-', ' ' and '_' do
   not matter; of several candidates the more usual name wins, then the earlier. A name
   that mentions validation never plays a training role. YOLO's several train/..._loss
   parts have no single name: train_loss is then -1, and a reader that can add them up
   does so. */
void roles_find(const char *const *names, size_t count, int out[ROLE_COUNT]);

/* True when a larger value of the metric is better (accuracy, mAP, F1, AUC, R2, BLEU,
   ...); false for losses, errors, perplexity and unknown names. */
bool role_higher_is_better(const char *metric_name);

#endif
