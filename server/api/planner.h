/* The planner's two answers: the curve of one schedule, and a plan. What GET
   /api/v1/schedule and /api/v1/plan read and write, and `epochd schedule` with them. */
#ifndef API_PLANNER_H
#define API_PLANNER_H

#include "api/schedule_json.h"
#include "core/code/code.h"
#include "core/schedule/plan.h"

/* How an answer is drawn and written, besides its numbers. */
struct planner_style {
    int64_t points;                    /* at most so many of each curve; 0: not said */
    enum schedule_framework framework; /* of `code` */
    int64_t steps_per_epoch;           /* 0: not known */
};

struct curve_request {
    struct schedule schedule;
    int64_t steps; /* how long the run is: t = 0 .. steps - 1 train */
    int64_t until; /* the curve is t = 0 .. until; steps or more */
    struct planner_style style;
};
/* What is read besides the schedule; NULL-ended. */
extern const char *const curve_param_names[];
/* ST_INVALID as schedule_read_query(), and bad_parameter. */
MUST_CHECK enum status curve_read(const struct schedule_query *query,
                                  struct curve_request *out, struct err *err);
/* The whole object. The arena is work room. ST_TOO_LARGE. */
MUST_CHECK enum status curve_write(struct json_out *json,
                                   const struct curve_request *request,
                                   struct arena *arena, struct err *err);

struct plan_question {
    struct plan_request request;
    struct planner_style style;
};
extern const char *const plan_param_names[];
/* Names that are not among plan_param_names are the caller's to refuse. ST_INVALID
   bad_parameter. */
MUST_CHECK enum status plan_read(const struct query *query, struct plan_question *out,
                                 struct err *err);
MUST_CHECK enum status plan_write(struct json_out *json,
                                  const struct plan_question *question,
                                  struct arena *arena, struct err *err);

#endif
