/* One change of a run: done by the writer, answered from its thread after the commit. */
#ifndef API_CHANGE_H
#define API_CHANGE_H

#include "http/http.h"
#include "store/store.h"
#include "store/store_findings.h"
#include "stream/writer.h"

/* In the exchange's arena. */
struct change {
    struct ticket ticket; /* the first member: a ticket is its change */
    struct http_exchange *x;
    const char *id; /* of the run */
    /* Does the change, inside the writer's transaction. */
    enum status (*write)(struct store *store, const struct change *change,
                         struct err *err);
    struct run_fields fields;
    struct mute mute; /* without its time */
    int http_status;  /* of a good answer: 204 has no body, others show the run */
    int64_t now_ms;
    struct buf event;    /* data of the `run` event */
    const char *project; /* whose subscribers hear it; NULL: all */
};

/* Parks the exchange and hands the change to the writer. x->match.segments[0] is the run
   when id is NULL. After the commit: the answer, a `run` event, a new diagnosis. */
void change_submit(struct http_exchange *x, const struct change *change);

#endif
