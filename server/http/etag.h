/* Entity tags (RFC 9110, 8.8.3): whether a client holds the answer already. Pure. */
#ifndef HTTP_ETAG_H
#define HTTP_ETAG_H

#include <stdbool.h>
#include <stddef.h>

#define ETAG_MAX 24 /* with the NUL */

/* W/"16 hex digits": weak, so that the plain and the packed form share it. */
void etag_of(const void *bytes, size_t length, char out[static ETAG_MAX]);
/* Does If-None-Match (a list of tags, or "*"; may be NULL) name it? */
bool etag_listed(const char *if_none_match, const char *etag);

#endif
