/* Private to the writers of Python: text into a fixed room, values as Python writes them,
   and what several frameworks share. */
#ifndef CORE_CODE_PASTE_H
#define CORE_CODE_PASTE_H

#include "core/code/code.h"

/* Text that is cut at the end of its room but counts on, as snprintf does. */
struct paste {
    char *out;
    size_t size, length;
};

void put(struct paste *paste, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A whole number with all its digits: 1e+15 is a float to Python, which range() and the
   schedulers' own checks refuse. */
void put_integer(struct paste *paste, double value);
/* The shortest digits that read back as the same number. */
void put_number(struct paste *paste, double value);
/* The same, but never as an integer: 1.0, 0.1, 1e-05. */
void put_float(struct paste *paste, double value);
/* "name", True, 0.1 or None */
void put_value(struct paste *paste, const struct schedule_param *param, double value);
/* Whether the parameter is a number of scheduler.step() calls. */
bool counts_steps(const struct schedule_param *param);

/* How a scheduler is written: each line begins with indent; each number of steps is
   followed by times, " * steps_per_epoch" where the framework counts updates and the
   schedule epochs, else "". */
struct place {
    const char *indent, *times;
};
#define TIMES_STEPS_PER_EPOCH " * steps_per_epoch"

/* `scheduler = ...(optimizer, ...)` with PyTorch's, Hugging Face's or timm's own class;
   LambdaLR(optimizer, lr_at) for a schedule that PyTorch has no class for, which wants
   put_formula() before. Nothing for a constant rate. */
void put_scheduler(struct paste *paste, const struct schedule *schedule,
                   const struct place *place);
bool has_lambda(const struct schedule *schedule);
/* The imports that it needs, `torch` among them. */
void put_imports(struct paste *paste, const struct schedule *schedule);

/* Whether the rate is the optimizer's own all along. */
bool is_constant(const struct schedule *schedule);
bool is_type(const struct schedule *schedule, const char *type);
/* Whether a part is of that framework: "transformers.", "timm.", "keras.". */
bool uses(const struct schedule *schedule, const char *framework);
/* The value of a parameter that the part's type has. */
double value_of(const struct schedule_part *part, const char *param);

/* ReduceLROnPlateau has no curve; it may watch what should rise. */
bool is_plateau(const struct schedule *schedule);
bool watches_a_rise(const struct schedule *schedule);

/* `def lr_at(t):`, the schedule as a Python function of its own steps, and whether it
   needs `import math`. Not for ReduceLROnPlateau. */
void put_formula(struct paste *paste, const struct schedule *schedule);
bool needs_math(const struct schedule *schedule);

/* One framework each; the request is in range. */
void put_pytorch(struct paste *paste, const struct schedule *schedule,
                 const struct code_request *request);
void put_lightning(struct paste *paste, const struct schedule *schedule,
                   const struct code_request *request);
void put_huggingface(struct paste *paste, const struct schedule *schedule,
                     const struct code_request *request);
void put_keras(struct paste *paste, const struct schedule *schedule,
               const struct code_request *request);

#endif
