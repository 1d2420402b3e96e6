#include "ingest/log_table.h"

#include "base/text.h"
#include "ingest/log_position.h"
#include "ingest/number.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void log_table_init(struct log_table *table, struct arena *arena)
{
    *table = (struct log_table){.arena = arena, .cell_capacity = 256};
    table->cells = arena_array(arena, table->cell_capacity, sizeof *table->cells);
    table->failed = !table->cells || !names_init(&table->names, arena, (uintptr_t)table);
}

/* Index of the column, or -1 when it is none. */
static int column_of(struct log_table *table, const char *name, size_t length)
{
    while (length && (*name == ' ' || *name == '\t')) {
        name++;
        length--;
    }
    while (length && (name[length - 1] == ' ' || name[length - 1] == '\t'))
        length--;
    if (length > METRIC_NAME_MAX || !text_is_printable(name, length))
        return -1;
    int column = names_find(&table->names, name, length);
    if (column >= 0 || table->names.count == RUN_METRICS_MAX)
        return column;
    column = names_add(&table->names, name, length);
    table->failed |= column < 0;
    return column;
}

void log_cell_at(struct log_table *table, size_t row, const char *name, size_t length,
                 double value)
{
    if (table->failed || row >= UINT32_MAX)
        return;
    int column = column_of(table, name, length);
    if (column < 0)
        return;
    if (table->cell_count == table->cell_capacity) {
        struct log_cell *larger =
            arena_array(table->arena, table->cell_capacity * 2, sizeof *larger);
        table->failed = !larger;
        if (!larger)
            return;
        memcpy(larger, table->cells, table->cell_count * sizeof *larger);
        table->cells = larger;
        table->cell_capacity *= 2;
    }
    table->cells[table->cell_count++] =
        (struct log_cell){(uint32_t)row, (uint32_t)column, value};
    if (row >= table->row_count)
        table->row_count = row + 1;
}

void log_row_begin(struct log_table *table)
{
    table->first_cell = table->cell_count;
    table->validates = false;
}

void log_value(struct log_table *table, const char *name, size_t length, double value)
{
    size_t rows = table->row_count;
    log_cell_at(table, rows, name, length, value);
    table->row_count = rows; /* the row counts when it ends */
}

static bool is_one_of(const char *text, size_t length, const char *const *words)
{
    for (; *words; words++) {
        if (strlen(*words) == length && !strncasecmp(text, *words, length))
            return true;
    }
    return false;
}

void log_word(struct log_table *table, const char *name, size_t length, const char *word,
              size_t word_length)
{
    static const char *const modes[] = {"mode", "phase", "split", "set", "subset", NULL};
    static const char *const validations[] = {"val",  "valid", "validation", "eval",
                                              "test", "dev",   NULL};
    double number;
    if (is_one_of(name, length, modes))
        table->validates |= is_one_of(word, word_length, validations);
    else if (log_number(word, word_length, &number))
        log_value(table, name, length, number);
}

/* The values of a validation row under names that say so. */
static void rename_cells(struct log_table *table)
{
    size_t end = table->cell_count;
    for (size_t i = table->first_cell; i < end; i++) {
        struct log_cell *cell = &table->cells[i];
        const char *name = table->names.name[cell->column];
        char longer[METRIC_NAME_MAX + 1];
        if (log_is_state(name) || strcasestr(name, "val"))
            continue;
        int length = snprintf(longer, sizeof longer, "val_%s", name);
        int column =
            length < (int)sizeof longer ? column_of(table, longer, (size_t)length) : -1;
        if (column >= 0)
            cell->column = (uint32_t)column;
    }
}

void log_row_end(struct log_table *table)
{
    if (table->validates)
        rename_cells(table);
    if (table->cell_count > table->first_cell)
        table->row_count++;
    table->first_cell = table->cell_count;
}

bool log_number(const char *text, size_t length, double *out)
{
    struct number number;
    if (length > 1 && text[length - 1] == '%')
        length--;
    if (!number_cell(text, length, &number))
        return false;
    *out = number.value;
    return true;
}
