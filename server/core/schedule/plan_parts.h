/* Private to the planner: schedules put together from a request. */
#ifndef CORE_SCHEDULE_PLAN_PARTS_H
#define CORE_SCHEDULE_PLAN_PARTS_H

#include "core/schedule/plan.h"

/* A part of that type with the request's base_lr and all defaults. */
struct schedule_part plan_part(const char *type, const struct plan_request *request);
void plan_set(struct schedule_part *part, const char *param, double value);
/* The part, after the warm-up if there is one. */
struct schedule plan_after_warmup(const struct plan_request *request,
                                  const struct schedule_part *part);
/* The cosine of this type, `length` (its parameter) = T, down to eta_min. */
struct schedule plan_cosine(const struct plan_request *request, const char *type,
                            const char *length, int64_t T);

/* Fills plan->alternatives; the rest of the plan is made. */
void plan_add_alternatives(const struct plan_request *request, struct plan *plan);

#endif
