/* Each type as a Python function of its own steps: for the frameworks that have no class
   for it. tests/golden/snippets.py runs them. */
#include "core/code/paste.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* --- parameters that follow from others --- */

static double *at(struct schedule_part *part, const char *param)
{
    return &part->param[schedule_param_find(part->type, param)];
}

static void resolve_one_cycle(struct schedule_part *part)
{
    if (isnan(*at(part, "total_steps")))
        *at(part, "total_steps") = *at(part, "epochs") * *at(part, "steps_per_epoch");
}

static void resolve_cyclic(struct schedule_part *part)
{
    if (isnan(*at(part, "step_size_down")))
        *at(part, "step_size_down") = *at(part, "step_size_up");
}

static void resolve_min_lr(struct schedule_part *part)
{
    int first = schedule_param_find(part->type, "warmup_lr_rate");
    if (isnan(*at(part, "min_lr_rate")))
        *at(part, "min_lr_rate") = *at(part, "min_lr") / part->param[0];
    if (first >= 0 && isnan(part->param[first]))
        part->param[first] = 1 / fmax(1, *at(part, "num_warmup_steps"));
}

static void resolve_inverse_sqrt(struct schedule_part *part)
{
    double warmup = *at(part, "num_warmup_steps");
    if (isnan(*at(part, "timescale")))
        *at(part, "timescale") = warmup > 0 ? warmup : 10000;
}

static void resolve_wsd(struct schedule_part *part)
{
    if (isnan(*at(part, "num_stable_steps")))
        *at(part, "num_stable_steps") = *at(part, "num_training_steps") -
                                        *at(part, "num_warmup_steps") -
                                        *at(part, "num_decay_steps");
}

/* --- the bodies --- */

#define COSINE_TO_ETA_MIN(length)                                                    \
    "    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * t / " length \
    "))"                                                                             \
    " / 2\n"
#define WARMUP                       \
    "    if t < num_warmup_steps:\n" \
    "        return base_lr * t / num_warmup_steps\n"
#define DONE                                                     \
    "    left = max(1, num_training_steps - num_warmup_steps)\n" \
    "    done = (t - num_warmup_steps) / left\n"
#define WAVE "(1 + math.cos(2 * math.pi * num_cycles * done)) / 2"
#define TO_MIN_LR           \
    "    wave = " WAVE "\n" \
    "    return base_lr * max(0, wave * (1 - min_lr_rate) + min_lr_rate)\n"
#define KERAS_COSINE "    wave = (1 + math.cos(math.pi * done)) / 2\n"

