/* A request needs an exchange, a block for its arena and room for two bodies. Taken from
   malloc each time, filled on one thread and freed on another, that costs as much as the
   rest of the request: so those of requests that are over are used again. */
#include "http/http_private.h"

#include "base/limits.h"

#include <stdlib.h>

#define SPARES_MAX      256  /* of about 8 KiB: as many as are under way in a crowd */
#define SPARE_BYTES_MAX 4096 /* of a body's room; more of it is given back */

static void reset_room(struct buf *room)
{
    if (room->capacity > SPARE_BYTES_MAX)
        buf_release(room);
    else
        buf_clear(room);
}

static void release(struct http_private *p)
{
    buf_release(&p->body);
    buf_release(&p->x.out);
    arena_release(&p->x.arena);
    free(p);
}

struct http_private *http_exchange_new(struct http_server *server)
{
    struct http_private *p = server->spares;
    if (!p) {
        p = calloc(1, sizeof *p);
        if (p)
            arena_init(&p->x.arena, REQUEST_BYTES_MAX);
    } else {
        server->spares = p->next;
        server->spare_count--;
        struct arena arena = p->x.arena;
        struct buf out = p->x.out, body = p->body;
        *p = (struct http_private){.x = {.arena = arena, .out = out}, .body = body};
    }
    if (p)
        p->server = server;
    return p;
}

void http_exchange_free(struct http_private *p)
{
    struct http_server *server = p->server;
    if (server->spare_count == SPARES_MAX) {
        release(p);
        return;
    }
    reset_room(&p->body);
    reset_room(&p->x.out);
    arena_reset(&p->x.arena);
    p->next = server->spares;
    server->spares = p;
    server->spare_count++;
}

void http_spares_release(struct http_server *server)
{
    for (struct http_private *next, *p = server->spares; p; p = next) {
        next = p->next;
        release(p);
    }
    server->spares = NULL;
}
