#include "api/app.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/table.h"
#include "base/limits.h"
#include "base/log.h"

#include <string.h>

static const char *const format_types[] = {
    "application/json",
    "text/csv; charset=utf-8",
    "application/x-ndjson",
};

/* A table on its way to the client: text that is made but not yet sent. In the
   exchange's arena. */
struct sending {
    struct http_exchange *x;
    struct table table;
    struct buf text;
    size_t sent;
    bool more;
};

static bool make_more(struct sending *s)
{
    struct err err = {0};
    buf_clear(&s->text);
    s->sent = 0;
    enum status status = table_page(&s->table, app_store(s->x), &s->text, &s->more, &err);
    if (status == ST_OK && !s->more)
        status = table_check(&s->table, app_store(s->x), &err);
    if (status != ST_OK || s->text.failed) {
        log_line(LOG_LEVEL_WARN, "table of %s: %s", s->table.run, err.text);
        return false;
    }
    if (!s->more)
        table_end(&s->table, &s->text);
    return true;
}

static ssize_t read_text(void *data, char *out, size_t max)
{
    struct sending *s = data;
    while (s->sent == s->text.length && s->more) {
        if (!make_more(s))
            return -2;
    }
    size_t left = s->text.length - s->sent;
    if (!left)
        return -1;
    size_t n = left < max ? left : max;
    memcpy(out, s->text.data + s->sent, n);
    s->sent += n;
    return (ssize_t)n;
}

static void close_text(void *data)
{
    struct sending *s = data;
    buf_release(&s->text);
}

/* Only the columns that are named, in the order of the table. */
static void choose_columns(struct table *table, const struct text_list *names)
{
    size_t kept = 0;
    for (size_t i = 0; names->count && i < table->column_count; i++) {
        bool named = false;
        for (size_t k = 0; k < names->count && !named; k++)
            named = strcmp(table->columns[i].name, names->items[k]) == 0;
        if (named)
            table->columns[kept++] = table->columns[i];
    }
    if (names->count)
        table->column_count = kept;
}

static enum status open_table(struct http_exchange *x, struct table *table,
                              struct err *err)
{
    int format = TABLE_JSON;
    struct step_range range;
    struct text_list metrics = {0};
    enum status status = param_choice(x, "format", table_format_names, &format, err);
    if (status == ST_OK)
        status = param_list(x, "metrics", SERIES_MAX, &metrics, err);
    if (status == ST_OK)
        status = param_range(x, &range, err);
    if (status == ST_OK)
        status = table_open(table, app_store(x), x->match.segments[0], &x->arena, err);
    if (status != ST_OK)
        return status;
    choose_columns(table, &metrics);
    table->format = (enum table_format)format;
    table->next = range.from;
    table->to = range.to;
    return ST_OK;
}

static enum status start_sending(struct http_exchange *x, struct err *err)
{
    struct sending *s = arena_alloc(&x->arena, sizeof *s);
    if (!s)
        return arena_full(err);
    enum status status = open_table(x, &s->table, err);
    if (status != ST_OK)
        return status;
    s->x = x;
    s->more = true;
    buf_init(&s->text, EXPORT_TEXT_BYTES_MAX);
    table_begin(&s->table, &s->text);
    x->content_type_out = format_types[s->table.format];
    if (s->table.format == TABLE_CSV) {
        char *name =
            arena_printf(&x->arena, "attachment; filename=\"%s.csv\"", s->table.run);
        if (name)
            http_header_add(x, "Content-Disposition", name);
    }
    x->source = (struct http_source){.read = read_text,
                                     .close = close_text,
                                     .data = s,
                                     .on_worker = true};
    return ST_OK;
}

void epochs_get(struct http_exchange *x)
{
    struct err err = {0};
    answer(x, start_sending(x, &err), &err);
}
