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

/* The column's value in each row, NaN where it has none. */
static double *column_values(const struct log_table *table, int column)
{
    double *values = arena_array(table->arena, table->row_count + 1, sizeof *values);
    if (!values)
        return NULL;
    for (size_t row = 0; row < table->row_count; row++)
        values[row] = NAN;
    for (size_t i = 0; i < table->cell_count; i++) {
        if ((int)table->cells[i].column == column)
            values[table->cells[i].row] = table->cells[i].value;
    }
    return values;
}

struct summary {
    size_t present, rises, falls;
    bool whole; /* every value an integer of [0, STEP_MAX] */
};

static struct summary summarize(const double *values, size_t count)
{
    struct summary s = {.whole = true};
    double before = NAN;
    for (size_t i = 0; i < count; i++) {
        double v = values[i];
        if (isnan(v))
            continue;
        s.present++;
        s.rises += v > before;
        s.falls += v < before;
        s.whole &= v >= 0 && v <= (double)STEP_MAX && v == floor(v);
        before = v;
    }
    s.whole &= s.present > 0;
    return s;
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

/* Rows without an epoch: Lightning writes the learning rate of a step before the row that
   has its epoch, so a row with a step looks ahead. Other rows follow what came before. */
static void fill(double *x, const double *step, size_t count)
{
    double next = NAN, before = NAN;
    for (size_t i = count; step && i-- > 0;) {
        if (!isnan(x[i]))
            next = x[i];
        else if (!isnan(step[i]))
            x[i] = next;
    }
    for (size_t i = 0; i < count; i++) {
        if (isnan(x[i]))
            x[i] = before;
        before = x[i];
    }
    for (size_t i = count; i-- > 0;) {
        if (isnan(x[i]))
            x[i] = i + 1 < count ? x[i + 1] : 0;
    }
}

static bool set_x(const struct log_table *table, const double *values,
                  struct log_position *out)
{
    out->x = arena_array(table->arena, table->row_count + 1, sizeof *out->x);
    for (size_t i = 0; out->x && i < table->row_count; i++)
        out->x[i] = (int64_t)values[i];
    return out->x;
}

/* The rows' own order; rows that share a fractional epoch share an x. */
static void count_rows(double *x, const double *epoch, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (epoch && i && !(epoch[i] != epoch[i - 1]))
            n--;
        x[i] = (double)n++;
    }
}

bool log_position(const struct log_table *table, struct log_position *out)
{
    size_t rows = table->row_count;
    int epoch_column = find_column(table, epoch_names);
    int step_column = find_column(table, step_names);
    int index_column = find_column(table, index_names);
    double *epoch = column_values(table, epoch_column);
    double *step = column_values(table, step_column);
    double *index = column_values(table, index_column);
    if (!epoch || !step || !index)
        return false;
    struct summary epochs = summarize(epoch, rows), steps = summarize(step, rows);
    struct summary indices = summarize(index, rows);
    bool has_step = steps.whole && !(epochs.whole && is_local(step, epoch, rows));

    if (epochs.whole &&
        (!has_step || epochs.rises + 1 >= EPOCHS_ENOUGH || steps.rises <= epochs.rises)) {
        fill(epoch, steps.present ? step : NULL, rows);
        out->column = epoch_column;
        out->counts_steps = false;
        out->gathers = steps.present > 0;
        return set_x(table, epoch, out);
    }
    out->counts_steps = has_step || epochs.present;
    out->gathers = false;
    if (has_step) {
        fill(step, NULL, rows);
        out->column = step_column;
        return set_x(table, step, out);
    }
    if (!epochs.present && indices.whole && indices.rises) {
        fill(index, NULL, rows);
        out->column = index_column;
        return set_x(table, index, out);
    }
    out->column = -1;
    count_rows(index, epochs.present ? epoch : NULL, rows);
    return set_x(table, index, out);
}
