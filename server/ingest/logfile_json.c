/* JSON documents (trainer_state.json, Keras histories, lists of records) and JSON lines
   (MMEngine, detectron2, MAE): whatever of them is a list of objects with numbers, or an
   object of lists of numbers. */
#include "ingest/logfile_readers.h"

#include "base/limits.h"
#include "ingest/json_scan.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 512

struct path {
    char text[PATH_MAX_BYTES];
    size_t length;
};

struct reader {
    struct json_scan scan;
    struct log_table *best;   /* the list of objects with the most rows */
    struct log_table columns; /* lists of numbers, by name */
    struct log_table keyed;   /* objects under numbers: {"1": {"loss": 0.5}} */
    struct path path;
};

/* Adds a key to the path; returns the length to go back to. */
static size_t path_push(struct path *path, const struct json_token *key)
{
    size_t before = path->length;
    size_t room = sizeof path->text - before;
    if (key->length + 1 >= room)
        return before;
    if (before)
        path->text[path->length++] = '/';
    path->length += json_unescape(key, path->text + path->length);
    return before;
}

static void put_scalar(struct log_table *table, const struct path *path,
                       const struct json_token *token)
{
    if (token->kind == JSON_NUMBER)
        log_value(table, path->text, path->length, token->number);
    else if (token->kind == JSON_STRING)
        log_word(table, path->text, path->length, token->text, token->length);
}

/* The members of an object whose brace was read, nested ones as "a/b"; lists are passed
   over. Iterative: the way back up is the stack of path lengths. */
static bool read_members(struct json_scan *scan, struct log_table *table,
                         struct path *path)
{
    size_t lengths[JSON_DEPTH_MAX + 1] = {0};
    unsigned outside = scan->depth - 1;
    struct json_token token;
    lengths[scan->depth] = path->length;
    while (scan->depth > outside) {
        if (json_next(scan, &token, NULL))
            return false;
        if (token.kind == JSON_OBJECT_END)
            continue;
        path->length = lengths[scan->depth];
        path_push(path, &token);
        if (json_next(scan, &token, NULL))
            return false;
        if (token.kind == JSON_OBJECT_BEGIN)
            lengths[scan->depth] = path->length;
        else if (json_skip(scan, &token, NULL))
            return false;
        else
            put_scalar(table, path, &token);
    }
    return true;
}

static bool read_row(struct json_scan *scan, struct log_table *table)
{
    struct path path = {.length = 0};
    log_row_begin(table);
    bool ok = read_members(scan, table, &path);
    log_row_end(table);
    return ok;
}

/* --- one document --- */

static bool walk(struct reader *reader, const struct json_token *token);

/* The rest of a list whose first element is the object that `token` begins. */
static bool walk_rows(struct reader *reader, const struct json_token *first)
{
    struct log_table *rows = arena_alloc(reader->columns.arena, sizeof *rows);
    struct json_token token = *first;
    if (!rows)
        return false;
    log_table_init(rows, reader->columns.arena);
    while (token.kind != JSON_ARRAY_END) {
        bool ok = token.kind == JSON_OBJECT_BEGIN
                      ? read_row(&reader->scan, rows)
                      : !json_skip(&reader->scan, &token, NULL);
        if (!ok || json_next(&reader->scan, &token, NULL))
            return false;
    }
    if (!reader->best || rows->row_count > reader->best->row_count)
        reader->best = rows;
    return true;
}

/* The rest of a list of numbers: a column named by the path. */
static bool walk_column(struct reader *reader, const struct json_token *first)
{
    struct json_token token = *first;
    for (size_t i = 0; token.kind != JSON_ARRAY_END; i++) {
        if (token.kind == JSON_NUMBER)
            log_cell_at(&reader->columns, i, reader->path.text, reader->path.length,
                        token.number);
        if (json_skip(&reader->scan, &token, NULL) ||
            json_next(&reader->scan, &token, NULL))
            return false;
    }
    return true;
}

static bool walk_list(struct reader *reader)
{
    struct json_token token;
    if (json_next(&reader->scan, &token, NULL))
        return false;
    if (token.kind == JSON_OBJECT_BEGIN)
        return walk_rows(reader, &token);
    return walk_column(reader, &token);
}

