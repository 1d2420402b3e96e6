/* Control objects (a run, a schedule) as trees. The only door to cJSON, which is lenient:
   what it reads has passed ingest/json_check.h first, and it never prints. */
#ifndef API_JSON_H
#define API_JSON_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_OBJECT
};
extern const char
    *const value_kind_names[]; /* "null", "true or false", "a number", ... */

/* A value inside a parsed document; valid until value_free() of the root. */
struct json_value;

/* Strictly one JSON value of at most CONTROL_BYTES_MAX. The arena is work room for the
   check. On ST_OK *root must be given to value_free(). ST_MALFORMED, ST_TOO_LARGE. */
MUST_CHECK enum status value_parse(const char *text, size_t length, struct arena *arena,
                                   struct json_value **root, struct err *err);
void value_free(struct json_value *root); /* NULL is fine */

enum value_kind value_kind(const struct json_value *value);
const char *value_name(const struct json_value *member); /* of a member of an object */
bool value_true(const struct json_value *value);         /* is it true? */
const char *value_text(const struct json_value *value);  /* NULL unless VALUE_TEXT */
double value_number(const struct json_value *value);     /* NaN unless VALUE_NUMBER */
/* True for a number without fraction of at most 2^53 - 1 either way. */
bool value_integer(const struct json_value *value, int64_t *out);

/* First member of an object or item of an array, and the one after it; NULL at the end.
 */
const struct json_value *value_first(const struct json_value *container);
const struct json_value *value_next(const struct json_value *value);
size_t value_count(const struct json_value *container);
/* NULL when there is none of that name (case matters). */
const struct json_value *value_member(const struct json_value *object, const char *name);

/* ST_INVALID unknown_field, with the nearest of `known` (NULL-ended) suggested. */
MUST_CHECK enum status value_known(const struct json_value *object,
                                   const char *const *known, struct err *err);
/* The sentence of value_known for one name. */
enum status unknown_field(const char *name, const char *suggestion, struct err *err);
/* ST_INVALID bad_type: "field" must be `wanted`, not a number. */
enum status bad_type(const char *field, const char *wanted,
                     const struct json_value *value, struct err *err);

#endif
