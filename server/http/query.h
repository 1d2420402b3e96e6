/* The query part of a target: names and values, decoded once. Pure. */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

#define QUERY_PARAMS_MAX 64

struct query_param {
    const char *name, *value; /* value "" for `?name` */
};

struct query {
    struct query_param *params;
    size_t count;
};

/* text is what follows the '?', as sent; NULL or "" is an empty query. '+' is a blank.
   ST_MALFORMED bad_query (bad escape, control byte, invalid UTF-8, an empty name, more
   than QUERY_PARAMS_MAX); ST_BUSY overloaded. */
MUST_CHECK enum status query_parse(const char *text, struct arena *arena,
                                   struct query *out, struct err *err);

/* ST_INVALID unknown_parameter, with the nearest known name; duplicate_parameter. known
   ends with NULL; NULL = none. */
MUST_CHECK enum status query_check(const struct query *query, const char *const *known,
                                   struct err *err);

/* NULL when it is not there. */
const char *query_value(const struct query *query, const char *name);

#endif
