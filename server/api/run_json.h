/* A run as the HTTP interface shows it and as it is written there. */
#ifndef API_RUN_JSON_H
#define API_RUN_JSON_H

#include "api/json.h"
#include "base/json_out.h"
#include "core/role.h"
#include "store/store.h"
#include "stream/judge.h"

/* What is needed to show a run. In the arena. */
struct run_view {
    struct run run;
    struct metric *metrics;
    size_t metric_count;
    int role[ROLE_COUNT];             /* index into metrics, or -1 */
    const char *declared[ROLE_COUNT]; /* metric names that the run declares, or NULL */
};

/* How the stream room reads a run's stored schedule and roles. */
extern const struct judge_readers run_readers;

/* ST_NOT_FOUND run_not_found. */
MUST_CHECK enum status run_view_load(struct store *store, const char *id,
                                     bool trashed_too, struct arena *arena,
                                     struct run_view *out, struct err *err);
/* The rest of a view whose `run` is there already. */
MUST_CHECK enum status run_view_fill(struct store *store, struct arena *arena,
                                     struct run_view *view, struct err *err);
/* The metric of that name, or the one in the role of that name; NULL without. */
const struct metric *run_metric(const struct run_view *view, const char *name);

/* One object; with `metrics` only when with_metrics. */
void run_write(struct json_out *json, const struct run_view *view, bool with_metrics);

/* `key` with a step, null for one below 0: there is none. */
void run_write_step(struct json_out *json, const char *key, int64_t step);

/* Reads the body of POST /api/v1/runs (id may be NULL: the field is then refused) and
   PATCH. Texts are in the arena. All the statuses of value_parse; ST_INVALID
   unknown_field, bad_type, out_of_range, bad_run_id and those of schedule_read. */
MUST_CHECK enum status run_fields_read(const char *body, size_t length,
                                       struct arena *arena, struct run_fields *out,
                                       const char **id, struct err *err);

#endif
