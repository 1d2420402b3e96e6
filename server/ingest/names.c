#include "ingest/names.h"

#include <string.h>

#define CAPACITY_FIRST 16

bool names_init(struct names *names, struct arena *arena, uint64_t seed)
{
    *names = (struct names){.arena = arena,
                            .capacity = CAPACITY_FIRST,
                            .slot_count = CAPACITY_FIRST * 4,
                            .seed = seed};
    names->name = arena_array(arena, names->capacity, sizeof *names->name);
    names->slots = arena_array(arena, names->slot_count, sizeof *names->slots);
    return names->name && names->slots;
}

/* FNV-1a; the basis differs from set to set, so that names cannot be chosen to collide.
 */
static size_t hash(const struct names *names, const char *name, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u ^ names->seed ^ (uintptr_t)names->arena;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)name[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot that holds the name, or the free one where it belongs. */
static uint32_t *find_slot(const struct names *names, const char *name, size_t length)
{
    size_t mask = names->slot_count - 1;
    for (size_t i = hash(names, name, length) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &names->slots[i];
        if (!*slot)
            return slot;
        const char *known = names->name[*slot - 1];
        if (!strncmp(known, name, length) && !known[length])
            return slot;
    }
}

int names_find(const struct names *names, const char *name, size_t length)
{
    return (int)*find_slot(names, name, length) - 1;
}

/* Twice the room, and every name in its new slot. */
static bool grow(struct names *names)
{
    const char **larger = arena_array(names->arena, names->capacity * 2, sizeof *larger);
    uint32_t *slots = arena_array(names->arena, names->slot_count * 2, sizeof *slots);
    if (!larger || !slots)
        return false;
    memcpy(larger, names->name, names->count * sizeof *larger);
    names->name = larger;
    names->slots = slots;
    names->capacity *= 2;
    names->slot_count *= 2;
    for (size_t i = 0; i < names->count; i++)
        *find_slot(names, larger[i], strlen(larger[i])) = (uint32_t)i + 1;
    return true;
}

int names_add(struct names *names, const char *name, size_t length)
{
    if (names->count == names->capacity && !grow(names))
        return -1;
    char *copy = arena_strndup(names->arena, name, length);
    if (!copy)
        return -1;
    names->name[names->count++] = copy;
    *find_slot(names, copy, strlen(copy)) = (uint32_t)names->count;
    return (int)names->count - 1;
}
