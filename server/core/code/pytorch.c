/* PyTorch's training loop, and Lightning's module around the same scheduler. */
#include "core/code/paste.h"

#include <math.h>
#include <string.h>

/* --- the scheduler --- */

/* A rate that every optimizer knows is not written again. */
static bool is_argument(const struct schedule_part *part, size_t i)
{
    if (isnan(part->param[i]))
        return false;
    return i > 0 || strcmp(part->type->params[0].name, "base_lr") ||
           !strcmp(part->type->name, "CyclicLR");
}

/* gamma is a factor for each step: that of an epoch, spread over its updates. */
static bool is_rooted(const struct schedule_part *part, size_t i)
{
    const char *type = part->type->name;
    return !strcmp(part->type->params[i].name, "gamma") &&
           (!strcmp(type, "ExponentialLR") || !strcmp(type, "CyclicLR"));
}

static void put_argument(struct paste *paste, const struct schedule_part *part, size_t i,
                         const struct place *place)
{
    const struct schedule_param *param = &part->type->params[i];
    put(paste, ", %s=", param->name);
    put_value(paste, param, part->param[i]);
    if (counts_steps(param) && part->param[i] != 0)
        put(paste, "%s", place->times);
    else if (*place->times && is_rooted(part, i) && part->param[i] != 1)
        put(paste, " ** (1 / steps_per_epoch)");
}

static void put_list(struct paste *paste, const struct schedule_part *part,
                     const struct place *place)
{
    put(paste, ", %s=[", part->type->list);
    for (size_t i = 0; i < part->list_count; i++) {
        put(paste, "%s", i ? ", " : "");
        put_integer(paste, part->list[i]);
        put(paste, "%s", place->times);
    }
    put(paste, "]");
}

/* Without its closing bracket. */
static void put_part(struct paste *paste, const struct schedule_part *part,
                     const struct place *place)
{
    const struct schedule_type *type = part->type;
    if (!type->code) {
        put(paste, "torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0");
        return;
    }
    put(paste, "%s(optimizer", type->code);
    if (type->list && part->list_count)
        put_list(paste, part, place);
    for (size_t i = 0; type->params[i].name; i++) {
        if (is_argument(part, i))
            put_argument(paste, part, i, place);
    }
}

static void put_several(struct paste *paste, const struct schedule *schedule,
                        const struct place *place)
{
    const char *in = place->indent;
    put(paste, "%sscheduler = torch.optim.lr_scheduler.%s(\n", in,
        schedule_name(schedule));
    if (!schedule->chained)
        put(paste, "%s    optimizer,\n", in);
    put(paste, "%s    schedulers=[\n", in);
    for (size_t i = 0; i < schedule->part_count; i++) {
        put(paste, "%s        ", in);
        put_part(paste, &schedule->parts[i], place);
        put(paste, "),\n");
    }
    if (schedule->chained) {
        put(paste, "%s    ],\n%s    optimizer=optimizer,\n%s)\n", in, in, in);
        return;
    }
    put(paste, "%s    ],\n%s    milestones=[", in, in);
    for (size_t i = 1; i < schedule->part_count; i++)
        put(paste, "%s%lld%s", i > 1 ? ", " : "", (long long)schedule->milestones[i - 1],
            place->times);
    put(paste, "],\n%s)\n", in);
}

void put_scheduler(struct paste *paste, const struct schedule *schedule,
                   const struct place *place)
{
    if (has_lambda(schedule)) {
        put(paste, "%sscheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_at)\n",
            place->indent);
    } else if (schedule->part_count > 1) {
        put_several(paste, schedule, place);
    } else if (!is_constant(schedule)) {
        put(paste, "%sscheduler = ", place->indent);
        put_part(paste, &schedule->parts[0], place);
        if (uses(schedule, "timm.") && schedule->unit == SCHEDULE_STEP)
            put(paste, ", t_in_epochs=False");
        put(paste, ")\n");
    }
}

void put_imports(struct paste *paste, const struct schedule *schedule)
{
    if (uses(schedule, "timm."))
        put(paste, "import timm.scheduler\n");
    put(paste, "import torch\n");
    if (uses(schedule, "transformers."))
        put(paste, "import transformers\n");
}

static void put_optimizer(struct paste *paste, const struct schedule *schedule,
                          const char *parameters)
{
    put(paste, "optimizer = torch.optim.SGD(%s, lr=", parameters);
    if (has_lambda(schedule)) {
        put(paste, "1.0)  # times lr_at(t)\n");
        return;
    }
    put_number(paste, schedule->parts[0].param[0]);
    put(paste, ")\n");
}

static const char loss[] = "loss_fn(model(inputs), targets)";
static const char accuracy[] = "(model(inputs).argmax(-1) == targets).float().mean()";

/* --- PyTorch --- */

static void put_epoch_end(struct paste *paste, const struct schedule *schedule)
{
    if (is_plateau(schedule))
        put(paste,
            "    model.eval()\n"
            "    with torch.no_grad():\n"
            "        watched = sum(%s.item() for inputs, targets in val_loader)\n"
            "    model.train()\n"
            "    scheduler.step(watched / len(val_loader))  # once per epoch\n",
            watches_a_rise(schedule) ? accuracy : loss);
    else if (uses(schedule, "timm."))
        put(paste,
            "    scheduler.step(epoch + 1)  # once per epoch: which one is next\n");
    else if (!is_constant(schedule))
        put(paste,
            "    scheduler.step()  # once per epoch, after its last optimizer.step()\n");
}

