/* Curves with no more points than were asked for, and as JSON members. Private to the
   planner's answers, in JSON and as text. */
#ifndef API_PLANNER_DRAW_H
#define API_PLANNER_DRAW_H

#include "api/planner.h"
#include "core/schedule/draw.h"

/* Several curves over the same steps 0 .. count - 1, in an arena. */
struct drawing {
    double *lr[THIN_CURVES_MAX];
    size_t curve_count, count;
    size_t *steps; /* those that are drawn; NULL: all */
    size_t drawn;
};

/* schedules: NULL-ended, 1 to THIN_CURVES_MAX; steps 0 .. last, at most `points` of them
   unless that is 0. ST_TOO_LARGE. */
MUST_CHECK enum status drawing_make(const struct schedule *const *schedules, int64_t last,
                                    int64_t points, struct arena *arena,
                                    struct drawing *out, struct err *err);
/* The step of the i-th point that is drawn. */
size_t drawing_step(const struct drawing *drawing, size_t i);
/* How many points a JSON answer has at most: a million steps of each curve are more than
   anyone reads. */
int64_t planner_points(const struct planner_style *style);
void drawing_write_steps(struct json_out *json, const struct drawing *drawing);
void drawing_write_lr(struct json_out *json, const struct drawing *drawing, size_t curve);

/* `area` of a run of so many steps. */
void planner_write_area(struct json_out *json, const struct schedule *schedule,
                        int64_t steps);
/* `code` and `snippets`. */
void planner_write_code(struct json_out *json, const struct schedule *schedule,
                        int64_t steps, const struct planner_style *style);
/* `points`, `framework` and, of a plan, `steps_per_epoch`. */
MUST_CHECK enum status planner_read_style(const struct query *query,
                                          struct planner_style *out, struct err *err);

#endif
