#include "api/openapi_schemas.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define FIELDS_MAX     28
#define FIELD_NAME_MAX 40

struct shape_field {
    const char *name; /* "record?": need not be there */
    const char *type;
};

struct shape {
    const char *name;
    bool open;                             /* further fields may be there */
    struct shape_field fields[FIELDS_MAX]; /* ends with name == NULL */
};

static const struct shape shapes[] = {
    {"Problem", .fields = {{"type", "string"},
                           {"title", "string"},
                           {"status", "integer"},
                           {"code", "string"},
                           {"detail", "string"},
                           {"record?", "integer"},
                           {"field?", "string"}}},
    {"EpochRecord", .open = true,
     .fields = {{"epoch?", "Number"}, {"step?", "integer"}, {"time?", "any"}}},
    {"Accepted", .fields = {{"run", "string"},
                            {"accepted", "integer"},
                            {"created", "boolean"},
                            {"verdict", "string"},
                            {"checked_to_step", "integer?"},
                            {"findings", "[]Finding"}}},
    {"Roles", .fields = {{"train_loss?", "string?"},
                         {"val_loss?", "string?"},
                         {"lr?", "string?"},
                         {"train_metric?", "string?"},
                         {"val_metric?", "string?"}}},
    {"Schedule", .open = true, .fields = {{"type", "string"}, {"unit?", "string"}}},
    {"RunFields", .fields = {{"id?", "string"},
                             {"name?", "string?"},
                             {"project?", "string?"},
                             {"status?", "string"},
                             {"epochs?", "integer?"},
                             {"config?", "object?"},
                             {"tags?", "object?"},
                             {"note?", "string?"},
                             {"baseline?", "string?"},
                             {"schedule?", "Schedule?"},
                             {"roles?", "Roles?"}}},
    {"Metric", .fields = {{"name", "string"},
                          {"count", "integer"},
                          {"nonfinite", "integer"},
                          {"min", "Number"},
                          {"max", "Number"},
                          {"last", "Number"},
                          {"min_step", "integer?"},
                          {"max_step", "integer?"},
                          {"first_step", "integer?"},
                          {"last_step", "integer?"}}},
    {"Best", .fields = {{"value", "Number"}, {"step", "integer"}}},
    {"Counts",
     .fields = {{"error", "integer"}, {"warning", "integer"}, {"info", "integer"}}},
    {"Run", .fields = {{"id", "string"},        {"name", "string"},
                       {"project", "string?"},  {"status", "string"},
                       {"created", "time"},     {"updated", "time"},
                       {"x", "string"},         {"last_step", "integer?"},
                       {"epochs", "integer?"},  {"config", "object?"},
                       {"tags", "object?"},     {"note", "string"},
                       {"baseline", "string?"}, {"schedule", "Schedule?"},
                       {"roles", "Roles"},      {"last", "{}Number"},
                       {"best", "{}Best"},      {"verdict", "string"},
                       {"findings", "Counts"},  {"metrics?", "[]Metric"}}},
    {"RunPage", .fields = {{"runs", "[]Run"}, {"next", "string?"}, {"total", "integer"}}},
    {"EpochTable", .fields = {{"run", "string"},
                              {"x", "string"},
                              {"columns", "[]string"},
                              {"epochs", "[]EpochRecord"}}},
    {"NonFinite", .fields = {{"x", "Number"}, {"kind", "string"}}},
    {"Series", .fields = {{"run?", "string"},
                          {"runs?", "[]string"},
                          {"metric", "string"},
                          {"count", "integer"},
                          {"downsampled", "boolean"},
                          {"x", "[]Number"},
                          {"value", "[]Number"},
                          {"min?", "[]Number"},
                          {"max?", "[]Number"},
                          {"std?", "[]Number"},
                          {"sem?", "[]Number"},
                          {"n?", "[]integer"},
                          {"smooth?", "[]Number"},
                          {"nonfinite?", "[]NonFinite"},
                          {"nonfinite_count?", "integer"}}},
    {"SeriesAnswer",
     .fields = {{"cursor", "string"}, {"x", "string"}, {"series", "[]Series"}}},
    {"Observed", .fields = {{"points", "integer"},
                            {"shift", "integer"},
                            {"averaged", "boolean"},
                            {"every", "integer"},
                            {"logged", "string?"},
                            {"max_relative", "Number"},
                            {"rms_relative", "Number"},
                            {"max_at", "integer"},
                            {"leaves_at", "integer?"},
                            {"off_until", "integer?"},
                            {"tolerance", "Number"}}},
    {"RunSchedule", .fields = {{"source", "string"},
                               {"spec", "Schedule?"},
                               {"step", "[]integer"},
                               {"lr", "[]Number"},
                               {"observed", "Observed?"},
                               {"notes", "[]string"},
                               {"code", "string"}}},
    {"Area", .fields = {{"sum", "Number"}, {"constant", "Number"}, {"ratio", "Number"}}},
    {"Snippets", .fields = {{"pytorch", "string"},
                            {"lightning", "string"},
                            {"huggingface", "string"},
                            {"keras", "string"}}},
    {"CurvePoint", .fields = {{"step", "integer"}, {"lr", "Number"}}},
    {"Curve", .fields = {{"spec", "Schedule"},
                         {"steps", "integer"},
                         {"length", "Number"},
                         {"past", "string"},
                         {"lowest", "CurvePoint"},
                         {"last_lr", "Number"},
                         {"step", "[]integer"},
                         {"lr", "[]Number"},
                         {"area", "Area"},
                         {"notes", "[]string"},
                         {"code", "string"},
                         {"snippets", "Snippets"}}},
    {"ScheduleParam", .fields = {{"name", "string"},
                                 {"required", "boolean"},
                                 {"integer", "boolean"},
                                 {"optional", "boolean"},
                                 {"default", "Number|string|boolean?"},
                                 {"words?", "[]string"},
                                 {"min?", "Number"},
                                 {"above?", "Number"},
                                 {"max?", "Number"}}},
    {"ScheduleType", .fields = {{"type", "string"},
                                {"framework", "string"},
                                {"about", "string"},
                                {"list", "string?"},
                                {"length_param", "string?"},
                                {"floor_param", "string?"},
                                {"past", "string"},
                                {"alone", "boolean"},
                                {"params", "[]ScheduleParam"}}},
    {"ScheduleTypes", .fields = {{"schedules", "[]ScheduleType"}}},
    {"PlainCurve",
     .fields = {{"spec", "Schedule"}, {"lr", "[]Number"}, {"area", "Area"}}},
    {"PlanAlternative", .fields = {{"spec", "Schedule"},
                                   {"lr", "[]Number"},
                                   {"area", "Area"},
                                   {"notes", "[]string"}}},
    {"Plan", .fields = {{"epochs", "integer"},
                        {"cycles", "integer"},
                        {"warmup", "integer"},
                        {"T_max", "integer"},
                        {"spec", "Schedule"},
                        {"step", "[]integer"},
                        {"lr", "[]Number"},
                        {"area", "Area"},
                        {"plain", "PlainCurve"},
                        {"alternatives", "[]PlanAlternative"},
                        {"notes", "[]string"},
                        {"code", "string"},
                        {"snippets", "Snippets"}}},
    {"Check",
     .fields = {{"check", "string"}, {"status", "string"}, {"because", "string"}}},
    {"Finding", .fields = {{"rule", "string"},
                           {"title", "string"},
                           {"severity", "string"},
                           {"metric", "string?"},
                           {"from_step", "integer"},
                           {"to_step", "integer"},
                           {"ongoing", "boolean"},
                           {"message", "string"},
                           {"evidence", "{}Number"},
                           {"units", "{}string"},
                           {"cause", "string?"},
                           {"param", "string?"},
                           {"advice", "string"}}},
    {"Diagnosis", .fields = {{"run", "string"},
                             {"verdict", "string"},
                             {"checked_to_step", "integer?"},
                             {"rules_checked", "integer"},
                             {"checks", "[]Check"},
                             {"findings", "[]Finding"},
                             {"muted", "[]Muted"},
                             {"history?", "[]CameAndWent"}}},
    {"Mute", .fields = {{"reason?", "string"}}},
    {"Muted", .fields = {{"rule", "string"},
                         {"reason", "string"},
                         {"muted_at", "string"},
                         {"message", "string?"}}},
    {"CameAndWent", .fields = {{"rule", "string"},
                               {"metric", "string?"},
                               {"severity", "string"},
                               {"opened_step", "integer?"},
                               {"opened_at", "string"},
                               {"closed_step", "integer?"},
                               {"closed_at", "string?"}}},
    {"Rule", .fields = {{"rule", "string"}, {"title", "string"}, {"about", "string"}}},
    {"Rules", .fields = {{"rules", "[]Rule"}}},
    {"Compared", .fields = {{"run", "string"},
                            {"name", "string"},
                            {"final", "Number?"},
                            {"best", "Number?"},
                            {"best_step", "integer?"},
                            {"area", "Number?"},
                            {"last_step", "integer?"},
                            {"count", "integer"},
                            {"duration_s", "Number?"},
                            {"delta", "Number?"},
                            {"delta_percent", "Number?"},
                            {"verdict", "string"}}},
    {"ConfigDifference", .fields = {{"key", "string"}, {"values", "{}any"}}},
    {"Comparison", .fields = {{"metric", "string"},
                              {"higher_is_better", "boolean"},
                              {"baseline", "string"},
                              {"runs", "[]Compared"},
                              {"config_differences", "[]ConfigDifference"}}},
    {"Health", .fields = {{"status", "string"}, {"version", "string"}}},
    {"Server", .fields = {{"version", "string"},
                          {"engine", "string"},
                          {"schema_version", "integer"},
                          {"runs", "integer"},
                          {"metrics", "integer"},
                          {"points", "integer"},
                          {"file_bytes", "integer"},
                          {"wal_bytes", "integer"},
                          {"started", "time"}}},
    {.name = NULL},
};

