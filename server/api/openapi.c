#include "api/handlers.h"
#include "api/openapi_schemas.h"
#include "api/routes.h"
#include "base/json_out.h"
#include "core/schedule/schedule.h"
#include "http/http.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const table_media[] = {"application/x-ndjson", "text/csv", NULL};

/* What the route table does not say of a handler: the shapes of its body and answer. */
static const struct operation {
    void (*handle)(struct http_exchange *x);
    const char *id;
    const char *body;   /* type of the JSON body, or NULL */
    const char *answer; /* type of the JSON answer, or another media type, or NULL */
    const char *const *media; /* besides JSON: of the body, or else of the answer */
    int status;               /* of a good answer when it is not 200 */
} operations[] = {
    {.handle = epochs_post,
     .id = "postEpochs",
     .body = "EpochRecord|[]EpochRecord",
     .answer = "Accepted",
     .media = table_media},
    {.handle = epochs_get,
     .id = "getEpochs",
     .answer = "EpochTable",
     .media = table_media},
    {.handle = runs_list, .id = "listRuns", .answer = "RunPage"},
    {.handle = runs_create,
     .id = "createRun",
     .body = "RunFields",
     .answer = "Run",
     .status = 201},
    {.handle = run_get, .id = "getRun", .answer = "Run"},
    {.handle = run_patch, .id = "patchRun", .body = "RunFields", .answer = "Run"},
    {.handle = run_delete, .id = "deleteRun", .status = 204},
    {.handle = run_restore, .id = "restoreRun", .answer = "Run"},
    {.handle = series_get, .id = "getSeries", .answer = "SeriesAnswer"},
    {.handle = run_series_get, .id = "getRunSeries", .answer = "SeriesAnswer"},
    {.handle = run_schedule_get, .id = "getRunSchedule", .answer = "RunSchedule"},
    {.handle = schedule_get, .id = "getSchedule", .answer = "Curve"},
    {.handle = schedules_get, .id = "listSchedules", .answer = "ScheduleTypes"},
    {.handle = plan_get, .id = "getPlan", .answer = "Plan"},
    {.handle = run_findings_get, .id = "getFindings", .answer = "Diagnosis"},
    {.handle = mute_put, .id = "muteRule", .body = "Mute", .answer = "Run"},
    {.handle = mute_delete, .id = "unmuteRule", .answer = "Run"},
    {.handle = rules_get, .id = "listRules", .answer = "Rules"},
    {.handle = compare_get, .id = "compareRuns", .answer = "Comparison"},
    {.handle = events_get, .id = "listen", .answer = "text/event-stream"},
    {.handle = healthz_get, .id = "health", .answer = "Health"},
    {.handle = metrics_get, .id = "prometheusMetrics", .answer = "text/plain"},
    {.handle = server_get, .id = "getServer", .answer = "Server"},
    {.handle = openapi_get, .id = "getOpenapi", .answer = "object"},
};

/* Parameters that are not text, besides those of schedules; all are optional. */
static const struct {
    const char *name, *type;
} param_types[] = {
    {"limit", "integer"},
    {"trash", "boolean"},
    {"purge", "boolean"},
    {"from", "integer"},
    {"to", "integer"},
    {"points", "integer"},
    {"half_life", "number"},
    {"steps", "integer"},
    {"until", "integer"},
    {"epochs", "integer"},
    {"cycles", "integer"},
    {"warmup", "integer"},
    {"steps_per_epoch", "integer"},
};

/* http_polish.c gives the answers of workers an ETag. */
static bool has_tag(const struct route *route)
{
    return !strcmp(route->method, "GET") && route->place == ROUTE_WORKER;
}

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
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        int index = schedule_param_find(type, name);
        if (index < 0)
            continue;
        if (type->params[index].words)
            return "string";
        return type->params[index].integer ? "integer" : "number";
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

static void write_header_param(struct json_out *json, const char *name)
{
    json_object_begin(json);
    json_key_text(json, "name", name);
    json_key_text(json, "in", "header");
    json_key_bool(json, "required", false);
    json_key(json, "schema");
    openapi_write_type(json, "string");
    json_object_end(json);
}

static bool has_field(const struct schedule_type *type, const char *name)
{
    return schedule_param_find(type, name) >= 0 ||
           (type->list && !strcmp(type->list, name));
}

/* One that several types have is written once, for the first of them. */
static void write_param_of_type(struct json_out *json, size_t index, const char *name)
{
    for (size_t i = 0; i < index; i++) {
        if (has_field(schedule_type_at(i), name))
            return;
    }
    write_param(json, name, false);
}

static void write_params_of_types(struct json_out *json)
{
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        for (const struct schedule_param *p = type->params; p->name; p++)
            write_param_of_type(json, i, p->name);
        if (type->list)
            write_param_of_type(json, i, type->list);
    }
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
    if (route->further_params)
        write_params_of_types(json);
    if (has_tag(route))
        write_header_param(json, "If-None-Match");
    json_array_end(json);
}

static void write_media(struct json_out *json, const char *media, const char *type)
{
    json_key(json, media);
    json_object_begin(json);
    json_key(json, "schema");
    openapi_write_type(json, type);
    json_object_end(json);
}

/* JSON of that type, and text of the other media types (NULL-ended, or NULL). */
static void write_content(struct json_out *json, const char *type,
                          const char *const *others)
{
    json_key(json, "content");
    json_object_begin(json);
    write_media(json, strchr(type, '/') ? type : "application/json",
                strchr(type, '/') ? "string" : type);
    for (; others && *others; others++)
        write_media(json, *others, "string");
    json_object_end(json);
}

static void write_header(struct json_out *json, const char *name, const char *about)
{
    json_key(json, name);
    json_object_begin(json);
    json_key_text(json, "description", about);
    json_key(json, "schema");
    openapi_write_type(json, "string");
    json_object_end(json);
}

static void write_headers(struct json_out *json, const struct route *route)
{
    json_key(json, "headers");
    json_object_begin(json);
    write_header(json, "ETag", "of what is in the answer; a long table has none");
    if (route->moving)
        write_header(json, route->moving->header,
                     "the newest cursor, also when nothing else changed");
    json_object_end(json);
}

static void write_unchanged(struct json_out *json, const struct route *route)
{
    json_key(json, "304");
    json_object_begin(json);
    json_key_text(json, "description",
                  "nothing changed since the answer whose ETag is in If-None-Match");
    write_headers(json, route);
    json_object_end(json);
}

static void write_responses(struct json_out *json, const struct route *route,
                            const struct operation *operation)
{
    char status[8];
    snprintf(status, sizeof status, "%d", operation->status ? operation->status : 200);
    json_key(json, "responses");
    json_object_begin(json);
    json_key(json, status);
    json_object_begin(json);
    json_key_text(json, "description", "good");
    if (operation->answer)
        write_content(json, operation->answer, operation->body ? NULL : operation->media);
    if (has_tag(route))
        write_headers(json, route);
    json_object_end(json);
    if (has_tag(route))
        write_unchanged(json, route);
    json_key(json, "default");
    json_object_begin(json);
    json_key_text(json, "description", "what was wrong, and what to do about it");
    json_key(json, "content");
    json_object_begin(json);
    write_media(json, "application/problem+json", "Problem");
    json_object_end(json);
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
        write_content(json, operation->body, operation->media);
        json_object_end(json);
    }
    write_responses(json, route, operation);
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
