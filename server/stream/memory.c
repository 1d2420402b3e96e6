#include "stream/memory.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static struct remembered **slot_of(struct memory *memory, const char *run)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *run; run++)
        hash = (hash ^ (unsigned char)*run) * 16777619u;
    return &memory->slots[hash % MEMORY_SLOTS];
}

static void unlink_use(struct memory *memory, struct remembered *r)
{
    *(r->newer ? &r->newer->older : &memory->newest) = r->older;
    *(r->older ? &r->older->newer : &memory->oldest) = r->newer;
}

static void link_newest(struct memory *memory, struct remembered *r)
{
    r->newer = NULL;
    r->older = memory->newest;
    *(memory->newest ? &memory->newest->newer : &memory->oldest) = r;
    memory->newest = r;
}

static void unlink_dirty(struct memory *memory, struct remembered *r)
{
    *(r->prev_dirty ? &r->prev_dirty->next_dirty : &memory->first_dirty) = r->next_dirty;
    *(r->next_dirty ? &r->next_dirty->prev_dirty : &memory->last_dirty) = r->prev_dirty;
}

static void link_dirty(struct memory *memory, struct remembered *r)
{
    r->next_dirty = NULL;
    r->prev_dirty = memory->last_dirty;
    *(memory->last_dirty ? &memory->last_dirty->next_dirty : &memory->first_dirty) = r;
    memory->last_dirty = r;
}

void memory_forget(struct memory *memory, struct remembered *r)
{
    struct remembered **link = slot_of(memory, r->run);
    while (*link != r)
        link = &(*link)->chain;
    *link = r->chain;
    unlink_use(memory, r);
    memory_mark(memory, r, false);
    memory->count--;
    memory_say(r, (struct judge_text){0});
    free(r);
}

static void make_room(struct memory *memory)
{
    struct remembered *r = memory->oldest;
    if (memory->dirty < memory->count) {
        while (r->dirty)
            r = r->newer;
    } else if (!memory->lost_ms || r->dirty_ms < memory->lost_ms) {
        memory->lost_ms = r->dirty_ms;
    }
    memory_forget(memory, r);
}

struct remembered *memory_of(struct memory *memory, const char *run)
{
    struct remembered **slot = slot_of(memory, run), *r = *slot;
    while (r && strcmp(r->run, run))
        r = r->chain;
    if (r) {
        unlink_use(memory, r);
        link_newest(memory, r);
        return r;
    }
    if (memory->count == JUDGE_RUNS_MAX)
        make_room(memory);
    r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    strcpy(r->run, run);
    r->chain = *slot;
    *slot = r;
    link_newest(memory, r);
    memory->count++;
    return r;
}

void memory_mark(struct memory *memory, struct remembered *r, bool dirty)
{
    if (r->dirty == dirty)
        return;
    r->dirty = dirty;
    if (dirty) {
        r->dirty_ms = clock_unix_ms();
        memory->dirty++;
        link_dirty(memory, r);
    } else {
        memory->dirty--;
        unlink_dirty(memory, r);
    }
}

void memory_say(struct remembered *r, struct judge_text text)
{
    free((char *)r->text.members);
    r->text = text;
}

void memory_untell(struct remembered *r)
{
    r->told = (struct run_judgement){0};
    r->told_found = 0;
}

void memory_release(struct memory *memory)
{
    while (memory->oldest)
        memory_forget(memory, memory->oldest);
}