static void write_named(struct json_out *json, const char *name, size_t length)
{
    char text[80] = "#/components/schemas/";
    size_t prefix = isupper((unsigned char)*name) ? strlen(text) : 0;
    memcpy(text + prefix, name, length);
    text[prefix + length] = '\0';
    if (prefix)
        json_key_text(json, "$ref", text);
    else if (!strcmp(text, "time"))
        buf_add_text(json->buf, "\"type\":\"string\",\"format\":\"date-time\"");
    else if (strcmp(text, "any"))
        json_key_text(json, "type", text);
}

static void write_bare(struct json_out *json, const char *type, size_t length)
{
    json_object_begin(json);
    if (!strncmp(type, "[]", 2)) {
        json_key_text(json, "type", "array");
        json_key(json, "items");
        write_bare(json, type + 2, length - 2);
    } else if (!strncmp(type, "{}", 2)) {
        json_key_text(json, "type", "object");
        json_key(json, "additionalProperties");
        write_bare(json, type + 2, length - 2);
    } else {
        write_named(json, type, length);
    }
    json_object_end(json);
}

void openapi_write_type(struct json_out *json, const char *type)
{
    size_t length = strcspn(type, "|?");
    if (!type[length]) {
        write_bare(json, type, length);
        return;
    }
    json_object_begin(json);
    json_key(json, "anyOf");
    json_array_begin(json);
    write_bare(json, type, length);
    if (type[length] == '?')
        json_raw(json, "{\"type\":\"null\"}");
    else
        openapi_write_type(json, type + length + 1);
    json_array_end(json);
    json_object_end(json);
}

