/* JSON written straight into a buffer: no tree, commas and escapes kept right.
   Limitations: the caller pairs begin and end (asserted), depth is at most 32.
   Bytes of a text or key that are no UTF-8 become U+FFFD each.
   Non-finite numbers become the strings "NaN", "Infinity", "-Infinity". */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buf.h"

#include <stdint.h>

struct json_out {
    struct buf *buf; /* borrowed */
    unsigned depth;
    unsigned comma; /* bit per depth: a value was written there already */
    bool after_key;
};

void json_init(struct json_out *json, struct buf *buf);

void json_object_begin(struct json_out *json);
void json_object_end(struct json_out *json);
void json_array_begin(struct json_out *json);
void json_array_end(struct json_out *json);
void json_key(struct json_out *json, const char *key); /* then exactly one value */

void json_text(struct json_out *json, const char *text); /* NULL becomes null */
/* A text with its length, which may hold NULs. */
void json_bytes(struct json_out *json, const char *text, size_t length);
void json_double(struct json_out *json, double value);
void json_int(struct json_out *json, int64_t value);
void json_bool(struct json_out *json, bool value);
void json_null(struct json_out *json);
/* Text that is JSON already, e.g. a stored config. NULL or "" becomes null. */
void json_raw(struct json_out *json, const char *json_text);
void json_time(struct json_out *json,
               int64_t unix_ms); /* RFC 3339 UTC with milliseconds */

/* key and value in one call */
void json_key_text(struct json_out *json, const char *key, const char *text);
void json_key_double(struct json_out *json, const char *key, double value);
void json_key_int(struct json_out *json, const char *key, int64_t value);
void json_key_bool(struct json_out *json, const char *key, bool value);

#endif
