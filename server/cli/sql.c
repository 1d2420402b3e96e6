#include "cli/database.h"
#include "cli/sql_out.h"
#include "store/store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATEMENT_BYTES_MAX ((size_t)1 << 20)
#define TEXT_BYTES_MAX      ((size_t)1 << 30) /* one row: SQLite has no longer ones */

enum { DB, FORMAT, OPTION_COUNT };

static const struct cli_option options[] = {
    [DB] = DATABASE_OPTION("; a server may be writing to it"),
    [FORMAT] = {"format", "NAME", "table, csv, json or ndjson (table)"},
    {NULL, NULL, NULL},
};

static void more_help(void)
{
    printf(
        "\nThe statement is SQLite's SQL; without one it is read from standard input.\n"
        "Nothing can be changed with it.\n\nTables:\n");
    for (const struct sql_table *t = sql_tables; t->name; t++)
        printf("  %s (%s)\n      %s\n", t->name, t->columns, t->about);
    printf("\nExamples:\n"
           "  epochd sql \"SELECT id, verdict FROM runs WHERE updated > '2026-11-01'\"\n"
           "  epochd sql \"SELECT step, value FROM points WHERE run = 'a' AND metric = "
           "'loss'\n              AND step BETWEEN 1000 AND 2000\"\n"
           "  epochd sql --format csv \"SELECT run, min(value) FROM points WHERE metric "
           "= 'val_loss'\n              GROUP BY run\"\n");
}

/* NULL: said why. */
static const struct sql_format *format_of(const struct command *self, const char *name)
{
    const char *names[8] = {NULL};
    for (size_t i = 0; sql_formats[i].name; i++)
        names[i] = sql_formats[i].name;
    int i = name ? command_choice(self, "format", name, names) : 0;
    return i < 0 ? NULL : &sql_formats[i];
}

/* False: said why. */
static bool read_statement(struct buf *text)
{
    size_t length = 1;
    if (isatty(STDIN_FILENO))
        fprintf(stderr, "epochd sql: write a statement, then Ctrl-D\n");
    while (length) {
        char *room = buf_reserve(text, 1 << 16);
        length = room ? fread(room, 1, 1 << 16, stdin) : 0;
        text->length += length;
    }
    if (!text->failed && !ferror(stdin)) {
        buf_add_char(text, '\0');
        return true;
    }
    fprintf(stderr, "epochd sql: standard input: %s\n",
            text->failed ? "longer than a statement may be" : strerror(errno));
    return false;
}

static int ask(const struct command *self, struct store *store, const char *statement,
               const struct sql_format *format)
{
    struct sql_out out = {.format = format};
    struct sql_reader reader = {&out, sql_out_columns, sql_out_row};
    struct err err = {0};
    buf_init(&out.text, TEXT_BYTES_MAX);
    buf_init(&out.waiting, TEXT_BYTES_MAX);
    enum status status = store_sql(store, statement, &reader, &err);
    if (!status && (out.text.failed || out.waiting.failed))
        status = err_set(&err, ST_FAILED, "out_of_memory", "out of memory");
    if (!status)
        sql_out_end(&out);
    sql_out_release(&out);
    return status ? database_failed(self, status, &err) : EXIT_OK;
}

static int answer(const struct command *self, const char *file, const char *statement,
                  const struct sql_format *format)
{
    struct store *store;
    struct buf text;
    struct err err = {0};
    buf_init(&text, STATEMENT_BYTES_MAX);
    int code = -1;
    if (!statement)
        code = read_statement(&text) ? -1 : EXIT_USAGE;
    if (code < 0)
        code = database_open(self, file, STORE_READER, &store, &err);
    if (code < 0) {
        code = ask(self, store, statement ? statement : text.data, format);
        store_close(store);
    }
    buf_release(&text);
    return code;
}

static int run_sql(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    int code = command_parse(self, argc, argv, values, &rest);
    if (code >= 0)
        return code;
    const struct sql_format *format = format_of(self, values[FORMAT]);
    if (!format)
        return EXIT_USAGE;
    if (*rest && rest[1]) {
        fprintf(stderr, "epochd sql: one statement, in quotes: \"SELECT ...\"\n");
        return EXIT_USAGE;
    }
    return answer(self, values[DB], *rest, format);
}

const struct command sql_command = {
    .name = "sql",
    .arguments = "[\"SELECT ...\"]",
    .about = "answer a question about runs and their points in SQL",
    .options = options,
    .more_help = more_help,
    .run = run_sql,
};
