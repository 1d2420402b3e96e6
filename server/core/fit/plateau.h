/* ReduceLROnPlateau has no curve of its own: the watched metric decides. Replaying the
   metric gives it one; a column that only falls by one factor may be explained by one.

   Everything here counts as torch.optim.lr_scheduler.ReduceLROnPlateau 2.13 does. Keras'
   callback of the same name is the same with other numbers: Keras' patience p (reduces
   when `wait >= patience`) is torch's max(p, 1) - 1, Keras' cooldown c (whose last epoch
   counts already) is torch's max(c, 1) - 1, its min_delta is a threshold of mode abs, and
   it has no eps. They differ when the first loss is NaN: Keras then never sees it
   improve. */
#ifndef CORE_FIT_PLATEAU_H
#define CORE_FIT_PLATEAU_H

#include "core/fit/compare.h"
#include "core/schedule/schedule.h"
#include "core/series.h"

/* Fills part->list with the t at which the rate has fallen, so that schedule_lr() gives
   the reference curve. part: ReduceLROnPlateau with valid parameters. watched: the value
   passed to each scheduler.step(metric); one point, one call. A value that is NaN never
   is better; an infinite one is compared as it is. origin: the step with t = 0, so the
   call after step s shows from t = s - origin + 1 on; with origin = watched->step[0] and
   no gaps t is the number of calls. Points before origin are passed over. A fall that eps
   or min_lr suppress is none. Returns false when it fell more than SCHEDULE_LIST_MAX
   times: the list then ends with the last one that it holds. */
bool plateau_replay(struct schedule_part *part, const struct series *watched,
                    int64_t origin);

/* Whether the column is what ReduceLROnPlateau does on this metric: it only steps down,
   each time by the same factor (the last fall may be cut by min_lr), and every fall comes
   exactly when patience, threshold and cooldown say, no other would have come, whether
   the rate was logged before or after the call. maximize: mode "max". Searched: patience
   0 to 50, threshold 0 to 0.01 relative and absolute, cooldown 0 to 10; of several
   explanations the most usual one is taken. out: the part with all its parameters and its
   list, t = 0 at lr->step[0]; *shift: 1 when the column holds the rate of the next step
   (schedule_deviation.shift), else 0. Values that are not finite are passed over in lr.
   Falls at k, 2k, 3k... are left to StepLR. The fewer the falls, the fewer explanations
   are let pass: default thresholds only, no cooldown. Even so chance explains steps laid
   at random on real losses: one fall in 10 % of the cases, two in 2 %, three in 0.8 %. */
bool plateau_explains(const struct series *lr, const struct series *watched,
                      bool maximize, struct schedule_part *out, int *shift);

/* A rate, and the metric that decides it. */
struct plateau_column {
    const struct series *lr, *watched;
    int64_t origin; /* step with t = 0 */
};

/* Replays the metric into `schedule`, a ReduceLROnPlateau, and holds the rate against it.
   Where the metric was rounded when it was logged, an improvement at the threshold may
   have been one or not: of these replays the one is taken that the rate lies on. False,
   and nothing compared, when it falls more often than the schedule holds. */
bool plateau_compare(const struct plateau_column *column, struct schedule *schedule,
                     struct schedule_deviation *out);

#endif
