/* Percent-encoding undone, exactly once. Pure. */
#ifndef HTTP_ESCAPE_H
#define HTTP_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes length bytes of text into out (length + 1 bytes are enough) and ends it with a
   NUL; '+' becomes a blank when plus_is_blank. False for a bad escape, a control byte or
   invalid UTF-8 in the result, NUL included. */
bool escape_decode(const char *text, size_t length, bool plus_is_blank, char *out);

#endif