static bool is_digits(const struct json_token *key)
{
    for (size_t i = 0; i < key->length; i++) {
        if (key->text[i] < '0' || key->text[i] > '9')
            return false;
    }
    return key->length > 0 && key->length < 16;
}

/* An object under a number: the number is its epoch. */
static bool walk_keyed(struct reader *reader, const struct json_token *key)
{
    double epoch;
    struct path path = {.length = 0};
    log_row_begin(&reader->keyed);
    if (log_number(key->text, key->length, &epoch))
        log_value(&reader->keyed, "epoch", strlen("epoch"), epoch);
    bool ok = read_members(&reader->scan, &reader->keyed, &path);
    log_row_end(&reader->keyed);
    return ok;
}

static bool walk_object(struct reader *reader)
{
    for (;;) {
        struct json_token key, value;
        if (json_next(&reader->scan, &key, NULL))
            return false;
        if (key.kind == JSON_OBJECT_END)
            return true;
        if (json_next(&reader->scan, &value, NULL))
            return false;
        size_t before = path_push(&reader->path, &key);
        bool ok = value.kind == JSON_OBJECT_BEGIN && is_digits(&key)
                      ? walk_keyed(reader, &key)
                      : walk(reader, &value);
        reader->path.length = before;
        if (!ok)
            return false;
    }
}

/* Recursion ends at JSON_DEPTH_MAX, which the scanner enforces. */
static bool walk(struct reader *reader, const struct json_token *token)
{
    if (token->kind == JSON_OBJECT_BEGIN)
        return walk_object(reader);
    if (token->kind == JSON_ARRAY_BEGIN)
        return walk_list(reader);
    return true;
}

/* What all column names begin with up to a '/', e.g. "history/": says nothing. */
static void strip_common_path(struct names *names)
{
    if (!names->count)
        return;
    size_t common = 0;
    for (size_t i = 0; names->name[0][i]; i++) {
        if (names->name[0][i] != '/')
            continue;
        for (size_t n = 1; n < names->count; n++) {
            if (strncmp(names->name[n], names->name[0], i + 1))
                goto done;
        }
        common = i + 1;
    }
done:
    for (size_t n = 0; n < names->count; n++)
        names->name[n] += common;
}

static const char *read_document(const struct log_text *text, struct log_table *table)
{
    struct reader reader = {.best = NULL};
    struct json_token token;
    log_table_init(&reader.columns, table->arena);
    log_table_init(&reader.keyed, table->arena);
    json_scan_init(&reader.scan, text->text, text->length, 1);
    if (json_next(&reader.scan, &token, NULL) || !walk(&reader, &token) ||
        json_next(&reader.scan, &token, NULL))
        return NULL;
    strip_common_path(&reader.columns.names);
    const char *format = "json_history";
    struct log_table *found = &reader.columns;
    if (reader.keyed.row_count > found->row_count)
        found = &reader.keyed;
    if (reader.best && reader.best->row_count > found->row_count) {
        found = reader.best;
        format = "json_records";
    }
    *table = *found;
    return format;
}

/* --- lines --- */

/* Lines that are no object (torn, or words between) are passed over. */
static size_t read_lines(const struct log_text *text, struct log_table *table)
{
    const char *p = text->text, *end = p + text->length;
    size_t objects = 0;
    while (p < end && !table->failed) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        struct json_scan scan;
        struct json_token token;
        if (!stop)
            stop = end;
        json_scan_init(&scan, p, (size_t)(stop - p), 1);
        if (!json_next(&scan, &token, NULL) && token.kind == JSON_OBJECT_BEGIN)
            objects += read_row(&scan, table);
        p = stop + 1;
    }
    return objects;
}

const char *log_read_json(const struct log_text *text, struct log_table *table,
                          const char **why)
{
    const char *p = text->text, *end = p + text->length;
    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    if (p == end || (*p != '{' && *p != '['))
        return NULL;
    const char *format = read_document(text, table);
    if (format && table->row_count > 1)
        return memmem(text->text, text->length, "\"log_history\"", 13) ? "trainer_state"
                                                                       : format;
    *why = "JSON, but no list of records and no lists of numbers in it";
    log_table_init(table, table->arena);
    return read_lines(text, table) ? "jsonl" : NULL;
}
