#include "api/tell.h"

#include "stream/live.h"

void tell_run(struct app *app, const char *run, const char *project,
              const struct buf *event)
{
    if (event->length && !event->failed)
        live_publish(app->live, "run", run, project, event->data);
    else
        live_publish(app->live, "resync", run, project,
                     "{\"reason\":\"a run changed: read it again\"}");
}
