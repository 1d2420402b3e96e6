/* Keras' model.fit(). Its schedules count updates, so that one of epochs is stretched
   over the updates of each; what it has no schedule for is set by a callback. */
#include "core/code/paste.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_SIZE 32 /* model.fit()'s default */

/* --- the schedules that Keras has --- */

#define ARGUMENTS_MAX 8

/* A call of one of keras.optimizers.schedules. */
struct native {
    const char *name;
    struct argument {
        const char *name;
        double value;
        bool counts; /* a number of steps */
        bool word;   /* True or False */
    } arguments[ARGUMENTS_MAX];
    size_t count;
    /* of PiecewiseConstantDecay: values[i] up to and with boundaries[i] */
    double boundaries[SCHEDULE_LIST_MAX], values[SCHEDULE_LIST_MAX + 1];
    size_t boundary_count;
};

static void add(struct native *native, const char *name, double value)
{
    bool counts = !strcmp(name + strlen(name) - 5, "steps");
    native->arguments[native->count++] = (struct argument){name, value, counts, false};
}

static void make_cosine(struct native *native, double initial, double steps, double floor)
{
    native->name = "CosineDecay";
    add(native, "initial_learning_rate", initial);
    add(native, "decay_steps", steps);
    add(native, "alpha", floor / initial);
}

/* `target` and `steps` are those of the climb. */
static void make_climb(struct native *native, double initial, double target, double steps)
{
    double floor = native->arguments[2].value * native->arguments[0].value;
    native->arguments[0].value = initial;
    native->arguments[2].value = floor / target;
    add(native, "warmup_target", target);
    add(native, "warmup_steps", steps);
}

static void make_polynomial(struct native *native, const double rates[2], double steps,
                            double power)
{
    native->name = "PolynomialDecay";
    add(native, "initial_learning_rate", rates[0]);
    add(native, "decay_steps", steps);
    add(native, "end_learning_rate", rates[1]);
    add(native, "power", power);
}

static void make_exponential(struct native *native, const struct schedule_part *part,
                             double steps, bool staircase)
{
    native->name = "ExponentialDecay";
    add(native, "initial_learning_rate", part->param[0]);
    add(native, "decay_steps", steps);
    add(native, "decay_rate", value_of(part, "gamma"));
    if (staircase)
        native->arguments[native->count++] =
            (struct argument){"staircase", 1, false, true};
}

static void keras_of_torch(const struct schedule_part *part, double last,
                           struct native *native)
{
    const char *type = part->type->name;
    double base_lr = part->param[0];
    if (!strcmp(type, "CosineAnnealingLR") && last <= value_of(part, "T_max")) {
        make_cosine(native, base_lr, value_of(part, "T_max"), value_of(part, "eta_min"));
    } else if (!strcmp(type, "CosineAnnealingWarmRestarts") &&
               value_of(part, "T_mult") == 1) {
        native->name = "CosineDecayRestarts";
        add(native, "initial_learning_rate", base_lr);
        add(native, "first_decay_steps", value_of(part, "T_0"));
        add(native, "t_mul", 1);
        add(native, "m_mul", 1);
        add(native, "alpha", value_of(part, "eta_min") / base_lr);
    } else if (!strcmp(type, "StepLR")) {
        make_exponential(native, part, value_of(part, "step_size"), true);
    } else if (!strcmp(type, "ExponentialLR")) {
        make_exponential(native, part, 1, false);
    } else if (!strcmp(type, "LinearLR")) {
        const double rates[2] = {base_lr * value_of(part, "start_factor"),
                                 base_lr * value_of(part, "end_factor")};
        make_polynomial(native, rates, value_of(part, "total_iters"), 1);
    } else if (!strcmp(type, "PolynomialLR")) {
        const double rates[2] = {base_lr, 0};
        make_polynomial(native, rates, value_of(part, "total_iters"),
                        value_of(part, "power"));
    }
}

