/* Text that is not tied to a domain: numbers, names, UTF-8. Nothing here depends on the
   locale as long as nobody calls setlocale(LC_NUMERIC, ...), and epochd never does. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_DOUBLE_MAX 32 /* bytes, NUL included, that any double needs */

/* The shortest decimal that reads back as the same double ("0.1", "1e-07", "5e-324",
   "-0"); "NaN", "Infinity", "-Infinity" for the rest. Returns the length. Valid JSON for
   finite values. (In text_number.c.) */
size_t text_double(char out[static TEXT_DOUBLE_MAX], double value);

/* Decimal digits with a '-' where it is due. Returns the length. */
#define TEXT_INT64_MAX 24
size_t text_int64(char out[static TEXT_INT64_MAX], int64_t value);

/* Reads exactly `length` bytes as a number or NaN/Infinity/-Infinity (also nan, inf,
   +inf, any case). False when anything is left over. 1e999 gives infinity: callers that
   mind compare. */
bool text_to_double(const char *text, size_t length, double *out);
bool text_to_int64(const char *text, size_t length, int64_t *out);

/* The name nearest to `wrong` (case-insensitive edit distance, shared letters in another
   order count: max_T -> T_max), or NULL when nothing is near. names ends with NULL. */
const char *text_nearest(const char *wrong, const char *const *names);

/* Valid UTF-8 without NUL (text_is_printable: and without control characters). */
bool text_is_utf8(const char *text, size_t length);
bool text_is_printable(const char *text, size_t length);
/* Bytes of the letter at text, of at least one byte; 0 when it is none, or NUL. */
size_t text_utf8_length(const char *text, size_t length);

/* 1 to 128 of A-Z a-z 0-9 . _ - and not starting with '.' */
bool text_is_run_id(const char *text);

bool text_equals_nocase(const char *a, const char *b);

#endif
