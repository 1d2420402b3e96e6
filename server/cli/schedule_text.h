/* What `epochd schedule` prints for a person, besides its JSON. */
#ifndef CLI_SCHEDULE_TEXT_H
#define CLI_SCHEDULE_TEXT_H

#include "api/planner.h"

/* Every type with its parameters and their defaults, from the table of types; with what
   each does when `about`. */
void schedule_print_types(bool about);

/* Every step unless a number of points was given. The arena is work room. */
void schedule_print_csv(const struct curve_request *request, struct arena *arena);
/* Some of the steps when they are many and no number of points was given. */
void schedule_print_table(const struct curve_request *request, struct arena *arena);
void schedule_print_plot(const struct schedule *schedule, int64_t steps);
void schedule_print_notes(const struct schedule *schedule, int64_t steps);
/* The framework is that of the style. */
void schedule_print_code(const struct schedule *schedule, int64_t steps,
                         const struct planner_style *style);
/* The plan with its chart, notes, alternatives and code. */
void schedule_print_plan(const struct plan_question *question);

#endif