static void piecewise_of_torch(const struct schedule_part *part, struct native *native)
{
    double lr = part->param[0];
    if (!strcmp(part->type->name, "ConstantLR") && value_of(part, "total_iters") > 0) {
        native->boundaries[native->boundary_count++] = value_of(part, "total_iters");
        native->values[0] = lr * value_of(part, "factor");
        native->values[1] = lr;
    } else if (!strcmp(part->type->name, "MultiStepLR")) {
        for (size_t i = 0; i <= part->list_count; i++)
            native->values[i] = lr * pow(value_of(part, "gamma"), (double)i);
        memcpy(native->boundaries, part->list, sizeof part->list);
        native->boundary_count = part->list_count;
    }
    if (native->boundary_count)
        native->name = "PiecewiseConstantDecay";
}

static void keras_of_huggingface(const struct schedule_part *part, double last,
                                 struct native *native)
{
    const char *type = part->type->name;
    int warmup_at = schedule_param_find(part->type, "num_warmup_steps");
    int total_at = schedule_param_find(part->type, "num_training_steps");
    if (warmup_at < 0 || total_at < 0 || isnan(part->param[total_at]))
        return;
    double warmup = part->param[warmup_at], base_lr = part->param[0];
    double steps = part->param[total_at] - warmup, end[2] = {base_lr, 0};
    if (steps < 1)
        return;
    if (!strcmp(type, "linear_with_warmup") && warmup == 0) {
        make_polynomial(native, end, steps, 1);
    } else if (!strcmp(type, "polynomial_decay_with_warmup") && warmup == 0) {
        end[1] = value_of(part, "lr_end");
        make_polynomial(native, end, steps, value_of(part, "power"));
    } else if ((!strcmp(type, "cosine_with_warmup") ||
                !strcmp(type, "cosine_with_min_lr")) &&
               value_of(part, "num_cycles") == 0.5 && last <= warmup + steps) {
        double floor = 0;
        if (!strcmp(type, "cosine_with_min_lr"))
            floor = isnan(value_of(part, "min_lr"))
                        ? base_lr * value_of(part, "min_lr_rate")
                        : value_of(part, "min_lr");
        make_cosine(native, base_lr, steps, floor);
        if (warmup > 0)
            make_climb(native, 0, base_lr, warmup);
    }
}

static void keras_of_timm(const struct schedule_part *part, struct native *native)
{
    double warmup = value_of(part, "warmup_t");
    if (value_of(part, "cycle_limit") != 1 || value_of(part, "k_decay") != 1 ||
        (warmup > 0 && !(value_of(part, "warmup_prefix") > 0)))
        return;
    make_cosine(native, part->param[0], value_of(part, "t_initial"),
                value_of(part, "lr_min"));
    if (warmup > 0)
        make_climb(native, value_of(part, "warmup_lr_init"), part->param[0], warmup);
}

static void keras_of_keras(const struct schedule_part *part, struct native *native)
{
    native->name = strrchr(part->type->code, '.') + 1;
    for (size_t i = 0; part->type->params[i].name; i++) {
        const char *name = part->type->params[i].name;
        if (!isnan(part->param[i]) &&
            (strcmp(name, "warmup_steps") || !isnan(value_of(part, "warmup_target"))))
            add(native, name, part->param[i]);
    }
}

/* A straight climb to base_lr that ends where one cosine fall begins. */
static void keras_of_sequence(const struct schedule *schedule, double last,
                              struct native *native)
{
    const struct schedule_part *climb = &schedule->parts[0], *fall = climb + 1;
    double start = (double)schedule->milestones[0];
    if (schedule->part_count != 2 || strcmp(climb->type->name, "LinearLR") ||
        strcmp(fall->type->name, "CosineAnnealingLR") ||
        value_of(climb, "total_iters") != start || value_of(climb, "end_factor") != 1)
        return;
    keras_of_torch(fall, last - start, native);
    if (native->name)
        make_climb(native, climb->param[0] * value_of(climb, "start_factor"),
                   climb->param[0], start);
}