static const struct formula {
    const char *type;
    const char *needs; /* only with this parameter; such a row comes first */
    const char *body;  /* with the names of the parameters */
    void (*resolve)(struct schedule_part *part);
} formulas[] = {
    {.type = "constant", .body = "    return base_lr\n"},
    {.type = "CosineAnnealingLR", .body = COSINE_TO_ETA_MIN("T_max")},
    {.type = "CosineAnnealingWarmRestarts",
     .body = "    length = T_0\n"
             "    if T_mult == 1:\n"
             "        t %= T_0\n"
             "    while t >= length:\n"
             "        t -= length\n"
             "        length *= T_mult\n" COSINE_TO_ETA_MIN("length")},
    {.type = "StepLR", .body = "    return base_lr * gamma ** (t // step_size)\n"},
    {.type = "MultiStepLR",
     .body = "    return base_lr * gamma ** sum(t >= fall for fall in milestones)\n"},
    {.type = "ExponentialLR", .body = "    return base_lr * gamma ** t\n"},
    {.type = "LinearLR",
     .body =
         "    done = min(t, total_iters) / total_iters\n"
         "    return base_lr * (start_factor + (end_factor - start_factor) * done)\n"},
    {.type = "ConstantLR",
     .body = "    return base_lr * factor if t < total_iters else base_lr\n"},
    {.type = "PolynomialLR",
     .body = "    return base_lr * (1 - min(t, total_iters) / total_iters) ** power\n"},
    {.type = "OneCycleLR",
     .resolve = resolve_one_cycle,
     .body = "    t = min(t, total_steps)\n"
             "    low, up = max_lr / div_factor, pct_start * total_steps - 1\n"
             "    phases = [(up, low, max_lr)]\n"
             "    if three_phase:\n"
             "        phases += [(2 * up, max_lr, low), (total_steps - 1, low, low / "
             "final_div_factor)]\n"
             "    else:\n"
             "        phases += [(total_steps - 1, max_lr, low / final_div_factor)]\n"
             "    start = 0\n"
             "    for end, high, to in phases:\n"
             "        done = (t - start) / (end - start)\n"
             "        if t <= end:\n"
             "            break\n"
             "        start = end\n"
             "    if anneal_strategy == \"linear\":\n"
             "        return high + (to - high) * done\n"
             "    return to + (high - to) / 2 * (1 + math.cos(math.pi * done))\n"},
    {.type = "CyclicLR",
     .resolve = resolve_cyclic,
     .body = "    whole = step_size_up + step_size_down\n"
             "    cycle = math.floor(1 + t / whole)\n"
             "    x, top = 1 + t / whole - cycle, step_size_up / whole\n"
             "    height = x / top if x <= top else (x - 1) / (top - 1)\n"
             "    if mode == \"triangular2\":\n"
             "        height /= 2 ** (cycle - 1)\n"
             "    if mode == \"exp_range\":\n"
             "        height *= gamma ** t\n"
             "    return base_lr + (max_lr - base_lr) * height\n"},
    {.type = "cosine_with_warmup",
     .body = WARMUP DONE "    return base_lr * max(0, " WAVE ")\n"},
    {.type = "cosine_with_restarts",
     .body = WARMUP DONE
     "    if done >= 1:\n"
     "        return 0.0\n"
     "    return base_lr * (1 + math.cos(math.pi * (num_cycles * done % 1))) / 2\n"},
    {.type = "cosine_with_min_lr",
     .resolve = resolve_min_lr,
     .body = WARMUP DONE TO_MIN_LR},
    {.type = "cosine_warmup_with_min_lr",
     .resolve = resolve_min_lr,
     .body = "    if t < num_warmup_steps:\n"
             "        climbed = t / max(1, num_warmup_steps - 1)\n"
             "        return base_lr * (warmup_lr_rate + (1 - warmup_lr_rate) * "
             "climbed)\n"
             "    left = max(1, num_training_steps - num_warmup_steps)\n"
             "    done = (t - num_warmup_steps + 1) / left\n" TO_MIN_LR},
    {.type = "linear_with_warmup",
     .body = WARMUP "    left = max(1, num_training_steps - num_warmup_steps)\n"
                    "    return base_lr * max(0, (num_training_steps - t) / left)\n"},
    {.type = "constant_with_warmup", .body = WARMUP "    return base_lr\n"},
    {.type = "polynomial_decay_with_warmup",
     .body = WARMUP "    if t > num_training_steps:\n"
                    "        return lr_end\n" DONE
                    "    return lr_end + (base_lr - lr_end) * (1 - done) ** power\n"},
    {.type = "inverse_sqrt",
     .resolve = resolve_inverse_sqrt,
     .body = WARMUP "    return base_lr / math.sqrt((t - num_warmup_steps + timescale) / "
                    "timescale)\n"},
    {.type = "warmup_stable_decay",
     .resolve = resolve_wsd,
     .body =
         "    fall, x, height = num_warmup_steps + num_stable_steps, 0, 0\n"
         "    if t < num_warmup_steps:\n"
         "        x = t / num_warmup_steps\n"
         "        height = {\"linear\": x, \"cosine\": (1 - math.cos(math.pi * x)) / 2,\n"
         "                  \"1-sqrt\": 1 - math.sqrt(1 - x)}[warmup_type]\n"
         "    elif t < fall:\n"
         "        height = 1\n"
         "    elif t < fall + num_decay_steps:\n"
         "        x = (t - fall) / num_decay_steps\n"
         "        wave = (1 + math.cos(2 * math.pi * num_cycles * x)) / 2\n"
         "        height = {\"linear\": 1 - x, \"cosine\": wave, \"1-sqrt\": 1 - "
         "math.sqrt(x)}[decay_type]\n"
         "    return base_lr * max(0, height * (1 - min_lr_ratio) + min_lr_ratio)\n"},
    {.type = "CosineLRScheduler",
     .body = "    if t < warmup_t:\n"
             "        return warmup_lr_init + t * (base_lr - warmup_lr_init) / warmup_t\n"
             "    if warmup_prefix:\n"
             "        t -= warmup_t\n"
             "    if cycle_mul == 1:\n"
             "        cycle, grown = t // t_initial, 1\n"
             "        start = cycle * t_initial\n"
             "    else:\n"
             "        cycle = math.floor(math.log(1 - t / t_initial * (1 - cycle_mul), "
             "cycle_mul))\n"
             "        grown = cycle_mul ** cycle\n"
             "        start = t_initial * (1 - grown) / (1 - cycle_mul)\n"
             "    if cycle >= cycle_limit:\n"
             "        return lr_min\n"
             "    done = (t - start) ** k_decay / (t_initial * grown) ** k_decay\n"
             "    top = base_lr * cycle_decay ** cycle\n"
             "    return lr_min + (top - lr_min) * (1 + math.cos(math.pi * done)) / 2\n"},
    {.type = "CosineDecay",
     .needs = "warmup_target",
     .body = "    if t < warmup_steps:\n"
             "        climb = warmup_target - initial_learning_rate\n"
             "        return initial_learning_rate + climb * t / warmup_steps\n"
             "    done = min(t - warmup_steps, decay_steps) / decay_steps\n" KERAS_COSINE
             "    return warmup_target * ((1 - alpha) * wave + alpha)\n"},
    {.type = "CosineDecay",
     .body = "    done = min(t, decay_steps) / decay_steps\n" KERAS_COSINE
             "    return initial_learning_rate * ((1 - alpha) * wave + alpha)\n"},
    {.type = "CosineDecayRestarts",
     .body = "    done = t / first_decay_steps\n"
             "    if t_mul == 1:\n"
             "        restarts = math.floor(done)\n"
             "        done -= restarts\n"
             "    else:\n"
             "        restarts = math.floor(math.log(1 - done * (1 - t_mul)) / "
             "math.log(t_mul))\n"
             "        grown = t_mul ** restarts\n"
             "        done = (done - (1 - grown) / (1 - t_mul)) / grown\n" KERAS_COSINE
             "    wave *= m_mul ** restarts\n"
             "    return initial_learning_rate * ((1 - alpha) * wave + alpha)\n"},
};

