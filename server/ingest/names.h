/* Distinct names, numbered in order of appearance; found by hashing. In an arena. */
#ifndef INGEST_NAMES_H
#define INGEST_NAMES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names {
    struct arena *arena; /* borrowed; holds everything below */
    const char **name;   /* name[0..count), NUL-terminated */
    size_t count, capacity;
    uint32_t *slots; /* open addressing: index + 1, 0 free; slot_count = 2^n */
    size_t slot_count;
    uint64_t seed;
};

/* seed: any number that the writer of the names cannot know. False: arena full. */
bool names_init(struct names *names, struct arena *arena, uint64_t seed);
/* Index of the name, or -1. */
int names_find(const struct names *names, const char *name, size_t length);
/* Adds a name that names_find did not find. Its index, or -1: arena full. */
int names_add(struct names *names, const char *name, size_t length);

#endif
