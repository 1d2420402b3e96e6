#include "store/cache.h"

#include <string.h>

#define ENTRY_BYTES_MAX 512 /* the larger entry with the longest name, rounded up */

void cache_init(struct cache *cache)
{
    memset(cache, 0, sizeof *cache);
    arena_init(&cache->arena, (size_t)CACHE_ENTRIES_MAX * ENTRY_BYTES_MAX);
}

void cache_clear(struct cache *cache)
{
    arena_release(&cache->arena);
    cache_init(cache);
}

void cache_make_room(struct cache *cache, size_t count)
{
    if (cache->count + count > CACHE_ENTRIES_MAX)
        cache_clear(cache);
}

/* FNV-1a; a metric's run goes in first. */
static size_t bucket(int64_t run_key, const char *name)
{
    uint64_t hash = (14695981039346656037u ^ (uint64_t)run_key) * 1099511628211u;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        hash = (hash ^ *p) * 1099511628211u;
    return (size_t)(hash >> 20) % CACHE_BUCKETS;
}

struct cached_run *cache_run(const struct cache *cache, const char *id)
{
    struct cached_run *run = cache->runs[bucket(0, id)];
    while (run && strcmp(run->id, id))
        run = run->next;
    return run;
}

struct cached_metric *cache_metric(const struct cache *cache, int64_t run_key,
                                   const char *name)
{
    struct cached_metric *metric = cache->metrics[bucket(run_key, name)];
    while (metric && (metric->run_key != run_key || strcmp(metric->metric.name, name)))
        metric = metric->next;
    return metric;
}

struct cached_run *cache_add_run(struct cache *cache, const char *id)
{
    struct cached_run *run = arena_alloc(&cache->arena, sizeof *run);
    if (!run || !(run->id = arena_strdup(&cache->arena, id)))
        return NULL;
    struct cached_run **head = &cache->runs[bucket(0, id)];
    run->next = *head;
    *head = run;
    cache->count++;
    return run;
}

struct cached_metric *cache_add_metric(struct cache *cache, int64_t run_key,
                                       const char *name)
{
    struct cached_metric *metric = arena_alloc(&cache->arena, sizeof *metric);
    if (!metric || !(metric->metric.name = arena_strdup(&cache->arena, name)))
        return NULL;
    struct cached_metric **head = &cache->metrics[bucket(run_key, name)];
    metric->run_key = run_key;
    metric->next = *head;
    *head = metric;
    cache->count++;
    return metric;
}