/* False when Keras has none that is the same at each of the steps 0 .. last. */
static bool find_native(const struct schedule *schedule, double last,
                        struct native *native)
{
    const struct schedule_part *part = &schedule->parts[0];
    *native = (struct native){.name = NULL};
    if (schedule->chained)
        return false;
    if (schedule->part_count > 1) {
        keras_of_sequence(schedule, last, native);
    } else if (uses(schedule, "keras.")) {
        keras_of_keras(part, native);
    } else if (part->param[0] > 0 && uses(schedule, "timm.")) {
        keras_of_timm(part, native);
    } else if (part->param[0] > 0 && uses(schedule, "transformers.")) {
        keras_of_huggingface(part, last, native);
    } else if (part->param[0] > 0) {
        keras_of_torch(part, last, native);
        if (!native->name)
            piecewise_of_torch(part, native);
    }
    return native->name != NULL;
}

/* --- writing them --- */

static void put_numbers(struct paste *paste, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(paste, "%s", i ? ", " : "");
        put_float(paste, values[i]);
    }
}

static void put_native(struct paste *paste, const struct native *native,
                       const char *times)
{
    put(paste, "schedule = keras.optimizers.schedules.%s(\n", native->name);
    for (size_t i = 0; i < native->count; i++) {
        const struct argument *argument = &native->arguments[i];
        put(paste, "    %s=", argument->name);
        if (argument->word)
            put(paste, argument->value > 0 ? "True" : "False");
        else if (argument->counts)
            put(paste, "%.0f%s", argument->value, times);
        else
            put_float(paste, argument->value); /* of an integer Keras computes in them */
        put(paste, ",\n");
    }
    if (native->boundary_count) {
        put(paste, "    boundaries=[");
        for (size_t i = 0; i < native->boundary_count; i++)
            put(paste, "%s%.0f%s - 1", i ? ", " : "", native->boundaries[i], times);
        put(paste, "],  # the last update before each change\n    values=[");
        put_numbers(paste, native->values, native->boundary_count + 1);
        put(paste, "],\n");
    }
    put(paste, ")\n");
}

/* --- callbacks --- */

static void put_callback(struct paste *paste, const struct schedule *schedule)
{
    put_formula(paste, schedule);
    if (schedule->unit == SCHEDULE_EPOCH) {
        put(paste, "callback = keras.callbacks.LearningRateScheduler(lambda epoch: "
                   "float(lr_at(epoch)))\n");
        return;
    }
    put(paste, "class LearningRatePerUpdate(keras.callbacks.Callback):\n"
               "    def on_train_batch_begin(self, batch, logs=None):\n"
               "        optimizer = self.model.optimizer\n"
               "        step = int(keras.ops.convert_to_numpy(optimizer.iterations))\n"
               "        optimizer.learning_rate = lr_at(step)\n\n\n"
               "callback = LearningRatePerUpdate()\n");
}

/* Whether what is watched got better, as torch compares. */
static void put_better(struct paste *paste, const struct schedule_part *part)
{
    bool rises = value_of(part, "mode") > 0,
         absolute = value_of(part, "threshold_mode") > 0;
    put(paste, "watched %s self.best %s", rises ? ">" : "<", absolute ? "" : "* (1 ");
    put(paste, rises ? "+ " : "- ");
    put_number(paste, value_of(part, "threshold"));
    put(paste, absolute ? "" : ")");
}

