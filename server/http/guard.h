/* Who may ask: Host, Origin and Sec-Fetch-Site of a request, and the headers that keep
   other sites out of every answer. Pure. */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_HOSTS_MAX 16

struct guard {
    const char
        *hosts[GUARD_HOSTS_MAX]; /* allowed besides localhost, 127.0.0.1 and [::1] */
    size_t host_count;
    uint16_t port; /* that epochd listens on */
};

struct guard_request {
    const char *method, *host, *origin, *sec_fetch_site; /* NULL when absent */
    bool event_stream; /* GET of the live events: treated like an unsafe method */
};

/* ST_MALFORMED host_required; ST_FORBIDDEN host_not_allowed, origin_not_allowed. */
MUST_CHECK enum status guard_check(const struct guard *guard,
                                   const struct guard_request *request, struct err *err);

/* Name and value pairs for every answer (CSP, nosniff, ...), ended by NULL. */
extern const char *const guard_headers[][2];

#endif
