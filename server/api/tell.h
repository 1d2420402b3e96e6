/* What subscribers hear of a run. */
#ifndef API_TELL_H
#define API_TELL_H

#include "api/app.h"
#include "base/buf.h"

struct news {
    const char *name, *run;
    const char *project;     /* whose subscribers hear it, "" those of none, NULL all */
    const struct buf *event; /* the data */
};

/* Publishes it. An event that could not be made becomes a `resync`: whoever shows the run
   reads it again. */
void tell(struct app *app, const struct news *news);

#endif
