/* Python that makes a schedule: one writer for each framework. */
#include "core/code/paste.h"

#include <stdio.h>

const char *const schedule_framework_names[] = {
    [SCHEDULE_PYTORCH] = "pytorch",
    [SCHEDULE_LIGHTNING] = "lightning",
    [SCHEDULE_HUGGINGFACE] = "huggingface",
    [SCHEDULE_KERAS] = "keras",
    NULL,
};

size_t schedule_code(const struct schedule *schedule, const struct code_request *request,
                     char *out, size_t size)
{
    static void (*const writers[])(struct paste *, const struct schedule *,
                                   const struct code_request *) = {
        [SCHEDULE_PYTORCH] = put_pytorch,
        [SCHEDULE_LIGHTNING] = put_lightning,
        [SCHEDULE_HUGGINGFACE] = put_huggingface,
        [SCHEDULE_KERAS] = put_keras,
    };
    struct paste paste = {out, size, 0};
    struct code_request known = *request;
    if (!schedule->part_count)
        return (size_t)snprintf(out, size, "%s", "");
    if (known.steps < 1)
        known.steps = 1;
    writers[request->framework](&paste, schedule, &known);
    return paste.length;
}
