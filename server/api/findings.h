/* What happens when the judge has a new diagnosis of a run. */
#ifndef API_FINDINGS_H
#define API_FINDINGS_H

#include "stream/judge.h"

/* struct judge_config, changed: tells the live stream, and the store when the verdict or
   a count is another. app: a struct app. */
void findings_changed(void *app, const struct judged *judged, const char *text);

#endif
