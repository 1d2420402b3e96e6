/* Diagnoses runs as points arrive, on one thread with a read-only store, and remembers
   what holds now. A training job that posts now and then gets a fresh answer each time;
   under a flood the time spent is bounded and answers lag some milliseconds behind. */
#ifndef STREAM_JUDGE_H
#define STREAM_JUDGE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "core/diagnose/diagnose.h"
#include "store/store.h"
#include "store/store_findings.h"

struct judge;

/* Everything diagnose() needs of a stored run. In the arena. */
struct judged {
    struct run run;
    struct metric *metrics;
    size_t metric_count;
    int role[ROLE_COUNT]; /* index into metrics, or -1 */
    struct history history;
    struct schedule declared;
    struct diagnosis diagnosis;
    struct mute *mutes;
    size_t mute_count;
    struct run_judgement judgement; /* of the diagnosis, for the run list */
    struct run_judgement told;      /* what was told before, verdict NULL at first */
    uint64_t found, told_found;     /* which findings, as a number; 0 nothing told yet */
};

/* Parses the run's stored schedule and roles (JSON): the api room, which can, hands these
 * in. */
struct judge_readers {
    /* false when json is not a valid schedule */
    bool (*schedule)(const char *json, struct arena *arena, struct schedule *out);
    /* Whether two configurations (JSON or NULL) are the same but for a seed, and say
       something. */
    bool (*same_but_seed)(const char *a, const char *b, struct arena *arena);
    /* names[role] = declared metric name or NULL */
    void (*roles)(const char *json, struct arena *arena, const char *names[ROLE_COUNT]);
};

/* Loads and diagnoses a run on the caller's store handle, in the caller's arena. */
MUST_CHECK enum status judge_run(struct store *store, const struct judge_readers *readers,
                                 const char *run, struct arena *arena, struct judged *out,
                                 struct err *err);
/* The index of a metric by name, or -1. */
int judge_metric(const struct metric *metrics, size_t count, const char *name);
/* Finds the roles of a run's metrics: declared ones first, then the usual names. */
void judge_roles(const struct run *run, const struct judge_readers *readers,
                 const struct metric *metrics, size_t count, struct arena *arena,
                 int role[ROLE_COUNT]);

/* What the judge says of a run: JSON members without the braces around them. The first
   `brief` bytes are members by themselves, for an answer that shall stay small. */
struct judge_text {
    const char *members;
    size_t length, brief;
};

/* A question: is asked after a commit and answered, on the judge's thread, with the
   newest diagnosis there is. The caller owns it until answered() is called, exactly once:
   also when the run is gone. */
struct question {
    char run[RUN_ID_MAX + 1];
    bool anew;   /* the run is new, or gone: nothing said before is about it */
    bool untold; /* judge's own */
    /* text: valid during the call; NULL when there is no such run, or in a flood of runs
       that were not diagnosed yet */
    void (*answered)(struct question *question, const struct judge_text *text);
    struct question *next; /* judge's own */
};

struct judge_config {
    const char *location; /* of the database */
    const struct judge_readers *readers;
    /* Writes the members of a judge_text, returns its `brief`. On the judge's thread. */
    size_t (*render)(const struct judged *judged, struct buf *out);
    /* A run was diagnosed anew, and the text is another, or the last one was not told.
       False: it could not be handed on, as if judge_untold() were called. On the judge's
       thread. */
    bool (*changed)(void *app, const struct judged *judged,
                    const struct judge_text *text);
    void *app;
    /* How often running runs that have gone quiet are diagnosed again, since that they
       are quiet is itself found; 0: never. */
    int64_t look_ms;
    int64_t forget_ms; /* quiet for longer: said what there was to say */
};
MUST_CHECK enum status judge_start(const struct judge_config *config, struct judge **out,
                                   struct err *err);
void judge_ask(struct judge *judge, struct question *question); /* any thread */
void judge_touch(struct judge *judge, const char *run); /* diagnose soon; nobody waits */
/* The same for a run that is new, or gone: nothing said before is about it. */
void judge_touch_anew(struct judge *judge, const char *run);
/* What was handed on of the run did not come through: its next diagnosis is handed on
   whatever it says. Any thread, until judge_free(). */
void judge_untold(struct judge *judge, const char *run);
void judge_stop(struct judge *judge); /* answers what waits, then no more; NULL is fine */
void judge_free(struct judge *judge); /* after judge_stop; NULL is fine */

#endif
