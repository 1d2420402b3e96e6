/* The tables that a person asks in SQL, as views of the connection alone, and the
   functions that they need. */
#include "base/clock.h"
#include "store/figures.h"
#include "store/sqlite/ask.h"
#include "store/sqlite/ingest.h"
#include "store/store_sql.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS, METRICS, POINTS, FINDINGS, TRASH };

const struct sql_table sql_tables[] = {
    [RUNS] = {"runs",
              "id, name, project, status, created, updated, x, last_step, epochs, "
              "verdict, errors, warnings, infos, points, baseline, note, config, tags, "
              "schedule, roles",
              "runs but those in the trash; config and the three after it are JSON"},
    [METRICS] = {"metrics",
                 "run, name, count, nonfinite, min, min_step, max, max_step, last, "
                 "first_step, last_step",
                 "what is known of each metric; min, max, last NULL unless finite"},
    [POINTS] = {"points", "run, metric, step, value, nonfinite, time, time_ms",
                "each value; NULL where it is not finite: nonfinite says what it is"},
    [FINDINGS] = {"findings",
                  "run, rule, metric, severity, opened_step, opened, closed_step, "
                  "closed, muted",
                  "what was found of each run, and when it went; closed NULL: it holds"},
    [TRASH] = {"trash", "id, name, project, trashed, points", "runs in the trash"},
    {NULL, NULL, NULL},
};

#define POINTS_OF_RUN                                                           \
    "coalesce((SELECT sum(figure(metric_key, 'count')) FROM main.metric WHERE " \
    "metric.run_key = run.run_key), 0)"

/* In the order of the columns above. What a statement does not ask for is not computed:
   SQLite takes these apart. */
static const char *const selects[] = {
    [RUNS] = "SELECT id, name, project, CASE status WHEN 0 THEN 'running' WHEN 1 THEN "
             "'finished' ELSE 'failed' END, utc(created_ms), "
             "utc(heard_ms(run.run_key, updated_ms)), CASE WHEN counts_steps OR "
             "heard_steps(run.run_key) THEN 'step' ELSE 'epoch' END, nullif(max("
             "last_step, heard_last(run.run_key)), -1), nullif(epochs, 0), verdict, "
             "errors, warnings, infos, " POINTS_OF_RUN ", nullif(baseline, ''), note, "
             "config_json, tags_json, schedule_json, roles_json FROM main.run LEFT JOIN "
             "main.run_document USING (run_key) WHERE trashed_ms IS NULL",
    [METRICS] = "SELECT run.id, metric.name, figure(metric_key, 'count'), "
                "figure(metric_key, 'nonfinite'), figure(metric_key, 'min'), "
                "figure(metric_key, 'min_step'), figure(metric_key, 'max'), "
                "figure(metric_key, 'max_step'), figure(metric_key, 'last'), "
                "figure(metric_key, 'first_step'), figure(metric_key, 'last_step') FROM "
                "main.run JOIN main.metric USING (run_key) WHERE trashed_ms IS NULL",
    [POINTS] = "SELECT run.id, metric.name, p.step, p.value, p.nonfinite, "
               "utc(p.time_ms), p.time_ms FROM main.run JOIN main.metric USING (run_key) "
               "JOIN points_of(metric.metric_key) AS p WHERE trashed_ms IS NULL",
    [FINDINGS] = "SELECT run.id, finding.rule, nullif(finding.metric, ''), CASE severity "
                 "WHEN 0 THEN 'info' WHEN 1 THEN 'warning' ELSE 'error' END, "
                 "opened_step, utc(opened_ms), closed_step, utc(closed_ms), EXISTS "
                 "(SELECT 1 FROM main.mute WHERE mute.run_key = run.run_key AND "
                 "mute.rule = finding.rule) FROM main.run JOIN main.finding USING "
                 "(run_key) WHERE trashed_ms IS NULL",
    [TRASH] = "SELECT id, name, project, utc(trashed_ms), " POINTS_OF_RUN " FROM "
              "main.run WHERE trashed_ms IS NOT NULL",
};

/* --- functions --- */

