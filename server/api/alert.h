/* What a webhook is told of one finding: the finding as the HTTP interface shows it, and
   a `text` that Slack and its like show as it is. */
#ifndef API_ALERT_H
#define API_ALERT_H

#include "stream/judge.h"

/* The JSON of one finding of a diagnosis, which the caller frees; NULL without memory. */
char *alert_new(const struct judged *judged, const struct finding *finding);

#endif
