/* A growing run of bytes with a limit. Appending past the limit or out of memory sets
   `failed` and drops the bytes; check it once, at the end. Always NUL-terminated once
   something was appended. Not thread-safe. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* owned; NULL while empty */
    size_t length, capacity, limit;
    bool failed, full; /* full: it was the limit, not the memory */
};

void buf_init(struct buf *buf, size_t limit_bytes);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory */

void buf_add(struct buf *buf, const void *bytes, size_t length);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for `extra` more bytes at data + length; the caller advances length. NULL on
 * failure. */
char *buf_reserve(struct buf *buf, size_t extra);

#endif
