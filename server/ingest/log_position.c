#include "ingest/log_position.h"

#include "ingest/log_shape.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* The more telling name first: "iter" counts batches, where mmengine's "step" is the
   epoch on validation rows. */
static const char *const epoch_names[] = {"epoch", "epochs", "ep", "round", NULL};
static const char *const step_names[] = {"iter",        "iteration", "iterations",
                                         "global_step", "step",      "steps",
                                         "s",           "it",        "current_steps",
                                         "train_step",  "batch",     NULL};
static const char *const index_names[] = {"", "unnamed: 0", "index", NULL};

bool log_is_state(const char *name)
{
    const char *const *const lists[] = {epoch_names, step_names, index_names};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const char *const *known = lists[i]; *known; known++) {
            if (!strcasecmp(name, *known))
                return true;
        }
    }
    return strcasestr(name, "lr") || strcasestr(name, "learning");
}

/* A column that may be x. */
struct axis {
    int column;     /* -1: there is none */
    double *value;  /* in each row; NaN where it has none */
    size_t present; /* rows that have it */
    size_t rises;   /* how often it grew */
    bool whole;     /* every value is an integer of 0 to STEP_MAX, and there is one */
};

static int find_column(const struct log_table *table, const char *const *names)
{
    for (; *names; names++) {
        for (size_t i = 0; i < table->names.count; i++) {
            if (!strcasecmp(table->names.name[i], *names))
                return (int)i;
        }
    }
    return -1;
}

static void summarize(struct axis *axis, size_t rows)
{
    double before = NAN;
    axis->whole = true;
    for (size_t i = 0; i < rows; i++) {
        double v = axis->value[i];
        if (isnan(v))
            continue;
        axis->present++;
        axis->rises += v > before;
        axis->whole &= v >= 0 && v <= (double)STEP_MAX && v == floor(v);
        before = v;
    }
    axis->whole &= axis->present > 0;
}

/* Finds the column by its names. False: the arena is full. */
static bool load(const struct log_table *table, const char *const *names,
                 struct axis *axis)
{
    *axis = (struct axis){.column = find_column(table, names)};
    axis->value = arena_array(table->arena, table->row_count + 1, sizeof *axis->value);
    if (!axis->value)
        return false;
    for (size_t row = 0; row < table->row_count; row++)
        axis->value[row] = NAN;
    for (size_t i = 0; i < table->cell_count; i++) {
        const struct log_cell *cell = &table->cells[i];
        if ((int)cell->column == axis->column)
            axis->value[cell->row] = cell->value;
    }
    summarize(axis, table->row_count);
    return true;
}

/* Whether the step begins again in each epoch. */
static bool is_local(const double *step, const double *epoch, size_t count)
{
    double top = NAN, last_epoch = NAN; /* top: the largest step of the epoch */
    size_t restarts = 0, epochs = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(step[i]) || isnan(epoch[i]))
            continue;
        bool next = epoch[i] > last_epoch;
        epochs += next;
        restarts += next && step[i] <= top;
        top = next ? step[i] : fmax(top, step[i]);
        last_epoch = epoch[i];
    }
    return restarts * 2 > epochs;
}

/* Gives x to the rows without. Lightning writes the learning rate of a step before the
   row that has its epoch, so a row with a step looks ahead; others belong to what came
   before.
 */
static void fill(double *x, const double *step, size_t rows)
{
    double next = NAN, before = NAN;
    for (size_t i = rows; step && i-- > 0;) {
        if (!isnan(x[i]))
            next = x[i];
        else if (!isnan(step[i]))
            x[i] = next;
    }
    for (size_t i = 0; i < rows; i++) {
        if (isnan(x[i]))
            x[i] = before;
        before = x[i];
    }
    for (size_t i = rows; i-- > 0;) {
        if (isnan(x[i]))
            x[i] = i + 1 < rows ? x[i + 1] : 0;
    }
}

/* x is what the axis says; steps: another axis to fill gaps by, or NULL. */
static bool take(const struct log_table *table, const struct axis *axis,
                 const double *steps, struct log_position *out)
{
    out->column = axis->column;
    out->x = arena_array(table->arena, table->row_count + 1, sizeof *out->x);
    fill(axis->value, steps, table->row_count);
    for (size_t i = 0; out->x && i < table->row_count; i++)
        out->x[i] = (int64_t)axis->value[i];
    return out->x;
}

/* x is the rows' own order; rows that share a fractional epoch share an x. */
static bool take_order(const struct log_table *table, const struct axis *epoch,
                       struct log_position *out)
{
    int64_t n = -1;
    out->column = -1;
    out->x = arena_array(table->arena, table->row_count + 1, sizeof *out->x);
    for (size_t i = 0; out->x && i < table->row_count; i++) {
        const double *value = epoch->value + i;
        bool same = i && epoch->present && (isnan(*value) || *value == value[-1]);
        n += !same;
        out->x[i] = n;
    }
    return out->x;
}

bool log_position(const struct log_table *table, struct log_position *out)
{
    struct axis epoch, step, index;
    if (!load(table, epoch_names, &epoch) || !load(table, step_names, &step) ||
        !load(table, index_names, &index))
        return false;
    bool has_step = step.whole &&
                    !(epoch.whole && is_local(step.value, epoch.value, table->row_count));
    bool enough = epoch.rises + 1 >= EPOCHS_ENOUGH || step.rises <= epoch.rises;
    *out = (struct log_position){.counts_steps = false};
    if (epoch.whole && (!has_step || enough)) {
        out->gathers = step.present > 0;
        return take(table, &epoch, step.present ? step.value : NULL, out);
    }
    out->counts_steps = has_step || epoch.present;
    if (has_step)
        return take(table, &step, NULL, out);
    if (!epoch.present && index.whole && index.rises)
        return take(table, &index, NULL, out);
    return take_order(table, &epoch, out);
}
