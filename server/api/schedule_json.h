/* Learning-rate schedules as the HTTP interface shows them: the framework's own parameter
   names, checked, with the right name suggested for a wrong one. */
#ifndef API_SCHEDULE_JSON_H
#define API_SCHEDULE_JSON_H

#include "api/json.h"
#include "base/json_out.h"
#include "core/role.h"
#include "core/schedule/schedule.h"
#include "http/query.h"

/* Reads {"type": ..., parameters..., "unit": "epoch"} or a SequentialLR with
   "schedulers", "milestones" and optionally a "base_lr" for those parts that have none.
   ST_INVALID: bad_type, unknown_type, unknown_field, missing_field, out_of_range;
   err.field names the parameter. */
MUST_CHECK enum status schedule_read(const struct json_value *object,
                                     struct schedule *out, struct err *err);
void schedule_write(struct json_out *json, const struct schedule *schedule);
/* The value of one parameter: a number, a word, true or false. */
void schedule_write_value(struct json_out *json, const struct schedule_param *param,
                          double value);

/* The same out of a query string or a command line. */
struct schedule_query {
    const struct query *query;
    const char *const *own; /* what else may be there, for the caller to read; at most
                               SCHEDULE_OWN_MAX; NULL-ended */
    double rate;            /* of a type whose rate is not given; NaN: it must be */
    struct arena *arena;    /* work room for a spec */
};
#define SCHEDULE_OWN_MAX 24
/* `type` with its parameters, lists with commas between, or `spec`, the whole as JSON;
   beside either a `unit`. ST_INVALID as above, and unknown_parameter when a parameter
   belongs to another type, duplicate_parameter; ST_MALFORMED of a spec. */
MUST_CHECK enum status schedule_read_query(const struct schedule_query *query,
                                           struct schedule *out, struct err *err);

/* What the judge reads of a stored run (stream/judge.h, struct judge_readers). */
bool schedule_from_text(const char *text, struct arena *arena, struct schedule *out);
void roles_from_text(const char *text, struct arena *arena,
                     const char *names[ROLE_COUNT]);

#endif
