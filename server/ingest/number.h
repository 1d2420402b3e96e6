/* Decimal numbers out of a byte range: exact for integers, correctly rounded otherwise.
 */
#ifndef INGEST_NUMBER_H
#define INGEST_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_BYTES_MAX 64 /* no writer of doubles needs more than 25 */

struct number {
    double value;  /* nearest double; infinite when out of range */
    int64_t exact; /* the value, when `integer` */
    bool integer;  /* exactly an integer of 64 bits: 1, 1.0, 1e3, but not 1.5 or 1e19 */
};

/* Reads the longest JSON number (-0, 1.5e-3; not +1, .5, 1., 007) at the start of text.
   Returns its length, 0 when there is none. Longer than NUMBER_BYTES_MAX: the length is
   right, out is not filled. */
size_t number_read(const char *text, size_t length, struct number *out);

/* A whole cell of a table: what number_read takes, and +1, .5, 1., nan, inf, Infinity in
   any case. */
bool number_cell(const char *text, size_t length, struct number *out);

#endif
