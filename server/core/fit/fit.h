/* Which schedule, with which parameters, an observed learning-rate column follows. */
#ifndef CORE_FIT_FIT_H
#define CORE_FIT_FIT_H

#include "core/fit/compare.h"
#include "core/series.h"

struct schedule_fit {
    bool found; /* false: too few points, or nothing fits well enough */
    struct schedule schedule;
    int64_t origin;
    struct schedule_deviation deviation;
    double confidence; /* 0 to 1 */
};

/* Points that are not finite or negative are passed over. planned: total epochs, 0
   unknown. work: room for 2 * lr->count doubles. Never names a cosine when a line fits as
   well. */
void schedule_fit(const struct series *lr, int64_t planned, double *work,
                  struct schedule_fit *out);

#endif
