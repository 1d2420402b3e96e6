#include "api/app.h"
#include "api/handlers.h"
#include "api/param.h"
#include "api/run_json.h"
#include "api/table.h"
#include "base/limits.h"
#include "base/log.h"

#include <string.h>

static const char *const format_names[] = {"json", "csv", "ndjson", NULL};
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
    int64_t run_key; /* a run of the same name made since is another */
    struct buf text;
    size_t sent;
    bool more;
};

/* A run that was purged meanwhile has no points left: that is no end of its table. */
static enum status still_there(struct sending *s, struct err *err)
{
    struct run run;
    struct arena arena;
    arena_init(&arena, REQUEST_BYTES_MAX);
    enum status status =
        store_run_get(app_store(s->x), s->table.run, true, &arena, &run, err);
    if (status == ST_OK && run.key != s->run_key)
        status = err_set(err, ST_NOT_FOUND, "run_not_found", "it was purged meanwhile");
    arena_release(&arena);
    return status;
}

static bool make_more(struct sending *s)
{
    struct err err = {0};
    buf_clear(&s->text);
    s->sent = 0;
    enum status status = table_page(&s->table, app_store(s->x), &s->text, &s->more, &err);
    if (status == ST_OK && !s->more)
        status = still_there(s, &err);
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

static void add_column(struct table *table, const struct metric *metric)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].key == metric->key)
            return;
    }
    table->columns[table->column_count++] = *metric;
}

/* train_loss, val_loss, lr, then the others in order of appearance. */
static enum status order_columns(const struct run_view *view, struct arena *arena,
                                 struct table *table, struct err *err)
{
    static const enum role first[] = {ROLE_TRAIN_LOSS, ROLE_VAL_LOSS, ROLE_LR};
    table->columns = arena_array(arena, view->metric_count + 1, sizeof *table->columns);
    if (!table->columns)
        return arena_full(err);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        if (view->role[first[i]] >= 0)
            add_column(table, &view->metrics[view->role[first[i]]]);
    }
    for (size_t i = 0; i < view->metric_count; i++)
        add_column(table, &view->metrics[i]);
    return ST_OK;
}

static enum status open_table(struct http_exchange *x, struct table *table,
                              int64_t *run_key, struct err *err)
{
    int format = TABLE_JSON;
    struct step_range range;
    struct run_view view;
    enum status status = param_choice(x, "format", format_names, &format, err);
    if (status == ST_OK)
        status = param_range(x, &range, err);
    if (status == ST_OK)
        status = run_view_load(app_store(x), x->match.segments[0], false, &x->arena,
                               &view, err);
    if (status != ST_OK)
        return status;
    *run_key = view.run.key;
    *table = (struct table){
        .format = (enum table_format)format,
        .run = view.run.id,
        .x = view.run.counts_steps ? "step" : "epoch",
        .next = range.from,
        .to = range.to,
        .page_bytes_max = EXPORT_PAGE_BYTES_MAX,
        .first_row = true,
    };
    return order_columns(&view, &x->arena, table, err);
}

static enum status start_sending(struct http_exchange *x, struct err *err)
{
    struct sending *s = arena_alloc(&x->arena, sizeof *s);
    if (!s)
        return arena_full(err);
    enum status status = open_table(x, &s->table, &s->run_key, err);
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
