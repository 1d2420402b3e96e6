#include "ingest/log_derive.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

static bool has_column(const struct logfile *log, const char *const *names)
{
    for (; *names; names++) {
        for (size_t i = 0; i < log->column_count; i++) {
            if (!strcasecmp(log->columns[i].name, *names))
                return true;
        }
    }
    return false;
}

/* A new column without values, or NULL: the arena is full. */
static struct logfile_column *add_column(struct logfile *log, const char *name,
                                         struct arena *arena)
{
    struct logfile_column *column = &log->columns[log->column_count];
    column->name = name;
    column->value = arena_array(arena, log->row_count + 1, sizeof *column->value);
    column->present = arena_array(arena, log->row_count + 1, sizeof *column->present);
    if (!column->value || !column->present)
        return NULL;
    for (size_t i = 0; i < log->row_count; i++)
        column->value[i] = NAN;
    log->column_count++;
    return column;
}

/* --- losses --- */

struct total {
    const char *name, *prefix; /* parts begin with prefix and end with "loss" */
    const char *known[5];      /* the total under its usual names */
};

static const struct total totals[] = {
    {"train_loss", "train/", {"train_loss", "train/loss", "loss", "total_loss", NULL}},
    {"val_loss", "val/", {"val_loss", "val/loss", "valid_loss", "eval_loss", NULL}},
};

static bool is_part(const char *name, const char *prefix)
{
    size_t length = strlen(name);
    return !strncasecmp(name, prefix, strlen(prefix)) && length > strlen(prefix) + 4 &&
           !strcasecmp(name + length - 4, "loss");
}

/* Row by row; a row has a total when it has every part. */
static bool add_total(struct logfile *log, const struct total *total, struct arena *arena)
{
    size_t parts = 0, count = log->column_count;
    for (size_t i = 0; i < count; i++)
        parts += is_part(log->columns[i].name, total->prefix);
    if (!parts || has_column(log, total->known))
        return true;
    struct logfile_column *sum = add_column(log, total->name, arena);
    if (!sum)
        return false;
    for (size_t row = 0; row < log->row_count; row++) {
        double value = 0;
        bool present = true;
        for (size_t i = 0; i < count; i++) {
            if (!is_part(log->columns[i].name, total->prefix))
                continue;
            present &= log->columns[i].present[row];
            value += log->columns[i].value[row];
        }
        sum->present[row] = present;
        sum->value[row] = present ? value : NAN;
    }
    return true;
}

/* --- the learning rate --- */

/* "lr" as a word of its own: lr/pg0, x/lr0, lr-Adam, current_lr, but not "vlr". */
static bool is_rate(const char *name)
{
    for (const char *p = strcasestr(name, "lr"); p; p = strcasestr(p + 1, "lr")) {
        if ((p == name || !isalnum((unsigned char)p[-1])) &&
            !isalpha((unsigned char)p[2]))
            return true;
    }
    return false;
}

static double first_value(const struct logfile_column *column, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        if (column->present[i] && isfinite(column->value[i]))
            return column->value[i];
    }
    return INFINITY;
}

static bool add_rate(struct logfile *log, struct arena *arena)
{
    static const char *const known[] = {"lr",       "learning_rate", "learning rate",
                                        "train_lr", "train/lr",      NULL};
    const struct logfile_column *best = NULL;
    double lowest = INFINITY;
    for (size_t i = 0; i < log->column_count; i++) {
        const struct logfile_column *column = &log->columns[i];
        double first = first_value(column, log->row_count);
        if (!is_rate(column->name) || first >= lowest)
            continue;
        best = column;
        lowest = first;
    }
    if (!best || has_column(log, known))
        return true;
    struct logfile_column *rate = add_column(log, "lr", arena);
    if (!rate)
        return false;
    memcpy(rate->value, best->value, log->row_count * sizeof *rate->value);
    memcpy(rate->present, best->present, log->row_count * sizeof *rate->present);
    return true;
}

bool log_derive(struct logfile *log, struct arena *arena)
{
    static_assert(sizeof totals / sizeof *totals + 1 == LOG_DERIVED_MAX, "room");
    bool ok = true;
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        ok = ok && add_total(log, &totals[i], arena);
    return ok && add_rate(log, arena);
}
