#include "store/tail.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN  64
#define POINTS_MIN 4

/* --- tables --- */

static size_t slot_of(const struct keyed_table *table, int64_t key)
{
    /* Fibonacci hashing: keys are small numbers in sequence. */
    uint64_t hash = (uint64_t)key * 11400714819323198485u;
    return (size_t)(hash >> 32) & (table->slot_count - 1);
}

static void *find(const struct keyed_table *table, int64_t key)
{
    struct keyed *at = table->slot_count ? table->slots[slot_of(table, key)] : NULL;
    while (at && at->key != key)
        at = at->next;
    return at;
}

static bool grow(struct keyed_table *table)
{
    struct keyed_table larger = {.count = table->count};
    larger.slot_count = table->slot_count ? 2 * table->slot_count : SLOTS_MIN;
    larger.slots = calloc(larger.slot_count, sizeof(struct keyed *));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->slot_count; i++) {
        for (struct keyed *next, *at = table->slots[i]; at; at = next) {
            struct keyed **slot = &larger.slots[slot_of(&larger, at->key)];
            next = at->next;
            at->next = *slot;
            *slot = at;
        }
    }
    free(table->slots);
    *table = larger;
    return true;
}

/* A zeroed item of so many bytes under a key that is new. NULL: out of memory. */
static void *add(struct keyed_table *table, int64_t key, size_t bytes)
{
    if (table->count >= table->slot_count && !grow(table))
        return NULL;
    struct keyed *item = calloc(1, bytes);
    if (!item)
        return NULL;
    struct keyed **slot = &table->slots[slot_of(table, key)];
    item->key = key;
    item->next = *slot;
    *slot = item;
    table->count++;
    return item;
}

static void release(struct keyed_table *table, void (*free_item)(struct keyed *))
{
    for (size_t i = 0; i < table->slot_count; i++) {
        for (struct keyed *next, *at = table->slots[i]; at; at = next) {
            next = at->next;
            free_item(at);
        }
    }
    free(table->slots);
    *table = (struct keyed_table){0};
}

/* --- the tail --- */

static void free_unfolded(struct keyed *item)
{
    struct unfolded *unfolded = (struct unfolded *)item;
    free(unfolded->points.step); /* and all columns with it */
    free(unfolded);
}

static void free_heard(struct keyed *item)
{
    free(item);
}

void tail_reset(struct tail *tail)
{
    release(&tail->metrics, free_unfolded);
    release(&tail->runs, free_heard);
    *tail = (struct tail){0};
}

struct unfolded *tail_points(const struct tail *tail, int64_t metric_key)
{
    return find(&tail->metrics, metric_key);
}

struct heard *tail_heard(const struct tail *tail, int64_t run_key)
{
    return find(&tail->runs, run_key);
}

/* The four columns lie in one allocation, which the steps begin. */
static bool make_room(struct unfolded *u, size_t count)
{
    size_t capacity = u->capacity ? u->capacity : POINTS_MIN, used = u->points.count;
    while (capacity < used + count)
        capacity *= 2;
    if (capacity == u->capacity)
        return true;
    int64_t *room = malloc(capacity * (3 * sizeof(int64_t) + sizeof(double)));
    if (!room)
        return false;
    struct points wider = {room, room + capacity, (double *)(room + 3 * capacity), used};
    int64_t *seq = room + 2 * capacity;
    if (used) {
        memcpy(wider.step, u->points.step, used * sizeof(int64_t));
        memcpy(wider.time_ms, u->points.time_ms, used * sizeof(int64_t));
        memcpy(wider.value, u->points.value, used * sizeof(double));
        memcpy(seq, u->seq, used * sizeof(int64_t));
    }
    free(u->points.step);
    u->points = wider;
    u->seq = seq;
    u->capacity = capacity;
    return true;
}

bool tail_add(struct tail *tail, const struct tail_add *new)
{
    struct unfolded *u = tail_points(tail, new->metric_key);
    if (!u)
        u = add(&tail->metrics, new->metric_key, sizeof *u);
    if (!u || !make_room(u, new->count))
        return false;
    size_t at = u->points.count;
    memcpy(u->points.step + at, new->points->step, new->count * sizeof(int64_t));
    memcpy(u->points.time_ms + at, new->points->time_ms, new->count * sizeof(int64_t));
    memcpy(u->points.value + at, new->points->value, new->count * sizeof(double));
    for (size_t i = 0; i < new->count; i++)
        u->seq[at + i] = new->seq;
    u->points.count += new->count;
    tail->points += new->count;
    return true;
}

bool tail_hear(struct tail *tail, int64_t run_key, const struct heard *heard)
{
    struct heard *known = tail_heard(tail, run_key);
    if (!known) {
        known = add(&tail->runs, run_key, sizeof *known);
        if (!known)
            return false;
        known->last_step = -1;
    }
    if (heard->last_step > known->last_step)
        known->last_step = heard->last_step;
    if (heard->updated_ms > known->updated_ms)
        known->updated_ms = heard->updated_ms;
    known->counts_steps = known->counts_steps || heard->counts_steps;
    known->seq = heard->seq;
    tail->puts++;
    return true;
}

void tail_drop(struct tail *tail, int64_t metric_key)
{
    struct keyed_table *table = &tail->metrics;
    if (!table->slot_count)
        return;
    struct keyed **link = &table->slots[slot_of(table, metric_key)];
    while (*link && (*link)->key != metric_key)
        link = &(*link)->next;
    struct keyed *item = *link;
    if (!item)
        return;
    *link = item->next;
    tail->points -= ((struct unfolded *)item)->points.count;
    table->count--;
    free_unfolded(item);
}

void tail_cut(struct tail *tail, int64_t metric_key, int64_t folded_seq)
{
    struct unfolded *u = tail_points(tail, metric_key);
    size_t from = unfolded_from(u, folded_seq), left = u ? u->points.count - from : 0;
    if (!left) {
        tail_drop(tail, metric_key);
        return;
    }
    memmove(u->points.step, u->points.step + from, left * sizeof(int64_t));
    memmove(u->points.time_ms, u->points.time_ms + from, left * sizeof(int64_t));
    memmove(u->points.value, u->points.value + from, left * sizeof(double));
    memmove(u->seq, u->seq + from, left * sizeof(int64_t));
    u->points.count = left;
    tail->points -= from;
}

void tail_forget_runs(struct tail *tail, int64_t folded_seq)
{
    struct keyed_table *table = &tail->runs;
    for (size_t i = 0; i < table->slot_count; i++) {
        struct keyed **link = &table->slots[i];
        while (*link) {
            struct keyed *item = *link;
            if (((struct heard *)item)->seq > folded_seq) {
                link = &item->next;
                continue;
            }
            *link = item->next;
            free_heard(item);
            table->count--;
        }
    }
}

size_t unfolded_from(const struct unfolded *unfolded, int64_t folded_seq)
{
    size_t low = 0, high = unfolded ? unfolded->points.count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unfolded->seq[middle] > folded_seq)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
