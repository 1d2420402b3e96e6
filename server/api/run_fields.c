#include "api/run_json.h"

#include "api/schedule_json.h"
#include "base/limits.h"
#include "base/text.h"
#include "ingest/json_check.h"

#include <string.h>

/* The body that is being read, and where its values go. */
struct reading {
    const char *body;
    size_t length;
    struct arena *arena;
    struct run_fields *out;
    const char **id;
    struct err *err;
};

static enum status out_of_range(struct reading *r, const char *field, const char *why)
{
    err_set(r->err, ST_INVALID, "out_of_range", "\"%s\" %s", field, why);
    return err_at(r->err, -1, field);
}

static enum status no_room(struct reading *r)
{
    return err_set(r->err, ST_TOO_LARGE, "body_too_large", "the body is too large");
}

/* Text of a member, "" for null. */
static enum status read_text(struct reading *r, const struct json_value *v, size_t max,
                             const char **out)
{
    if (value_kind(v) != VALUE_TEXT && value_kind(v) != VALUE_NULL)
        return bad_type(value_name(v), "text", v, r->err);
    const char *text = value_text(v) ? value_text(v) : "";
    if (strlen(text) > max)
        return out_of_range(r, value_name(v), "is too long");
    *out = arena_strdup(r->arena, text);
    return *out ? ST_OK : no_room(r);
}

/* Text of one line. */
static enum status read_line(struct reading *r, const struct json_value *v,
                             const char **out)
{
    enum status status = read_text(r, v, RUN_NAME_MAX, out);
    if (status == ST_OK && !text_is_printable(*out, strlen(*out)))
        return out_of_range(r, value_name(v), "must be without control characters");
    return status;
}

/* Line breaks between tokens become blanks: an event's data is one line. */
static void join_lines(char *json)
{
    for (; *json; json++) {
        if (*json == '\n' || *json == '\r' || *json == '\t')
            *json = ' ';
    }
}

/* The member's own bytes, so that no digit is lost. */
static enum status read_object(struct reading *r, const struct json_value *v,
                               const char **out)
{
    size_t from, length;
    if (value_kind(v) != VALUE_OBJECT && value_kind(v) != VALUE_NULL)
        return bad_type(value_name(v), "an object", v, r->err);
    if (!json_scan_member(r->body, r->length, value_name(v), &from, &length))
        return no_room(r);
    char *copy = arena_strndup(r->arena, r->body + from, length);
    if (!copy)
        return no_room(r);
    join_lines(copy);
    *out = copy;
    return ST_OK;
}

static enum status bad_run_id(struct reading *r, const char *field)
{
    err_set(r->err, ST_INVALID, "bad_run_id",
            "\"%s\" must be a run id: 1 to %d of A-Z a-z 0-9 . _ -, not starting with a "
            "dot",
            field, RUN_ID_MAX);
    return err_at(r->err, -1, field);
}

static enum status read_id(struct reading *r, const struct json_value *v)
{
    if (value_kind(v) != VALUE_TEXT)
        return bad_type("id", "text", v, r->err);
    if (!text_is_run_id(value_text(v)))
        return bad_run_id(r, "id");
    *r->id = arena_strdup(r->arena, value_text(v));
    return *r->id ? ST_OK : no_room(r);
}

static enum status read_name(struct reading *r, const struct json_value *v)
{
    return read_line(r, v, &r->out->name);
}

static enum status read_project(struct reading *r, const struct json_value *v)
{
    return read_line(r, v, &r->out->project);
}

static enum status read_note(struct reading *r, const struct json_value *v)
{
    return read_text(r, v, RUN_NOTE_MAX, &r->out->note);
}

static enum status read_config(struct reading *r, const struct json_value *v)
{
    return read_object(r, v, &r->out->config_json);
}

static enum status read_tags(struct reading *r, const struct json_value *v)
{
    return read_object(r, v, &r->out->tags_json);
}

