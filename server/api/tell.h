/* What subscribers hear of a run. */
#ifndef API_TELL_H
#define API_TELL_H

#include "api/app.h"
#include "base/buf.h"

/* Publishes `event` as the run's `run` event. One that could not be made becomes a
   `resync`: whoever shows the run reads it again. project: whose subscribers hear of it,
   "" for those of no project, NULL for all. */
void tell_run(struct app *app, const char *run, const char *project,
              const struct buf *event);

#endif
