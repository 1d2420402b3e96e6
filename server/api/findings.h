/* The diagnosis of a run: on request, and when the judge has a new one. */
#ifndef API_FINDINGS_H
#define API_FINDINGS_H

#include "base/json_out.h"
#include "http/http.h"
#include "stream/judge.h"

/* Diagnoses the run that the path names, on a worker, and answers with one object, whose
   members `write` writes. A problem says what store_run_get and judge_run say. */
void findings_answer(struct http_exchange *x,
                     void (*write)(struct json_out *json, const struct judged *judged));

/* struct judge_config, changed: writes the store when the verdict or the findings are
   others, and after that tells the live stream, and webhooks what is new. False when the
   writer would not take it; judge_untold() when its commit fails. app: a struct app. */
bool findings_changed(void *app, const struct judged *judged,
                      const struct judge_text *text);

/* What the diagnosis found, for store_findings_set(); returns how many. Its texts are
   static or those of `judged`. */
size_t findings_holding(const struct judged *judged,
                        struct run_finding out[static FINDINGS_MAX]);

#endif
