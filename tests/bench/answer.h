/* One HTTP/1.1 answer in a buffer, and the few things a benchmark must find in its JSON
   to know that the server did the work. Pure. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
    int status;
    const char *body; /* lies in the buffer; NUL-terminated */
    size_t body_length;
};

enum answer_progress { ANSWER_MORE, ANSWER_COMPLETE, ANSWER_MALFORMED };

/* Looks for one whole answer in what came so far. A chunked body is joined in place, so
   the buffer must be cleared after ANSWER_COMPLETE. */
enum answer_progress answer_parse(struct buf *in, struct answer *out);

/* The integer of the first "key": at or after `text` (of an array: its first), or -1.
   *rest, when wanted, is what follows it. Enough for answers whose shape is known; no
   JSON reader. */
int64_t answer_number(const char *text, const char *key, const char **rest);

#endif
