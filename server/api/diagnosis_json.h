/* A diagnosis as the HTTP interface and `epochd check --json` show it. */
#ifndef API_DIAGNOSIS_JSON_H
#define API_DIAGNOSIS_JSON_H

#include "base/json_out.h"
#include "core/diagnose/diagnose.h"
#include "stream/judge.h"

/* An array, one object for each line of the scorecard. */
void diagnosis_write_checks(struct json_out *json, const struct diagnosis *diagnosis);
void diagnosis_write_finding(struct json_out *json, const struct history *history,
                             const struct finding *finding);
/* An array of those that are not muted; history gives the metrics' own names. */
void diagnosis_write_findings(struct json_out *json, const struct history *history,
                              const struct diagnosis *diagnosis);
/* {"error": 0, "warning": 1, "info": 0} */
void diagnosis_write_counts(struct json_out *json, const int counts[SEVERITY_COUNT]);
/* How the learning rate lies on its reference curve, or null. */
void diagnosis_write_observed(struct json_out *json, const struct diagnosis *diagnosis);

/* The judge's text (struct judge_config, render): the members of GET
   /api/v1/runs/{run}/findings but its history. The brief ones, which a POST answers with,
   are `verdict`, `checked_to_step` and `findings`. */
size_t diagnosis_render(const struct judged *judged, struct buf *out);

#endif
