/* What a control object (a run, a schedule) must pass before a lenient parser reads it.
 */
#ifndef INGEST_JSON_CHECK_H
#define INGEST_JSON_CHECK_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Exactly one JSON value, as json_scan.h says but without NaN and infinities, and no key
   twice in the same object (duplicate_key; compared with escapes undone). The arena is
   work room: ST_TOO_LARGE when it is full. */
MUST_CHECK enum status json_check(const char *text, size_t length, struct arena *arena,
                                  struct err *err);

/* Where the value of a member of the top-level object stands in text, so that it can be
   kept digit by digit. False when text is no object or has no such member. */
bool json_scan_member(const char *text, size_t length, const char *name, size_t *from,
                      size_t *value_length);

#endif