/* The name without its question mark; *optional says whether it had one. */
static const char *field_name(const struct shape_field *field,
                              char out[static FIELD_NAME_MAX], bool *optional)
{
    size_t length = strcspn(field->name, "?");
    *optional = field->name[length] == '?';
    memcpy(out, field->name, length);
    out[length] = '\0';
    return out;
}

static void write_shape(struct json_out *json, const struct shape *shape)
{
    char name[FIELD_NAME_MAX];
    bool optional;
    json_object_begin(json);
    json_key_text(json, "type", "object");
    json_key(json, "properties");
    json_object_begin(json);
    for (const struct shape_field *f = shape->fields; f->name; f++) {
        json_key(json, field_name(f, name, &optional));
        openapi_write_type(json, f->type);
    }
    json_object_end(json);
    json_key(json, "required");
    json_array_begin(json);
    for (const struct shape_field *f = shape->fields; f->name; f++) {
        field_name(f, name, &optional);
        if (!optional)
            json_text(json, name);
    }
    json_array_end(json);
    json_key_bool(json, "additionalProperties", shape->open);
    json_object_end(json);
}

void openapi_write_schemas(struct json_out *json)
{
    json_object_begin(json);
    json_key(json, "Number");
    json_raw(json, "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"string\",\"enum\":"
                   "[\"NaN\",\"Infinity\",\"-Infinity\"]}]}");
    for (const struct shape *s = shapes; s->name; s++) {
        json_key(json, s->name);
        write_shape(json, s);
    }
    json_object_end(json);
}
