/* Who may ask: Host, Origin and Sec-Fetch-Site of a request, and the headers that keep
   other sites out of every answer. Against DNS rebinding, cross-site forms and scripts.
   Pure. */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_HOSTS_MAX 16

struct guard {
    /* Allowed besides localhost, 127.0.0.1 and [::1]: "name" (with our port or none) or
       "name:port" (behind a proxy). */
    const char *hosts[GUARD_HOSTS_MAX];
    size_t host_count;
    uint16_t port; /* that epochd listens on */
};

struct guard_request {
    /* NULL when absent, but for the method. */
    const char *method, *host, *origin, *sec_fetch_site, *sec_fetch_mode;
};

/* Whatever the method: an Origin must be our own, and a browser must say that its page is
   ours, unless a person follows a link here (GET, Sec-Fetch-Mode: navigate).
   ST_MALFORMED host_required; ST_FORBIDDEN host_not_allowed, origin_not_allowed. */
MUST_CHECK enum status guard_check(const struct guard *guard,
                                   const struct guard_request *request, struct err *err);

/* Headers that tell a browser what it may do with an answer (CSP, nosniff, ...), ended by
   a NULL name. Those that are not `always` may be left out where no browser asked. */
struct guard_header {
    const char *name, *value;
    bool always;
};
extern const struct guard_header guard_headers[];

#endif
