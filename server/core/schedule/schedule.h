/* Learning-rate schedules as functions of the step: the reference curve of a run.

   t counts completed scheduler.step() calls; the first logged epoch has t = 0. Values
   equal the framework's own closed form to 1e-12 relative, on every t >= 0, past the end
   too. Everything here is pure; nothing allocates. */
#ifndef CORE_SCHEDULE_SCHEDULE_H
#define CORE_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_PARAMS_MAX 12
#define SCHEDULE_LIST_MAX                                                               \
    150 /* milestones of a MultiStepLR, falls of a plateau: factor 0.9 from 0.1 down to \
           eps makes 131 */
#define SCHEDULE_PARTS_MAX 8 /* schedulers inside a SequentialLR */

enum schedule_unit {
    SCHEDULE_EPOCH,
    SCHEDULE_STEP
}; /* what one scheduler.step() counts */

/* One parameter of a type, named as the framework names it. */
struct schedule_param {
    const char *name; /* "T_max" */
    bool required;
    bool optional; /* may be left out for good: its value is then NaN */
    bool integer;
    const char *const *words; /* a choice: the value is an index into these, NULL-ended;
                                 NULL: a number */
    double value_default;     /* when neither required nor optional */
    double min;               /* smallest allowed value; min_open: itself not allowed */
    bool min_open;
    double max; /* largest allowed value; 0: no limit */
};
/* The words of a parameter that is True or False. */
extern const char *const schedule_false_true[];

/* What the learning rate does after schedule_length() steps. */
enum schedule_past {
    SCHEDULE_STAYS,    /* holds its last value */
    SCHEDULE_CLIMBS,   /* climbs back, as plain cosine annealing does */
    SCHEDULE_RESTARTS, /* jumps back to base_lr and falls again */
    SCHEDULE_ENDS,     /* the framework raises an error; here the last value is held */
    SCHEDULE_GOES_ON   /* has no end: length is 0 */
};

struct schedule_part;
struct schedule_stretch; /* private: what a formula looks up once for many t */

/* One row of the table of types. Parameter 0 is the rate of the optimizer (base_lr), or
   what the type names in its place (max_lr, initial_learning_rate). */
struct schedule_type {
    const char *name;  /* "CosineAnnealingLR" */
    const char *about; /* one sentence with the formula's source */
    const char *list;  /* name of its list parameter ("milestones"), or NULL */
    const char *code; /* its constructor as Python writes it; NULL: no scheduler needed */
    bool gradual;     /* comes down over its length bit by bit, not in steps */
    bool alone;       /* sets the rate by itself: no part of a SequentialLR */
    bool multiplies;  /* only ever multiplies the rate: may be in a ChainedScheduler */
    enum schedule_past past;
    struct schedule_param params[SCHEDULE_PARAMS_MAX + 1]; /* ends with name == NULL */
    const char *length_param; /* the one that says how long it is, or NULL */
    const char *floor_param;  /* the one that says how low it gets, as a rate, or NULL */
    /* The learning rate after t steps; part holds valid parameters in table order. A type
       that has something to look up first has the two below in its place. */
    double (*lr)(const struct schedule_part *part, double t);
    void (*stretch)(const struct schedule_part *part, double t,
                    struct schedule_stretch *out);
    double (*along)(const struct schedule_stretch *stretch, double t);
    double (*length)(const struct schedule_part *part); /* NULL: no end */
    /* Whether it may jump between t and t + 1; NULL: never. */
    bool (*jumps)(const struct schedule_part *part, double t);
    /* What no single parameter's range can say: NULL when valid, else the parameter and
       why. NULL: nothing to check. */
    const char *(*check)(const struct schedule_part *part, const char **why);
};

/* The rows one by one; NULL beyond the last. SequentialLR and ChainedScheduler are not
   among them: they are a struct schedule with several parts. */
const struct schedule_type *schedule_type_at(size_t i);
const struct schedule_type *schedule_type_find(const char *name); /* NULL when unknown */
/* Whose it is: "PyTorch", "Hugging Face", "timm", "Keras"; NULL: not of the table. */
const char *schedule_framework(const struct schedule_type *type);
/* Index in type->params, or -1. */
int schedule_param_find(const struct schedule_type *type, const char *name);
/* Index of a word among those of a parameter, or -1. */
int schedule_word_find(const struct schedule_param *param, const char *word);

struct schedule_part {
    const struct schedule_type *type;
    double param[SCHEDULE_PARAMS_MAX]; /* in the order of type->params */
    double list[SCHEDULE_LIST_MAX];    /* rising; of ReduceLROnPlateau: where it fell */
    size_t list_count;
};

/* A schedule: one part, or several, of which part i + 1 takes over at milestone[i] with
   its own t starting at 0 (torch.optim.lr_scheduler.SequentialLR), or that all step
   together, base_lr times the factor of each (ChainedScheduler). All parts share one
   base_lr: an optimizer has only one. part_count 0 = none. */
struct schedule {
    enum schedule_unit unit;
    bool chained; /* milestones are not used */
    struct schedule_part parts[SCHEDULE_PARTS_MAX];
    size_t part_count;
    int64_t milestones[SCHEDULE_PARTS_MAX];
};

/* A part with all defaults filled in; required and optional parameters are NaN until set.
 */
struct schedule_part schedule_part_default(const struct schedule_type *type);

/* NULL when the schedule is valid, otherwise which parameter is wrong; *why gets a short
   reason such as "must be at least 1". One that is missing "is required", and maybe more.
 */
const char *schedule_check(const struct schedule *schedule, const char **why);
/* The same of one part by itself. */
const char *schedule_part_check(const struct schedule_part *part, const char **why);

/* The learning rate after t steps, t >= 0. The schedule must be valid. */
double schedule_lr(const struct schedule *schedule, double t);
/* The same of one part, in its own count. */
double schedule_part_lr(const struct schedule_part *part, double t);
/* out[i] = schedule_lr(first + i) for i < count, to the last bit; first >= 0. Fast: what
   holds for a stretch of steps is looked up once. */
void schedule_curve(const struct schedule *schedule, int64_t first, size_t count,
                    double *out);

/* "SequentialLR", "ChainedScheduler", or what its one part is called. */
const char *schedule_name(const struct schedule *schedule);
/* Steps until the schedule has done its one descent (T_max, total_iters, the last
   milestone, the end of the first warm-restart cycle), at most 2^53 - 1; 0 when it has no
   end. */
double schedule_length(const struct schedule *schedule);
/* Whether the learning rate may legally jump between t and t + 1 (a step, a restart). */
bool schedule_jumps(const struct schedule *schedule, double t);

/* Sentences a person should know before using it over `steps` steps (what happens past
   T_max, ...). Writes up to max of them into out; returns how many. */
#define SCHEDULE_NOTE_MAX 240
size_t schedule_notes(const struct schedule *schedule, int64_t steps,
                      char (*out)[SCHEDULE_NOTE_MAX], size_t max);

#endif
