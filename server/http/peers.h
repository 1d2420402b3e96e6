/* The open connections and their deadlines. libmicrohttpd's own timeout is an idle
   timeout: one byte a second keeps a connection for ever. Here a small thread looks at
   all of them now and then and shuts down those that are too slow or were abandoned in
   the middle of a request. */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* What a connection is doing. */
enum peer_phase {
    PEER_HEADERS, /* new: the request line and headers must come */
    PEER_IDLE,    /* between requests: the first byte of the next one starts the clock */
    PEER_BODY,
    PEER_ANSWER /* from the last byte of the request to the last of the answer */
};

struct peer_deadlines {
    uint32_t headers_ms;        /* for all the headers */
    uint32_t body_grace_ms;     /* before the rate counts */
    uint32_t body_bytes_second; /* at least, since the body began */
    uint32_t stall_ms;          /* bytes are under way and the other side takes none */
    uint32_t look_ms;           /* between two looks */
};
extern const struct peer_deadlines peer_deadlines_default;

struct peers;
struct peer;
/* ST_FAILED when no thread is left. */
MUST_CHECK enum status peers_start(const struct peer_deadlines *deadlines,
                                   struct peers **out, struct err *err);
void peers_stop(struct peers *peers); /* all peers must be gone; NULL is fine */

/* NULL when out of memory: such a connection has no deadlines. The functions below take
   NULL. */
struct peer *peer_add(struct peers *peers, int fd);
/* Must come before fd is closed. */
void peer_remove(struct peers *peers, struct peer *peer);
size_t peers_count(struct peers *peers);

/* The event thread only. */
void peer_enter(struct peers *peers, struct peer *peer, enum peer_phase phase);
void peer_received(struct peer *peer, size_t body_bytes);

#endif
