/* Files that were made part of the program at build time by tools/embed.c: the schema,
   the web page. Each table is sorted by name (strcmp) and ended by a row with name NULL.
 */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* relative path, "assets/app.js" */
    const char *data; /* the bytes; a NUL follows them, so a text can be used as it is */
    size_t size;      /* bytes, without that NUL */
};

#endif
