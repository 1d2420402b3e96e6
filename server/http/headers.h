/* The request headers epochd looks at, collected once, and the framing checks that
   libmicrohttpd 0.9.75 leaves to us: what it lets through would let a request be read
   differently by a proxy in front. Pure. */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum header {
    HEADER_HOST,
    HEADER_CONTENT_LENGTH,
    HEADER_TRANSFER_ENCODING,
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_ENCODING,
    HEADER_EXPECT,
    HEADER_ORIGIN,
    HEADER_SEC_FETCH_SITE,
    HEADER_SEC_FETCH_MODE,
    HEADER_AUTHORIZATION, /* this and the next: only that they come once */
    HEADER_IDEMPOTENCY_KEY,
    HEADER_LAST_EVENT_ID,
    HEADER_IF_NONE_MATCH,
    HEADER_ACCEPT_ENCODING,
    HEADER_COUNT
};

struct headers {
    const char *value[HEADER_COUNT]; /* borrowed; NULL when absent */
};

struct header_line {
    const char *name, *value;
    size_t name_length, value_length;
};

/* ST_MALFORMED bad_header (a name that is no token, a control byte in the value);
   duplicate_header (a header that must be there once). */
MUST_CHECK enum status headers_add(struct headers *headers,
                                   const struct header_line *line, struct err *err);

#define BODY_UNKNOWN UINT64_MAX /* chunked: only counting tells */

/* How long the body is. ST_MALFORMED bad_framing: Transfer-Encoding that is not "chunked"
   or comes together with Content-Length, or a length that is no number. */
MUST_CHECK enum status headers_body_length(const struct headers *headers, uint64_t *out,
                                           struct err *err);

/* Accept-Encoding (may be NULL): is gzip allowed, and no less welcome than plain? */
bool header_prefers_gzip(const char *accept);

#endif
