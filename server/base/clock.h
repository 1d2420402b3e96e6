/* Time: wall clock for what people read, monotonic for what is waited for. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_MAX 32

int64_t clock_unix_ms(void);      /* milliseconds since 1970, UTC; may jump */
int64_t clock_monotonic_us(void); /* microseconds since some start; never jumps */

/* RFC 3339 in UTC with milliseconds: 2026-11-23T20:20:39.123Z. Years 0000 to 9999. */
void clock_format(char out[static CLOCK_TEXT_MAX], int64_t unix_ms);
/* Reads RFC 3339 (T or blank, Z or +hh:mm, up to 9 fraction digits). False when it is
 * none. */
bool clock_parse(const char *text, size_t length, int64_t *unix_ms);

#endif
