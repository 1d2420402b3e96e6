/* Memory with one lifetime: many allocations, one release, a hard limit. Not thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used, limit;         /* bytes handed out, and how many may be */
};

void arena_init(struct arena *arena, size_t limit_bytes);
void arena_release(
    struct arena *arena); /* frees everything; the arena can be used again */

/* The same, but keeps a block of usual size for what comes next. */
void arena_reset(struct arena *arena);

/* Zeroed memory aligned for any type, or NULL beyond the limit or out of memory. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((malloc));
/* The same for count items; NULL when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A NUL-terminated copy of text, or NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
