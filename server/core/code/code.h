/* Python that makes a schedule, ready to paste. Pure. */
#ifndef CORE_CODE_CODE_H
#define CORE_CODE_CODE_H

#include "core/schedule/schedule.h"

enum schedule_framework {
    SCHEDULE_PYTORCH,
    SCHEDULE_LIGHTNING,
    SCHEDULE_HUGGINGFACE,
    SCHEDULE_KERAS,
    SCHEDULE_FRAMEWORKS
};
/* "pytorch", "lightning", "huggingface", "keras"; NULL-ended. */
extern const char *const schedule_framework_names[];

struct code_request {
    enum schedule_framework framework;
    int64_t
        steps; /* how long the run is, in the schedule's unit; below 1 is taken as 1 */
    int64_t steps_per_epoch; /* updates in an epoch; 0: the code counts them itself */
};

/* Bytes, NUL included, that any schedule needs: full lists in all parts make 45 KB. */
#define SCHEDULE_CODE_MAX (64 << 10)

/* A whole training loop of that framework, which is given what every job has: `model`,
   `loss_fn` and its data (`train_loader`, `train_dataset` or `x_train` and `y_train`; for
   ReduceLROnPlateau the same of `val_`). The learning rate at each step is that of the
   schedule; where a framework counts updates and the schedule counts epochs, it is the
   same at the start of each epoch. NUL-terminated, cut at size; the full length comes
   back, as snprintf does. A schedule without parts gives "". */
size_t schedule_code(const struct schedule *schedule, const struct code_request *request,
                     char *out, size_t size);

#endif
