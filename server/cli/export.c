#include "api/table.h"
#include "base/limits.h"
#include "cli/database.h"
#include "cli/out.h"

#include <stdio.h>
#include <string.h>

enum { DB, FORMAT, OPTION_COUNT };

static const struct cli_option options[] = {
    [DB] = DATABASE_OPTION("; a server may be writing to it"),
    [FORMAT] = {"format", "NAME", "json, csv or ndjson (csv)"},
    {NULL, NULL, NULL},
};

static enum status write_pages(struct table *table, struct store *store, struct buf *text,
                               struct err *err)
{
    enum status status = ST_OK;
    bool more = true;
    table_begin(table, text);
    while (!status && more) {
        status = table_page(table, store, text, &more, err);
        if (!status && text->failed)
            status = err_set(err, ST_FAILED, "out_of_memory", "out of memory");
        if (!status && !out_send(text))
            return ST_OK; /* command_main says so */
    }
    if (!status)
        status = table_check(table, store, err);
    if (status)
        return status;
    table_end(table, text);
    out_send(text);
    return ST_OK;
}

static int write_run(const struct command *self, struct store *store, const char *run,
                     enum table_format format)
{
    struct table table;
    struct arena arena;
    struct buf text;
    struct err err = {0};
    arena_init(&arena, REQUEST_BYTES_MAX);
    buf_init(&text, EXPORT_TEXT_BYTES_MAX);
    enum status status = table_open(&table, store, run, &arena, &err);
    if (!status) {
        table.format = format;
        status = write_pages(&table, store, &text, &err);
    }
    buf_release(&text);
    arena_release(&arena);
    return status ? database_failed(self, status, &err) : EXIT_OK;
}

static int run_export(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **rest;
    int format = TABLE_CSV;
    struct store *store;
    struct err err = {0};
    int code = command_parse(self, argc, argv, values, &rest);
    if (code >= 0)
        return code;
    if (values[FORMAT])
        format = command_choice(self, "format", values[FORMAT], table_format_names);
    if (format < 0)
        return EXIT_USAGE;
    if (!*rest || rest[1]) {
        fprintf(stderr,
                "epochd export: %s (`epochd sql \"SELECT id FROM runs\"` lists "
                "them)\n",
                *rest ? "one run at a time" : "which run?");
        return EXIT_USAGE;
    }
    code = database_open(self, values[DB], STORE_READER, &store, &err);
    if (code >= 0)
        return code;
    code = write_run(self, store, *rest, (enum table_format)format);
    store_close(store);
    return code;
}

const struct command export_command = {
    .name = "export",
    .arguments = "RUN",
    .about = "write the epochs of a run as a table",
    .options = options,
    .run = run_export,
};
