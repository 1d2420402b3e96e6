/* Python that makes a schedule, ready to paste into a training loop. */
#include "core/schedule/schedule.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text that is cut at the end of its room but counts on, as snprintf does. */
struct paste {
    char *out;
    size_t size, length;
};

static void put(struct paste *paste, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct paste *paste, const char *format, ...)
{
    va_list arguments;
    size_t used = paste->length < paste->size ? paste->length : paste->size;
    va_start(arguments, format);
    int length = vsnprintf(paste->size ? paste->out + used : NULL, paste->size - used,
                           format, arguments);
    va_end(arguments);
    paste->length += length > 0 ? (size_t)length : 0;
}

/* The shortest digits that read back as the same number. */
static void put_number(struct paste *paste, double value)
{
    char text[32];
    int digits = 15;
    do {
        snprintf(text, sizeof text, "%.*g", digits, value);
    } while (strtod(text, NULL) != value && ++digits <= 17);
    put(paste, "%s", text);
}

static void put_list(struct paste *paste, const struct schedule_part *part)
{
    put(paste, ", %s=[", part->type->list);
    for (size_t i = 0; i < part->list_count; i++) {
        put(paste, "%s", i ? ", " : "");
        put_number(paste, part->list[i]);
    }
    put(paste, "]");
}

static void put_param(struct paste *paste, const struct schedule_param *param,
                      double value)
{
    if (isnan(value))
        return;
    put(paste, ", %s=", param->name);
    if (param->words == schedule_false_true)
        put(paste, value > 0 ? "True" : "False");
    else if (param->words)
        put(paste, "\"%s\"", param->words[(int)value]);
    else
        put_number(paste, value);
}

static void put_part(struct paste *paste, const struct schedule_part *part)
{
    const struct schedule_type *type = part->type;
    if (!type->code) {
        put(paste, "torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)");
        return;
    }
    put(paste, "%s(optimizer", type->code);
    if (type->list)
        put_list(paste, part);
    for (size_t i = 1; type->params[i].name; i++)
        put_param(paste, &type->params[i], part->param[i]);
    put(paste, ")");
}

static void put_sequence(struct paste *paste, const struct schedule *schedule)
{
    put(paste, "scheduler = torch.optim.lr_scheduler.SequentialLR(\n"
               "    optimizer,\n"
               "    schedulers=[\n");
    for (size_t i = 0; i < schedule->part_count; i++) {
        put(paste, "        ");
        put_part(paste, &schedule->parts[i]);
        put(paste, ",\n");
    }
    put(paste, "    ],\n    milestones=[");
    for (size_t i = 1; i < schedule->part_count; i++)
        put(paste, "%s%lld", i > 1 ? ", " : "", (long long)schedule->milestones[i - 1]);
    put(paste, "],\n)\n");
}

static void put_scheduler(struct paste *paste, const struct schedule *schedule)
{
    if (schedule->part_count > 1) {
        put_sequence(paste, schedule);
    } else if (schedule->parts[0].type->code) {
        put(paste, "scheduler = ");
        put_part(paste, &schedule->parts[0]);
        put(paste, "\n");
    }
}

static bool uses(const struct schedule *schedule, const char *module)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        const char *code = schedule->parts[i].type->code;
        if (code && !strncmp(code, module, strlen(module)))
            return true;
    }
    return false;
}

static void put_loop(struct paste *paste, const struct schedule *schedule, int64_t epochs)
{
    bool scheduler = schedule->part_count > 1 || schedule->parts[0].type->code;
    bool per_step = schedule->unit == SCHEDULE_STEP;
    if (epochs > 0 && !per_step)
        put(paste, "\nfor epoch in range(%lld):\n", (long long)epochs);
    else
        put(paste, "\nfor epoch in range(epochs):\n");
    put(paste, "    for inputs, targets in train_loader:\n"
               "        optimizer.zero_grad()\n"
               "        loss_fn(model(inputs), targets).backward()\n"
               "        optimizer.step()\n");
    if (scheduler && per_step)
        put(paste, "        scheduler.step()  # after every optimizer.step()\n");
    else if (scheduler)
        put(paste,
            "    scheduler.step()  # once per epoch, after its last optimizer.step()\n");
}

size_t schedule_code(const struct schedule *schedule, int64_t epochs, char *out,
                     size_t size)
{
    struct paste paste = {out, size, 0};
    if (!schedule->part_count)
        return (size_t)snprintf(out, size, "%s", "");
    put(&paste, "import torch\n%s\noptimizer = torch.optim.SGD(model.parameters(), lr=",
        uses(schedule, "transformers.") ? "import transformers\n" : "");
    put_number(&paste, schedule->parts[0].param[0]);
    put(&paste, ")\n");
    put_scheduler(&paste, schedule);
    put_loop(&paste, schedule, epochs);
    return paste.length;
}
