/* A reference curve as JSON members: that of a run, and notes and code. */
#ifndef API_REFERENCE_H
#define API_REFERENCE_H

#include "base/json_out.h"
#include "core/fit/compare.h"

#define REFERENCE_POINTS 1000 /* of a run's curve, at most */

/* The curve over steps first, first + stride, ... up to and with last; t = step - origin,
   0 before it. */
struct reference_span {
    int64_t origin, first, last, stride;
    struct schedule_deviation how; /* shift, averaged, every: how the run logs its rate */
};
/* `step` and `lr` */
void reference_write_curve(struct json_out *json, const struct schedule *schedule,
                           const struct reference_span *span);
/* `lr` alone */
void reference_write_lr(struct json_out *json, const struct schedule *schedule,
                        const struct reference_span *span);
/* The stride that gives at most REFERENCE_POINTS. */
int64_t reference_stride(int64_t first, int64_t last);

/* `notes` on using it over so many steps, after those in `before`. */
void reference_write_notes(struct json_out *json, const struct schedule *schedule,
                           int64_t steps, const char *before);
/* `code`: the PyTorch snippet of a run of so many steps. */
void reference_write_code(struct json_out *json, const struct schedule *schedule,
                          int64_t steps);

#endif
