/* What the journal holds that no chunk does yet, in memory: the newest points of each
   metric, and what is newest of each run. A handle's own; the writer adds to it as it
   writes, a reader as it reads the journal (journal_rows.c).

   Only points beyond a metric's last step go through the journal, so those of one metric
   are by strictly rising step and lie after all of its chunks. */
#ifndef STORE_TAIL_H
#define STORE_TAIL_H

#include "store/store_points.h"

/* A link of a table of things with a key; the first member of each. */
struct keyed {
    struct keyed *next;
    int64_t key;
};
struct keyed_table {
    struct keyed **slots; /* a power of two, or none */
    size_t slot_count, count;
};

/* seq says which row of the journal a point came with: metric.folded_seq tells which of
   them are in chunks already. */
struct unfolded {
    struct keyed link; /* key: of the metric */
    struct points points;
    int64_t *seq; /* of each point, rising */
    size_t capacity;
};
struct heard {
    struct keyed link; /* key: of the run */
    int64_t last_step, updated_ms;
    int64_t seq; /* of the row that said the newest */
    bool counts_steps;
};

struct tail {
    int64_t first_seq, last_seq; /* rows of the journal it knows; 0: none */
    size_t points, puts;         /* since it was empty */
    struct keyed_table metrics, runs;
};

/* A zeroed tail is an empty one. */
void tail_reset(struct tail *tail);

/* NULL when there is nothing. */
struct unfolded *tail_points(const struct tail *tail, int64_t metric_key);
struct heard *tail_heard(const struct tail *tail, int64_t run_key);

/* Appends points[from..] of one metric. False: out of memory, nothing was added. */
struct tail_add {
    int64_t metric_key, seq;
    const struct points *points;
    size_t count; /* the first so many */
};
bool tail_add(struct tail *tail, const struct tail_add *add);
/* Keeps the largest of each. False: out of memory. */
bool tail_hear(struct tail *tail, int64_t run_key, const struct heard *heard);
/* The metric's points, or those of rows up to folded_seq, are in chunks. */
void tail_drop(struct tail *tail, int64_t metric_key);
void tail_cut(struct tail *tail, int64_t metric_key, int64_t folded_seq);
/* What rows up to folded_seq said of runs is in the database. */
void tail_forget_runs(struct tail *tail, int64_t folded_seq);

/* The first point of `unfolded` (may be NULL) with a seq beyond folded_seq; their number
   when there is none. */
size_t unfolded_from(const struct unfolded *unfolded, int64_t folded_seq);

#endif
