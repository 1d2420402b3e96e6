/* The ceiling of live events: libmicrohttpd streams that are suspended until there is
   something to say, fed from one ring of bytes. */
#ifndef BENCH_BARE_EVENTS_H
#define BENCH_BARE_EVENTS_H

#include <microhttpd.h>
#include <stddef.h>

struct events;

struct events *events_new(void); /* NULL on failure */
/* After the daemon was stopped; NULL is fine. */
void events_free(struct events *events);

/* The answer of a viewer: a stream that never ends by itself. NULL on failure. */
struct MHD_Response *events_view(struct events *events,
                                 struct MHD_Connection *connection);
/* Tells `data: BYTES` to all viewers. From the daemon's thread. */
void events_publish(struct events *events, const char *bytes, size_t length);
/* Ends all streams; then the daemon can stop. */
void events_end(struct events *events);

#endif
