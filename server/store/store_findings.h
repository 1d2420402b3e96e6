/* When the findings of a run came and went, and which rules are muted on it. The rest of
   the contract is that of store.h: writing only on a writer, inside a transaction. */
#ifndef STORE_STORE_FINDINGS_H
#define STORE_STORE_FINDINGS_H

#include "store/store.h"

/* One thing that was found of a run, from when it came to when it went. */
struct run_finding {
    const char *rule, *metric; /* metric "": of the run as such */
    int severity;              /* 0 info, 1 warning, 2 error: the worst it was */
    int64_t opened_step, opened_ms;
    int64_t closed_step, closed_ms; /* -1 while it holds */
};
/* Everything that holds of a run at `step`: what was not there opens, what is no longer
   there closes. Of the ones handed in only rule, metric and severity are read. Beyond
   FINDING_HISTORY_MAX the oldest that are closed are forgotten. ST_NOT_FOUND
   run_not_found. */
struct findings_now {
    const struct run_finding *holding;
    size_t count;
    int64_t step, now_ms;
    bool *news; /* out: which are new, or worse than ever before; room for count */
};
MUST_CHECK enum status store_findings_set(struct store *store, const char *id,
                                          const struct findings_now *now,
                                          struct err *err);

/* A rule that a person has muted on a run. */
struct mute {
    const char *rule, *reason; /* reason "" when none was given */
    int64_t muted_ms;
};
/* Mutes a rule, or changes its reason. ST_NOT_FOUND run_not_found; ST_CONFLICT
   run_in_trash. */
MUST_CHECK enum status store_mute(struct store *store, const char *id,
                                  const struct mute *mute, struct err *err);
/* May be repeated. ST_NOT_FOUND run_not_found. */
MUST_CHECK enum status store_unmute(struct store *store, const char *id, const char *rule,
                                    struct err *err);

/* By rule. */
MUST_CHECK enum status store_mutes(struct store *store, int64_t run_key,
                                   struct arena *arena, struct mute **out, size_t *count,
                                   struct err *err);
/* Newest first, at most FINDING_HISTORY_MAX and those that hold. */
MUST_CHECK enum status store_findings(struct store *store, int64_t run_key,
                                      struct arena *arena, struct run_finding **out,
                                      size_t *count, struct err *err);

#endif
