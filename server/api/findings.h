/* The diagnosis of a run: on request, and when the judge has a new one. */
#ifndef API_FINDINGS_H
#define API_FINDINGS_H

#include "http/http.h"
#include "stream/judge.h"

/* Diagnoses the run that the path names, on a worker, into the exchange's arena. All the
   statuses of store_run_get and judge_run. */
MUST_CHECK enum status findings_diagnose(struct http_exchange *x, struct judged **out,
                                         struct err *err);

/* struct judge_config, changed: tells the live stream, and the store when the verdict or
   a count is another. app: a struct app. */
void findings_changed(void *app, const struct judged *judged,
                      const struct judge_text *text);

#endif