static void utc(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[CLOCK_TEXT_MAX];
    (void)count;
    if (sqlite3_value_numeric_type(values[0]) != SQLITE_INTEGER)
        return; /* NULL */
    clock_format(text, sqlite3_value_int64(values[0]));
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static const struct heard *heard_of(sqlite3_context *context, sqlite3_value **values)
{
    const struct sqlite_store *self = sqlite3_user_data(context);
    return tail_heard(&self->tail, sqlite3_value_int64(values[0]));
}

static void heard_last(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct heard *heard = heard_of(context, values);
    (void)count;
    sqlite3_result_int64(context, heard ? heard->last_step : -1);
}

static void heard_steps(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct heard *heard = heard_of(context, values);
    (void)count;
    sqlite3_result_int(context, heard && heard->counts_steps);
}

/* The metric that a statement asked about last: it mostly wants several figures of it.
   Made anew for each statement, so it is never older than the snapshot. */
struct known_metric {
    struct sqlite_store *self;
    sqlite3_stmt *query;
    struct metric metric;
    bool exists;
};

static void forget_metric(void *data)
{
    struct known_metric *known = data;
    sqlite3_finalize(known->query);
    free(known);
}

static enum status know_metric(struct known_metric *known, int64_t key, struct err *err)
{
    if (known->exists && known->metric.key == key)
        return ST_OK;
    if (!known->query)
        known->query = sql_once(known->self, "SELECT " FIGURES ", folded_seq FROM "
                                             "main.metric WHERE metric_key = ?1");
    known->metric = (struct metric){.key = key};
    sql_int(known->query, 1, key);
    enum status status = sql_next(known->self, known->query, &known->exists, err);
    if (!known->exists)
        return status;
    sqlite_read_figures(known->query, &known->metric);
    journal_figures(known->self, sqlite3_column_int64(known->query, FIGURES_COLUMNS),
                    &known->metric);
    sqlite3_reset(known->query);
    return ST_OK;
}

static void result_step(sqlite3_context *context, int64_t step)
{
    if (step >= 0)
        sqlite3_result_int64(context, step);
}

static void give_figure(sqlite3_context *context, const struct metric *m,
                        const char *name)
{
    const struct {
        const char *name;
        double value;
    } values[] = {{"min", m->min}, {"max", m->max}, {"last", m->last}};
    const struct {
        const char *name;
        int64_t step;
    } steps[] = {{"min_step", m->min_step},     {"max_step", m->max_step},
                 {"first_step", m->first_step}, {"last_step", m->last_step},
                 {"count", m->count},           {"nonfinite", m->nonfinite_count}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!strcmp(values[i].name, name))
            sql_result_finite(context, values[i].value);
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (!strcmp(steps[i].name, name))
            result_step(context, steps[i].step);
    }
}

static void figure(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct known_metric *known = sqlite3_user_data(context);
    const char *name = (const char *)sqlite3_value_text(values[1]);
    struct err err = {0};
    (void)count;
    if (know_metric(known, sqlite3_value_int64(values[0]), &err))
        sqlite3_result_error(context, err.text, -1);
    else if (known->exists && name)
        give_figure(context, &known->metric, name);
}

static enum status make_functions(struct sqlite_store *self, struct err *err)
{
    static const struct {
        const char *name;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"utc", utc},
                     {"heard_last", heard_last},
                     {"heard_steps", heard_steps}};
    const int flags = SQLITE_UTF8;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (sqlite3_create_function_v2(self->db, functions[i].name, 1, flags, self,
                                       functions[i].call, NULL, NULL, NULL))
            return sql_error(self, err);
    }
    struct known_metric *known = calloc(1, sizeof *known);
    if (!known)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    known->self = self;
    return sqlite3_create_function_v2(self->db, "figure", 2, flags, known, figure, NULL,
                                      NULL, forget_metric)
               ? sql_error(self, err)
               : ST_OK;
}

/* --- views --- */

/* SQLite names the view that reads a table by what stands after FROM, and so does a WITH
   of the user's that is called like a view of ours. What reads the tables is therefore a
   view behind the one that a person sees, whose name nobody can guess. */
static enum status make_view(struct sqlite_store *self, size_t i, struct err *err)
{
    const char *name = sql_tables[i].name, *columns = sql_tables[i].columns;
    char *text = sqlite3_mprintf("CREATE TEMP VIEW IF NOT EXISTS %s_%s (%s) AS %s;"
                                 "CREATE TEMP VIEW IF NOT EXISTS %s (%s) AS SELECT * "
                                 "FROM temp.%s_%s",
                                 name, self->secret, columns, selects[i], name, columns,
                                 name, self->secret);
    enum status status = text ? sql_script(self, text, err)
                              : err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    sqlite3_free(text);
    return status;
}

bool sql_is_inner_view(const struct sqlite_store *self, const char *name)
{
    const char *secret = strrchr(name, '_');
    return secret && *self->secret && !strcmp(secret + 1, self->secret);
}

/* Once for a connection, whose views stay. */
static void make_secret(struct sqlite_store *self)
{
    uint64_t random[2];
    if (*self->secret)
        return;
    sqlite3_randomness(sizeof random, random);
    snprintf(self->secret, sizeof self->secret, "%016llx%016llx",
             (unsigned long long)random[0], (unsigned long long)random[1]);
}

/* The connection stays one that only reads; its own temporary schema is made in between.
   Sorting a million rows is left to a file (temp_store: it must come before the views,
   which it drops). */
enum status sql_tables_make(struct sqlite_store *self, struct err *err)
{
    enum status status = points_table(self, err);
    if (!status)
        status = make_functions(self, err);
    if (!status)
        status =
            sql_script(self, "PRAGMA temp_store = FILE; PRAGMA query_only = OFF", err);
    make_secret(self);
    for (size_t i = 0; !status && sql_tables[i].name; i++)
        status = make_view(self, i, err);
    return status ? status : sql_script(self, "PRAGMA query_only = ON", err);
}

void sql_tables_drop(struct sqlite_store *self)
{
    sqlite3_create_function_v2(self->db, "figure", 2, SQLITE_UTF8, NULL, NULL, NULL, NULL,
                               NULL);
}
