/* The listening socket. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct listener {
    int fd; /* the caller closes it */
    uint16_t port;
    bool loopback;   /* only this machine can reach it */
    bool everywhere; /* a wildcard, no address that a client could name */
};

/* Is this a host that listen_on() takes, and if so, one that only this machine can reach?
 */
bool listen_host(const char *host, bool *loopback);

/* host: "localhost" or a numeric address, IPv6 with or without brackets; port 0 = any
   free one. ST_INVALID bad_address; ST_CONFLICT port_in_use; ST_FAILED. */
MUST_CHECK enum status listen_on(const char *host, uint16_t port, struct listener *out,
                                 struct err *err);

#endif