static void put_step_end(struct paste *paste, const struct schedule *schedule,
                         int64_t steps)
{
    static const char after[] = "# after every optimizer.step()";
    if (watches_a_rise(schedule))
        put(paste,
            "        scheduler.step((outputs.argmax(-1) == targets).float().mean())"
            "  %s\n",
            after);
    else if (is_plateau(schedule))
        put(paste, "        scheduler.step(loss.item())  %s\n", after);
    else if (!uses(schedule, "timm.") && !is_constant(schedule))
        put(paste, "        scheduler.step()  %s\n", after);
    put(paste, "        step += 1\n");
    if (uses(schedule, "timm."))
        put(paste, "        scheduler.step_update(num_updates=step)\n");
    put(paste, "        if step == %lld:\n            break\n", (long long)steps);
}

static void put_updates(struct paste *paste)
{
    put(paste, "    for inputs, targets in train_loader:\n"
               "        optimizer.zero_grad()\n"
               "        outputs = model(inputs)\n"
               "        loss = loss_fn(outputs, targets)\n"
               "        loss.backward()\n"
               "        optimizer.step()\n");
}

void put_pytorch(struct paste *paste, const struct schedule *schedule,
                 const struct code_request *request)
{
    const struct place place = {"", ""};
    long long steps = (long long)request->steps;
    put(paste, has_lambda(schedule) && needs_math(schedule) ? "import math\n\n" : "");
    put_imports(paste, schedule);
    put(paste, has_lambda(schedule) ? "\n\n" : "\n");
    if (has_lambda(schedule))
        put_formula(paste, schedule);
    put_optimizer(paste, schedule, "model.parameters()");
    put_scheduler(paste, schedule, &place);
    if (schedule->unit == SCHEDULE_STEP) {
        put(paste, "\nstep = 0\nwhile step < %lld:\n", steps);
        put_updates(paste);
        put_step_end(paste, schedule, steps);
    } else {
        put(paste, "\nfor epoch in range(%lld):\n", steps);
        put_updates(paste);
        put_epoch_end(paste, schedule);
    }
}

/* --- Lightning --- */

/* The name under which ReduceLROnPlateau finds what it watches. */
static const char *watched_name(const struct schedule *schedule)
{
    if (schedule->unit == SCHEDULE_STEP)
        return watches_a_rise(schedule) ? "train_accuracy" : "train_loss";
    return watches_a_rise(schedule) ? "val_accuracy" : "val_loss";
}

static void put_logged(struct paste *paste, const struct schedule *schedule)
{
    put(paste, "        self.log(\"%s\", %s)\n", watched_name(schedule),
        watches_a_rise(schedule) ? "(outputs.argmax(-1) == targets).float().mean()"
                                 : "self.loss_fn(outputs, targets)");
}

static void put_module(struct paste *paste, const struct schedule *schedule)
{
    bool plateau = is_plateau(schedule), per_step = schedule->unit == SCHEDULE_STEP;
    put(paste, "class Training(lightning.LightningModule):\n"
               "    def __init__(self, model, loss_fn):\n"
               "        super().__init__()\n"
               "        self.model, self.loss_fn = model, loss_fn\n\n"
               "    def training_step(self, batch, batch_idx):\n"
               "        inputs, targets = batch\n"
               "        outputs = self.model(inputs)\n");
    if (plateau && per_step)
        put_logged(paste, schedule);
    put(paste, "        return self.loss_fn(outputs, targets)\n\n");
    if (plateau && !per_step) {
        put(paste, "    def validation_step(self, batch, batch_idx):\n"
                   "        inputs, targets = batch\n"
                   "        outputs = self.model(inputs)\n");
        put_logged(paste, schedule);
        put(paste, "\n");
    }
}

static void put_configuration(struct paste *paste, const struct schedule *schedule)
{
    const struct place place = {"        ", ""};
    put(paste, "    def configure_optimizers(self):\n        ");
    put_optimizer(paste, schedule, "self.parameters()");
    put_scheduler(paste, schedule, &place);
    if (is_constant(schedule)) {
        put(paste, "        return optimizer\n\n");
        return;
    }
    put(paste,
        "        return {\n"
        "            \"optimizer\": optimizer,\n"
        "            \"lr_scheduler\": {\"scheduler\": scheduler, \"interval\": \"%s\"",
        schedule->unit == SCHEDULE_STEP ? "step" : "epoch");
    if (is_plateau(schedule))
        put(paste, ", \"monitor\": \"%s\"", watched_name(schedule));
    put(paste, "},\n        }\n\n");
    if (uses(schedule, "timm."))
        put(paste, "    def lr_scheduler_step(self, scheduler, metric):\n        %s\n\n",
            schedule->unit == SCHEDULE_STEP
                ? "scheduler.step_update(num_updates=self.global_step)"
                : "scheduler.step(epoch=self.current_epoch + 1)");
}

void put_lightning(struct paste *paste, const struct schedule *schedule,
                   const struct code_request *request)
{
    bool per_step = schedule->unit == SCHEDULE_STEP;
    put(paste, has_lambda(schedule) && needs_math(schedule) ? "import math\n\n" : "");
    put(paste, "import lightning\n");
    put_imports(paste, schedule);
    put(paste, "\n\n");
    if (has_lambda(schedule))
        put_formula(paste, schedule);
    put_module(paste, schedule);
    put_configuration(paste, schedule);
    put(paste,
        "\ntrainer = lightning.Trainer(%s=%lld)\n"
        "trainer.fit(Training(model, loss_fn), train_loader%s)\n",
        per_step ? "max_steps" : "max_epochs", (long long)request->steps,
        is_plateau(schedule) && !per_step ? ", val_loader" : "");
}
