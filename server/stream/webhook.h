/* Tells other services what was found: POSTs JSON to the addresses that the operator
   named, and to no others (redirects are not followed). A thread for each address sends,
   from a bounded queue: nobody ever waits for a service that is slow or away. */
#ifndef STREAM_WEBHOOK_H
#define STREAM_WEBHOOK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct webhook;

struct webhook_target {
    const char *project; /* "" = whatever the project */
    const char *url;     /* http:// or https:// */
};
struct webhook_config {
    const struct webhook_target *targets; /* must outlive the webhook */
    size_t count;
    int64_t retry_ms; /* before the second try; each later one waits four times as long */
};

/* ST_INVALID bad_webhook: a URL that is none. Without targets *out is NULL, which every
   function below takes. */
MUST_CHECK enum status webhook_start(const struct webhook_config *config,
                                     struct webhook **out, struct err *err);
/* Whether anybody wants to hear of this project. Any thread. */
bool webhook_wanted(const struct webhook *webhook, const char *project);
/* Queues a JSON text, which is copied, for every target of the project. Beyond
   WEBHOOK_QUEUE_MAX for a target its oldest is dropped and counted. Any thread. */
void webhook_post(struct webhook *webhook, const char *project, const char *json);
/* Sends what waits for at most WEBHOOK_STOP_MS. */
void webhook_stop(struct webhook *webhook);

struct webhook_stats {
    uint64_t sent, failed, dropped; /* failed: every try was */
    size_t queued;
};
void webhook_stats(struct webhook *webhook, struct webhook_stats *out);

#endif
