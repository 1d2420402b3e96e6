/* JSON read strictly, one token at a time, out of a byte range and without allocating.

   RFC 8259 plus the bare words NaN, Infinity and -Infinity that Python writes. Refused
   here, as ST_MALFORMED: bad_json, bad_utf8, nul_in_string (\u0000), too_deep
   (JSON_DEPTH_MAX), number_too_long (NUMBER_BYTES_MAX), empty_body, trailing_data;
   as ST_INVALID: number_out_of_range (1e999). Duplicate keys are the caller's to find. */
#ifndef INGEST_JSON_SCAN_H
#define INGEST_JSON_SCAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_kind {
    JSON_END, /* the document is complete and nothing follows it */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY, /* the colon after it is consumed too */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_kind kind;
    bool escaped;     /* a string or key with backslashes: json_unescape it */
    bool integer;     /* a number that is exactly `exact`: 1, 1.0, 1e3 */
    const char *text; /* its bytes, without the quotes of a string; into the range */
    size_t length;
    int64_t exact;
    double number; /* nearest double; NaN and infinities only from bare words */
};

struct json_scan {
    const char *text, *at, *end; /* borrowed */
    size_t first_line;           /* number of the range's first line in messages */
    unsigned depth;              /* containers open */
    uint32_t objects;            /* bit per depth: that container is an object */
    int expect;                  /* what may come next; private */
};

/* Begins at text; a UTF-8 byte order mark is passed over. first_line is usually 1. */
void json_scan_init(struct json_scan *scan, const char *text, size_t length,
                    size_t first_line);

/* The next token. After a failure the scan must not be used again. */
MUST_CHECK enum status json_next(struct json_scan *scan, struct json_token *token,
                                 struct err *err);

/* Passes over the rest of the value that begins with `token` (nothing for a scalar). */
MUST_CHECK enum status json_skip(struct json_scan *scan, const struct json_token *token,
                                 struct err *err);

/* The value of a string or key: writes at most token->length bytes, returns how many.
   Not NUL-terminated. */
size_t json_unescape(const struct json_token *token, char *out);
/* Whether the string or key reads `name`, escapes undone. */
bool json_token_is(const struct json_token *token, const char *name);

#endif
