/* A person mutes a rule on a run: what it says there no longer counts. */
#include "api/app.h"
#include "api/change.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/media.h"
#include "api/param.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/diagnose/diagnose.h"

#include <string.h>

#define RULES_MAX 64

/* The rule that the path names; ST_NOT_FOUND rule_not_found with the nearest. */
static enum status find_rule(const struct http_exchange *x, const char **out,
                             struct err *err)
{
    const char *names[RULES_MAX + 1] = {NULL}, *wanted = x->match.segments[1];
    for (size_t i = 0; i < RULES_MAX && rules[i]; i++) {
        names[i] = rules[i]->name;
        if (!strcmp(names[i], wanted)) {
            *out = names[i];
            return ST_OK;
        }
    }
    const char *nearest = text_nearest(wanted, names);
    return err_set(err, ST_NOT_FOUND, "rule_not_found",
                   "there is no rule \"%.64s\"%s%s%s", wanted,
                   nearest ? ": did you mean \"" : " (GET /api/v1/rules lists them)",
                   nearest ? nearest : "", nearest ? "\"?" : "");
}

static enum status check_reason(const struct json_value *reason, struct err *err)
{
    const char *text = value_text(reason);
    if (!text)
        return bad_type("reason", "text", reason, err);
    if (strlen(text) <= MUTE_REASON_MAX && text_is_printable(text, strlen(text)))
        return ST_OK;
    err_set(err, ST_INVALID, "out_of_range",
            "\"reason\" must be one line of at most %d bytes", MUTE_REASON_MAX);
    return err_at(err, -1, "reason");
}

/* {"reason": "..."}; no body at all is no reason. */
static enum status read_reason(struct http_exchange *x, const char **out, struct err *err)
{
    static const char *const known[] = {"reason", NULL};
    struct json_value *root = NULL;
    *out = "";
    if (!x->body_length)
        return ST_OK;
    enum status status = media_is_json(x, err);
    if (status == ST_OK)
        status = value_parse(x->body, x->body_length, &x->arena, &root, err);
    if (status == ST_OK && value_kind(root) != VALUE_OBJECT)
        status = bad_type("body", "an object", root, err);
    if (status == ST_OK)
        status = value_known(root, known, err);
    const struct json_value *reason =
        status == ST_OK ? value_member(root, "reason") : NULL;
    if (reason)
        status = check_reason(reason, err);
    if (status == ST_OK && reason)
        *out = arena_strdup(&x->arena, value_text(reason));
    value_free(root);
    return *out ? status : arena_full(err);
}

static enum status write_mute(struct store *store, const struct change *change,
                              struct err *err)
{
    struct mute mute = change->mute;
    mute.muted_ms = change->now_ms;
    return store_mute(store, change->id, &mute, err);
}

void mute_put(struct http_exchange *x)
{
    struct err err = {0};
    struct change change = {.write = write_mute, .http_status = 200};
    enum status status = find_rule(x, &change.mute.rule, &err);
    if (status == ST_OK)
        status = read_reason(x, &change.mute.reason, &err);
    if (status == ST_OK)
        change_submit(x, &change);
    else
        http_problem(x, &err);
}

static enum status write_unmute(struct store *store, const struct change *change,
                                struct err *err)
{
    return store_unmute(store, change->id, change->mute.rule, err);
}

void mute_delete(struct http_exchange *x)
{
    struct err err = {0};
    struct change change = {.write = write_unmute, .http_status = 200};
    if (find_rule(x, &change.mute.rule, &err) == ST_OK)
        change_submit(x, &change);
    else
        http_problem(x, &err);
}