static enum status read_baseline(struct reading *r, const struct json_value *v)
{
    enum status status = read_text(r, v, RUN_ID_MAX, &r->out->baseline);
    if (status == ST_OK && *r->out->baseline && !text_is_run_id(r->out->baseline))
        return bad_run_id(r, "baseline");
    return status;
}

static enum status read_epochs(struct reading *r, const struct json_value *v)
{
    r->out->set_epochs = true;
    r->out->epochs = 0;
    if (value_kind(v) == VALUE_NULL)
        return ST_OK;
    if (value_kind(v) != VALUE_NUMBER)
        return bad_type("epochs", "a whole number", v, r->err);
    if (!value_integer(v, &r->out->epochs) || r->out->epochs < 1)
        return out_of_range(r, "epochs", "must be a whole number of at least 1");
    return ST_OK;
}

static enum status read_status(struct reading *r, const struct json_value *v)
{
    const char *text = value_text(v);
    for (int i = 0; text && run_status_names[i]; i++) {
        if (strcmp(text, run_status_names[i]))
            continue;
        r->out->set_status = true;
        r->out->status = (enum run_status)i;
        return ST_OK;
    }
    return out_of_range(r, "status", "must be \"running\", \"finished\" or \"failed\"");
}

/* Stored with every parameter spelled out. */
static enum status read_schedule(struct reading *r, const struct json_value *v)
{
    struct schedule schedule;
    struct buf text;
    struct json_out json;
    r->out->schedule_json = "null";
    if (value_kind(v) == VALUE_NULL)
        return ST_OK;
    enum status status = schedule_read(v, &schedule, r->err);
    if (status != ST_OK)
        return status;
    buf_init(&text, CONTROL_BYTES_MAX);
    json_init(&json, &text);
    schedule_write(&json, &schedule);
    r->out->schedule_json = text.failed ? NULL : arena_strdup(r->arena, text.data);
    buf_release(&text);
    return r->out->schedule_json ? ST_OK : no_room(r);
}

static enum status read_roles(struct reading *r, const struct json_value *v)
{
    if (value_kind(v) == VALUE_OBJECT) {
        enum status status = value_known(v, role_names, r->err);
        if (status != ST_OK)
            return status;
    }
    for (const struct json_value *m = value_first(v); m; m = value_next(m)) {
        if (value_kind(m) != VALUE_TEXT && value_kind(m) != VALUE_NULL)
            return bad_type(value_name(m), "the name of a metric", m, r->err);
    }
    return read_object(r, v, &r->out->roles_json);
}

static const struct field {
    const char *name;
    enum status (*read)(struct reading *r, const struct json_value *v);
} fields[] = {
    {"id", read_id},
    {"name", read_name},
    {"project", read_project},
    {"status", read_status},
    {"epochs", read_epochs},
    {"config", read_config},
    {"tags", read_tags},
    {"note", read_note},
    {"baseline", read_baseline},
    {"schedule", read_schedule},
    {"roles", read_roles},
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)

static const struct field *field_find(const char *name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!strcmp(fields[i].name, name))
            return &fields[i];
    }
    return NULL;
}

static enum status read_all(struct reading *r, const struct json_value *root)
{
    const char *known[FIELD_COUNT + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (r->id || fields[i].read != read_id)
            known[count++] = fields[i].name;
    }
    if (value_kind(root) != VALUE_OBJECT)
        return err_set(r->err, ST_INVALID, "bad_type",
                       "a run must be an object such as {\"name\": \"my run\"}");
    enum status status = value_known(root, known, r->err);
    const struct json_value *m = value_first(root);
    for (; status == ST_OK && m; m = value_next(m))
        status = field_find(value_name(m))->read(r, m);
    return status;
}

enum status run_fields_read(const char *body, size_t length, struct arena *arena,
                            struct run_fields *out, const char **id, struct err *err)
{
    struct reading r = {body, length, arena, out, id, err};
    struct json_value *root = NULL;
    *out = (struct run_fields){0};
    if (id)
        *id = NULL;
    enum status status = value_parse(body, length, arena, &root, err);
    if (status == ST_OK)
        status = read_all(&r, root);
    value_free(root);
    return status;
}
