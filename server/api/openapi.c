#include "api/handlers.h"
#include "api/openapi_schemas.h"
#include "api/routes.h"
#include "base/json_out.h"
#include "http/http.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What the route table does not say of a handler: the shapes of its body and answer. */
static const struct operation {
    void (*handle)(struct http_exchange *x);
    const char *id;
    const char *body;   /* type of the JSON body, or NULL */
    int status;         /* of a good answer */
    const char *answer; /* type of the JSON answer, or another media type, or NULL */
} operations[] = {
    {epochs_post, "postEpochs", "[]EpochRecord", 200, "Accepted"},
    {epochs_get, "getEpochs", NULL, 200, "EpochTable"},
    {runs_list, "listRuns", NULL, 200, "RunPage"},
    {runs_create, "createRun", "RunFields", 201, "Run"},
    {run_get, "getRun", NULL, 200, "Run"},
    {run_patch, "patchRun", "RunFields", 200, "Run"},
    {run_delete, "deleteRun", NULL, 204, NULL},
    {run_restore, "restoreRun", NULL, 200, "Run"},
    {series_get, "getSeries", NULL, 200, "SeriesAnswer"},
    {run_series_get, "getRunSeries", NULL, 200, "SeriesAnswer"},
    {run_schedule_get, "getRunSchedule", NULL, 200, "RunSchedule"},
    {schedule_get, "getSchedule", NULL, 200, "Curve"},
    {schedules_get, "listSchedules", NULL, 200, "ScheduleTypes"},
    {plan_get, "getPlan", NULL, 200, "Plan"},
    {run_findings_get, "getFindings", NULL, 200, "Diagnosis"},
    {rules_get, "listRules", NULL, 200, "Rules"},
    {compare_get, "compareRuns", NULL, 200, "Comparison"},
    {events_get, "listen", NULL, 200, "text/event-stream"},
    {healthz_get, "health", NULL, 200, "Health"},
    {metrics_get, "prometheusMetrics", NULL, 200, "text/plain"},
    {server_get, "getServer", NULL, 200, "Server"},
    {openapi_get, "getOpenapi", NULL, 200, "object"},
};

/* Parameters that are not text; all are optional. */
static const struct {
    const char *name, *type;
} param_types[] = {
    {"limit", "integer"},    {"trash", "boolean"},  {"purge", "boolean"},
    {"from", "integer"},     {"to", "integer"},     {"points", "integer"},
    {"half_life", "number"}, {"steps", "integer"},  {"epochs", "integer"},
    {"cycles", "integer"},   {"warmup", "integer"}, {"base_lr", "number"},
    {"eta_min", "number"},
};

/* NULL for the pages and files of the web page. */
static const struct operation *operation_of(const struct route *route)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (operations[i].handle == route->handle)
            return &operations[i];
    }
    return NULL;
}

static const char *type_of_param(const char *name)
{
    for (size_t i = 0; i < sizeof param_types / sizeof *param_types; i++) {
        if (!strcmp(param_types[i].name, name))
            return param_types[i].type;
    }
    return "string";
}

static void write_param(struct json_out *json, const char *name, bool in_path)
{
    json_object_begin(json);
    json_key_text(json, "name", name);
    json_key_text(json, "in", in_path ? "path" : "query");
    json_key_bool(json, "required", in_path);
    json_key(json, "schema");
    openapi_write_type(json, in_path ? "string" : type_of_param(name));
    json_object_end(json);
}

static void write_params(struct json_out *json, const struct route *route)
{
    json_key(json, "parameters");
    json_array_begin(json);
    for (const char *p = strchr(route->pattern, '{'); p; p = strchr(p + 1, '{')) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "}"), p + 1);
        write_param(json, name, true);
    }
    for (const char *const *p = route->params; p && *p; p++)
        write_param(json, *p, false);
    json_array_end(json);
}

static void write_content(struct json_out *json, const char *media, const char *type)
{
    json_key(json, "content");
    json_object_begin(json);
    json_key(json, media);
    json_object_begin(json);
    json_key(json, "schema");
    openapi_write_type(json, type);
    json_object_end(json);
    json_object_end(json);
}

static void write_responses(struct json_out *json, const struct operation *operation)
{
    char status[8];
    snprintf(status, sizeof status, "%d", operation->status);
    json_key(json, "responses");
    json_object_begin(json);
    json_key(json, status);
    json_object_begin(json);
    json_key_text(json, "description", "good");
    if (operation->answer && strchr(operation->answer, '/'))
        write_content(json, operation->answer, "string");
    else if (operation->answer)
        write_content(json, "application/json", operation->answer);
    json_object_end(json);
    json_key(json, "default");
    json_object_begin(json);
    json_key_text(json, "description", "what was wrong, and what to do about it");
    write_content(json, "application/problem+json", "Problem");
    json_object_end(json);
    json_object_end(json);
}

static void write_operation(struct json_out *json, const struct route *route,
                            const struct operation *operation)
{
    char method[8] = "";
    for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    json_key(json, method);
    json_object_begin(json);
    json_key_text(json, "operationId", operation->id);
    json_key_text(json, "summary", route->about);
    write_params(json, route);
    if (operation->body) {
        json_key(json, "requestBody");
        json_object_begin(json);
        write_content(json, "application/json", operation->body);
        json_object_end(json);
    }
    write_responses(json, operation);
    json_object_end(json);
}

/* All methods of one path; nothing when an earlier row of the table has that path. */
static void write_path(struct json_out *json, size_t row)
{
    const char *pattern = routes[row].pattern;
    if (!operation_of(&routes[row]))
        return;
    for (size_t i = 0; i < row; i++) {
        if (!strcmp(routes[i].pattern, pattern))
            return;
    }
    json_key(json, pattern);
    json_object_begin(json);
    for (size_t i = row; i < route_count; i++) {
        if (!strcmp(routes[i].pattern, pattern))
            write_operation(json, &routes[i], operation_of(&routes[i]));
    }
    json_object_end(json);
}

void openapi_get(struct http_exchange *x)
{
    struct json_out json;
    json_init(&json, &x->out);
    json_object_begin(&json);
    json_key_text(&json, "openapi", "3.1.0");
    json_key(&json, "info");
    json_object_begin(&json);
    json_key_text(&json, "title", "epochd");
    json_key_text(&json, "version", EPOCHD_VERSION);
    json_key_text(&json, "description",
                  "Training curves, live, held against their schedule.");
    json_object_end(&json);
    json_key(&json, "paths");
    json_object_begin(&json);
    for (size_t row = 0; row < route_count; row++)
        write_path(&json, row);
    json_object_end(&json);
    json_key(&json, "components");
    json_object_begin(&json);
    json_key(&json, "schemas");
    openapi_write_schemas(&json);
    json_object_end(&json);
    json_object_end(&json);
}
