/* What the writer knows about runs and metrics without asking the database: keys, and the
   figures as of the latest change. It mirrors rows that only the writer changes, so it is
   right as long as it is cleared whenever rows change behind its back: a rollback, a run
   trashed, restored or purged. Not thread-safe. */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "base/arena.h"
#include "store/store.h"

/* A cached metric takes about 200 bytes. Beyond this many entries the cache starts again
   empty, which costs one lookup per run and metric that is still written. */
#define CACHE_ENTRIES_MAX 131072
#define CACHE_BUCKETS     16384

struct cached_run {
    struct cached_run *next;
    const char *id;
    int64_t key, last_step;
    size_t metric_count;
    bool trashed, counts_steps;
};

struct cached_metric {
    struct cached_metric *next;
    int64_t run_key;
    struct metric metric;
};

struct cache {
    struct arena arena; /* of all entries */
    size_t count;
    struct cached_run *runs[CACHE_BUCKETS];
    struct cached_metric *metrics[CACHE_BUCKETS];
};

void cache_init(struct cache *cache);
void cache_clear(struct cache *cache); /* entries handed out are gone */
/* Clears unless `count` more entries fit. */
void cache_make_room(struct cache *cache, size_t count);

/* NULL when not known. */
struct cached_run *cache_run(const struct cache *cache, const char *id);
struct cached_metric *cache_metric(const struct cache *cache, int64_t run_key,
                                   const char *name);

/* A new entry with a copy of the name, all else zero, after cache_make_room; NULL when
   out of memory. */
struct cached_run *cache_add_run(struct cache *cache, const char *id);
struct cached_metric *cache_add_metric(struct cache *cache, int64_t run_key,
                                       const char *name);

#endif
