#include "api/app.h"
#include "api/handlers.h"
#include "api/param.h"
#include "stream/live.h"

static ssize_t read_events(void *data, char *out, size_t max)
{
    return subscriber_read(data, out, max);
}

static void close_events(void *data)
{
    subscriber_free(data);
}

static void wake(void *data)
{
    http_wake(data);
}

void events_get(struct http_exchange *x)
{
    struct err err = {0};
    struct subscriber *subscriber;
    struct live_filter filter = {param_text(x, "run"), param_text(x, "project")};
    const char *since = x->last_event_id ? x->last_event_id : param_text(x, "since");
    if (live_subscribe(app_of(x)->live, &filter, since, wake, x, &subscriber, &err) !=
        ST_OK) {
        http_problem(x, &err);
        return;
    }
    x->content_type_out = "text/event-stream";
    x->source = (struct http_source){.read = read_events,
                                     .close = close_events,
                                     .data = subscriber};
}
