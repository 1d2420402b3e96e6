/* The judge's memory: the runs it was asked about, what it said last of each, and which
   of them have news. One thread's alone. */
#ifndef STREAM_MEMORY_H
#define STREAM_MEMORY_H

#include "base/limits.h"
#include "stream/judge.h"

#define MEMORY_SLOTS 1024 /* of the hash table */

struct remembered {
    struct remembered *chain;                   /* of the same slot */
    struct remembered *newer, *older;           /* by last use */
    struct remembered *next_dirty, *prev_dirty; /* by when they became dirty */
    int64_t dirty_ms;                           /* ... which was then, in Unix time */
    char run[RUN_ID_MAX + 1];
    struct judge_text text;    /* members: owned, NULL before the first diagnosis */
    struct run_judgement told; /* what the run list was told, verdict NULL before */
    uint64_t told_found;       /* ... and which findings, as a number */
    int64_t cost_us;           /* what its last diagnosis took */
    bool dirty;                /* has points that the text does not know of */
    bool awaited;              /* is about to be diagnosed for those who wait */
};

struct memory {
    struct remembered *slots[MEMORY_SLOTS];
    struct remembered *newest, *oldest;
    struct remembered *first_dirty, *last_dirty;
    size_t count, dirty; /* how many */
    int64_t lost_ms; /* since when runs had news that were pushed out with it; 0: none */
};

/* Finds or adds; it is then the newest. Beyond JUDGE_RUNS_MAX the longest unasked without
   news goes, or else the longest unasked, and lost_ms knows of it. NULL only when out of
   memory. */
struct remembered *memory_of(struct memory *memory, const char *run);
/* A dirty run that is marked dirty again keeps its place among the dirty ones: who asks
   often shall not wait for ever. */
void memory_mark(struct memory *memory, struct remembered *r, bool dirty);
/* Takes over the bytes of text.members. */
void memory_say(struct remembered *r, struct judge_text text);
/* What holds of the run counts as not told. */
void memory_untell(struct remembered *r);
void memory_forget(struct memory *memory, struct remembered *r);
void memory_release(struct memory *memory);

#endif