static const struct formula *formula_of(const struct schedule_part *part)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        const struct formula *f = &formulas[i];
        if (strcmp(f->type, part->type->name))
            continue;
        if (!f->needs || !isnan(part->param[schedule_param_find(part->type, f->needs)]))
            return f;
    }
    return NULL;
}

/* Whether the text has the name as a whole word. */
static bool mentions(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = strstr(text, name); p; p = strstr(p + 1, name)) {
        bool starts = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
        bool ends = !(isalnum((unsigned char)p[length]) || p[length] == '_');
        if (starts && ends)
            return true;
    }
    return false;
}

static void put_function(struct paste *paste, const struct schedule_part *as_given)
{
    const struct formula *formula = formula_of(as_given);
    struct schedule_part part = *as_given;
    if (formula->resolve)
        formula->resolve(&part);
    for (size_t i = 0; part.type->params[i].name; i++) {
        const struct schedule_param *param = &part.type->params[i];
        if (!mentions(formula->body, param->name))
            continue;
        put(paste, "    %s = ", param->name);
        put_value(paste, param, part.param[i]);
        put(paste, "\n");
    }
    if (part.type->list) {
        put(paste, "    %s = [", part.type->list);
        for (size_t i = 0; i < part.list_count; i++) {
            put(paste, "%s", i ? ", " : "");
            put_integer(paste, part.list[i]);
        }
        put(paste, "]\n");
    }
    put(paste, "%s", formula->body);
}

bool needs_math(const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        if (strstr(formula_of(&schedule->parts[i])->body, "math."))
            return true;
    }
    return false;
}

/* The parts of a chain are factors. */
static void put_product(struct paste *paste, const struct schedule *schedule)
{
    put(paste, "def lr_at(t):\n    return ");
    put_number(paste, schedule->parts[0].param[0]);
    for (size_t i = 0; i < schedule->part_count; i++)
        put(paste, " * part_%zu(t)", i + 1);
    put(paste, "\n\n\n");
}

void put_formula(struct paste *paste, const struct schedule *schedule)
{
    size_t last = schedule->part_count - 1;
    for (size_t i = 0; last && i <= last; i++) {
        struct schedule_part part = schedule->parts[i];
        if (schedule->chained)
            part.param[0] = 1;
        put(paste, "def part_%zu(t):\n", i + 1);
        put_function(paste, &part);
        put(paste, "\n\n");
    }
    if (last && schedule->chained) {
        put_product(paste, schedule);
        return;
    }
    put(paste, "def lr_at(t):\n");
    if (!last)
        put_function(paste, &schedule->parts[0]);
    for (size_t i = 0; i < last; i++) {
        put(paste, "    if t < %lld:\n        return part_%zu(t",
            (long long)schedule->milestones[i], i + 1);
        put(paste, i ? " - %lld)\n" : ")\n",
            i ? (long long)schedule->milestones[i - 1] : 0);
    }
    if (last)
        put(paste, "    return part_%zu(t - %lld)\n", last + 1,
            (long long)schedule->milestones[last - 1]);
    put(paste, "\n\n");
}
