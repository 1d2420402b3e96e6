/* From a run to its table. */
#include "api/run_json.h"
#include "api/table.h"
#include "base/limits.h"

const char *const table_format_names[4] = {
    [TABLE_JSON] = "json", [TABLE_CSV] = "csv", [TABLE_NDJSON] = "ndjson", NULL};

static void add_column(struct table *table, const struct metric *metric)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].key == metric->key)
            return;
    }
    table->columns[table->column_count++] = *metric;
}

static enum status order_columns(const struct run_view *view, struct arena *arena,
                                 struct table *table, struct err *err)
{
    static const enum role first[] = {ROLE_TRAIN_LOSS, ROLE_VAL_LOSS, ROLE_LR};
    table->columns = arena_array(arena, view->metric_count + 1, sizeof *table->columns);
    if (!table->columns)
        return err_set(err, ST_TOO_LARGE, "answer_too_large",
                       "the run has more metrics than fit into one table");
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        if (view->role[first[i]] >= 0)
            add_column(table, &view->metrics[view->role[first[i]]]);
    }
    for (size_t i = 0; i < view->metric_count; i++)
        add_column(table, &view->metrics[i]);
    return ST_OK;
}

enum status table_open(struct table *table, struct store *store, const char *run,
                       struct arena *arena, struct err *err)
{
    struct run_view view;
    enum status status = run_view_load(store, run, false, arena, &view, err);
    if (status != ST_OK)
        return status;
    *table = (struct table){
        .run = view.run.id,
        .run_key = view.run.key,
        .x = view.run.counts_steps ? "step" : "epoch",
        .to = STEP_MAX,
        .page_bytes_max = EXPORT_PAGE_BYTES_MAX,
        .first_row = true,
    };
    return order_columns(&view, arena, table, err);
}

enum status table_check(const struct table *table, struct store *store, struct err *err)
{
    struct run run;
    struct arena arena;
    arena_init(&arena, REQUEST_BYTES_MAX);
    enum status status = store_run_get(store, table->run, true, &arena, &run, err);
    if (status == ST_OK && run.key != table->run_key)
        status = err_set(err, ST_NOT_FOUND, "run_not_found", "it was purged meanwhile");
    arena_release(&arena);
    return status;
}