static void put_plateau(struct paste *paste, const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[0];
    bool per_step = schedule->unit == SCHEDULE_STEP, rises = watches_a_rise(schedule);
    put(paste,
        "class ReduceLROnPlateau(keras.callbacks.Callback):\n"
        "    # as torch does it: Keras' own callback counts and compares otherwise\n"
        "    def on_train_begin(self, logs=None):\n"
        "        self.best, self.bad, self.resting = None, 0, 0\n\n"
        "    def %s, logs=None):\n"
        "        watched = logs[\"%s%s\"]%s\n"
        "        if self.best is None or ",
        per_step ? "on_train_batch_end(self, batch" : "on_epoch_end(self, epoch",
        per_step ? "" : "val_", rises ? "accuracy" : "loss",
        per_step ? "  # the mean of the epoch so far" : "");
    put_better(paste, part);
    put(paste, ":\n"
               "            self.best, self.bad = watched, 0\n"
               "        else:\n"
               "            self.bad += 1\n"
               "        if self.resting:\n"
               "            self.resting, self.bad = self.resting - 1, 0\n");
    put(paste, "        if self.bad > %.0f:\n", value_of(part, "patience"));
    put(paste,
        "            self.resting, self.bad = %.0f, 0\n"
        "            optimizer = self.model.optimizer\n"
        "            lr = float(keras.ops.convert_to_numpy("
        "optimizer.learning_rate))\n"
        "            lower = max(lr * ",
        value_of(part, "cooldown"));
    put_number(paste, value_of(part, "factor"));
    put(paste, ", ");
    put_number(paste, value_of(part, "min_lr"));
    put(paste, ")\n            if lr - lower > ");
    put_number(paste, value_of(part, "eps"));
    put(paste, ":\n                optimizer.learning_rate = lower\n\n\n"
               "callback = ReduceLROnPlateau()\n");
}

/* --- the whole --- */

static void put_fit(struct paste *paste, const struct schedule *schedule, bool sized,
                    const struct code_request *request)
{
    long long steps = (long long)request->steps;
    put(paste, "model.fit(\n    x_train,\n    y_train,\n");
    if (sized && !request->steps_per_epoch)
        put(paste, "    batch_size=batch_size,\n");
    if (schedule->unit == SCHEDULE_STEP)
        put(paste, "    epochs=-(-%lld // steps_per_epoch),\n", steps);
    else
        put(paste, "    epochs=%lld,\n", steps);
    if (is_plateau(schedule) && schedule->unit == SCHEDULE_EPOCH)
        put(paste, "    validation_data=(x_val, y_val),\n");
}

static void put_steps_per_epoch(struct paste *paste, const struct code_request *request)
{
    if (request->steps_per_epoch > 0)
        put(paste, "steps_per_epoch = %lld\n", (long long)request->steps_per_epoch);
    else
        put(paste,
            "batch_size = %d\n"
            "steps_per_epoch = -(-len(x_train) // batch_size)\n",
            BATCH_SIZE);
}

static void put_compile(struct paste *paste, const struct schedule *schedule, bool native)
{
    put(paste, "model.compile(optimizer=keras.optimizers.SGD(");
    if (native)
        put(paste, "schedule");
    else
        put_float(paste, schedule->parts[0].param[0]);
    put(paste, "), loss=loss_fn%s)\n",
        watches_a_rise(schedule) ? ", metrics=[\"accuracy\"]" : "");
}

void put_keras(struct paste *paste, const struct schedule *schedule,
               const struct code_request *request)
{
    struct native native;
    bool found = find_native(schedule, (double)(request->steps - 1), &native);
    bool callback = !found && !is_constant(schedule),
         per_step = schedule->unit == SCHEDULE_STEP;
    bool sized = per_step || found;
    bool formula = callback && !is_plateau(schedule);
    put(paste, formula && needs_math(schedule) ? "import math\n\n" : "");
    put(paste, callback ? "import keras\n\n\n" : "import keras\n\n");
    if (formula)
        put_callback(paste, schedule);
    else if (callback)
        put_plateau(paste, schedule);
    if (sized)
        put_steps_per_epoch(paste, request);
    if (found)
        put_native(paste, &native, per_step ? "" : TIMES_STEPS_PER_EPOCH);
    put_compile(paste, schedule, found);
    put_fit(paste, schedule, sized, request);
    put(paste, callback ? "    callbacks=[callback],\n)\n" : ")\n");
}
