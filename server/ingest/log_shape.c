#include "ingest/log_shape.h"

#include "core/role.h"
#include "ingest/log_derive.h"
#include "ingest/log_position.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A column with one value beside curves is a summary (test_loss, train_runtime). */
#define CURVE_ROWS 5

struct span {
    size_t from, to; /* rows from <= row < to */
    size_t progress; /* how often x rose above all before */
};

/* The longest run, and how many there are. x falling back to where its run began starts a
   new one; falling back to a later place is a resumed job that overwrites its end. */
static struct span longest_run(const int64_t *x, size_t rows, size_t *runs)
{
    struct span best = {0, 0, 0}, now = {0, 0, 0};
    int64_t first = 0, top = -1;
    *runs = 0;
    for (size_t i = 0; i < rows; i++) {
        if (i == 0 || (x[i] <= first && x[i] < x[i - 1])) {
            now = (struct span){i, i, 0};
            first = x[i];
            top = -1;
            (*runs)++;
        }
        now.to = i + 1;
        now.progress += x[i] > top;
        top = x[i] > top ? x[i] : top;
        if (now.progress > best.progress || now.from == best.from)
            best = now;
    }
    return best;
}

static int compare_x(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The distinct x of the run, rising. */
static bool set_steps(struct logfile *out, const int64_t *x, struct span run,
                      struct arena *arena)
{
    size_t count = run.to - run.from;
    out->step = arena_array(arena, count + 1, sizeof *out->step);
    if (!out->step)
        return false;
    memcpy(out->step, x + run.from, count * sizeof *x);
    qsort(out->step, count, sizeof *out->step, compare_x);
    for (size_t i = 0; i < count; i++) {
        if (!i || out->step[i] != out->step[i - 1])
            out->step[out->row_count++] = out->step[i];
    }
    return true;
}

static size_t row_of(const struct logfile *log, int64_t x)
{
    const int64_t *found =
        bsearch(&x, log->step, log->row_count, sizeof *log->step, compare_x);
    return (size_t)(found - log->step);
}

struct fill {
    const struct log_table *table;
    const struct log_position *position;
    struct span run;
    struct logfile *log;
    size_t *row;      /* of the log, for each row of the run */
    uint32_t *counts; /* per column and row: values that were added up */
};

/* Puts every cell of the run in its place. */
static void fill_columns(struct fill *fill)
{
    struct logfile *log = fill->log;
    for (size_t i = 0; i < fill->table->cell_count; i++) {
        const struct log_cell *cell = &fill->table->cells[i];
        if (cell->row < fill->run.from || cell->row >= fill->run.to)
            continue;
        size_t row = fill->row[cell->row - fill->run.from];
        struct logfile_column *column = &log->columns[cell->column];
        bool adds = fill->position->gathers && !log_is_state(column->name);
        uint32_t *n = &fill->counts[cell->column * log->row_count + row];
        *n = adds ? *n + 1 : 1;
        column->value[row] =
            *n == 1 ? cell->value
                    : column->value[row] + (cell->value - column->value[row]) / *n;
        column->present[row] = true;
    }
}

static bool alloc_columns(struct fill *fill)
{
    struct logfile *log = fill->log;
    struct arena *arena = fill->table->arena;
    size_t columns = fill->table->names.count, rows = log->row_count;
    log->columns = arena_array(arena, columns + LOG_DERIVED_MAX, sizeof *log->columns);
    fill->counts = arena_array(arena, columns * rows + 1, sizeof *fill->counts);
    fill->row = arena_array(arena, fill->run.to - fill->run.from + 1, sizeof *fill->row);
    if (!log->columns || !fill->counts || !fill->row)
        return false;
    for (size_t i = fill->run.from; i < fill->run.to; i++)
        fill->row[i - fill->run.from] = row_of(log, fill->position->x[i]);
    for (size_t i = 0; i < columns; i++) {
        struct logfile_column *column = &log->columns[i];
        column->name = fill->table->names.name[i];
        column->value = arena_array(arena, rows + 1, sizeof *column->value);
        column->present = arena_array(arena, rows + 1, sizeof *column->present);
        if (!column->value || !column->present)
            return false;
        for (size_t row = 0; row < rows; row++)
            column->value[row] = NAN;
    }
    log->column_count = columns;
    return true;
}

static size_t count_present(const struct logfile_column *column, size_t rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++)
        n += column->present[i];
    return n;
}

/* Leaves out x itself, columns of other runs, and lone values beside curves. */
static void drop_columns(struct logfile *log, int x_column)
{
    size_t longest = 0, kept = 0;
    for (size_t i = 0; i < log->column_count; i++) {
        size_t present = count_present(&log->columns[i], log->row_count);
        if ((int)i != x_column && present > longest)
            longest = present;
    }
    size_t least = longest >= CURVE_ROWS ? 2 : 1;
    for (size_t i = 0; i < log->column_count; i++) {
        struct logfile_column *column = &log->columns[i];
        if ((int)i == x_column || !*column->name ||
            count_present(column, log->row_count) < least)
            continue;
        log->columns[kept++] = *column;
    }
    log->column_count = kept;
}

/* Whether any column plays a part in a training run. */
static bool has_role(const struct logfile *log, struct arena *arena)
{
    int role[ROLE_COUNT];
    const char **names = arena_array(arena, log->column_count + 1, sizeof *names);
    for (size_t i = 0; names && i < log->column_count; i++)
        names[i] = log->columns[i].name;
    if (names)
        roles_find(names, log->column_count, role);
    for (size_t i = 0; names && i < ROLE_COUNT; i++) {
        if (role[i] >= 0)
            return true;
    }
    return false;
}

static enum status too_large(struct err *err)
{
    return err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
}

enum status log_shape(struct log_table *table, struct logfile *out, struct err *err)
{
    struct log_position position;
    if (table->failed || !log_position(table, &position))
        return too_large(err);
    struct fill fill = {.table = table, .position = &position, .log = out};
    fill.run = longest_run(position.x, table->row_count, &out->runs);
    out->row_count = 0;
    out->counts_steps = position.counts_steps;
    if (!set_steps(out, position.x, fill.run, table->arena) || !alloc_columns(&fill))
        return too_large(err);
    fill_columns(&fill);
    drop_columns(out, position.column);
    if (!out->column_count)
        return err_set(err, ST_MALFORMED, "not_a_log", "there is no column of numbers");
    if (position.column < 0 && (out->row_count < 2 || !has_role(out, table->arena)))
        return err_set(err, ST_MALFORMED, "not_a_log",
                       "it names no epoch, no step, no loss and no metric");
    return ST_OK;
}
