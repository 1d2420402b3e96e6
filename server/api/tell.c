#include "api/tell.h"

#include "stream/live.h"

void tell(struct app *app, const struct news *news)
{
    if (news->event->length && !news->event->failed)
        live_publish(app->live, news->name, news->run, news->project, news->event->data);
    else
        live_publish(app->live, "resync", news->run, news->project,
                     "{\"reason\":\"a run changed: read it again\"}");
}
