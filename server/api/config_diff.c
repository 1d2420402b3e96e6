#include "api/config_diff.h"

#include "base/limits.h"
#include "ingest/json_scan.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define SEED_BYTES_MAX (64 << 10) /* of a configuration that may be a seed's */
#define SLOTS          4096       /* a power of two, above COMPARE_KEYS_MAX */

static_assert(COMPARE_KEYS_MAX < SLOTS && !(SLOTS & (SLOTS - 1)), "searches end");

/* One leaf: its value in each run, NULL where it is missing. */
struct leaf {
    const char *path;
    const char **values;
};

struct leaves {
    struct arena *arena;
    struct leaf *items;
    size_t count, run_count;
    struct leaf **slots; /* SLOTS, by the hash of the path and on; NULL ends a search */
    /* the object that is being read */
    char path[COMPARE_KEY_BYTES_MAX];
    size_t run;
};

static uint32_t hash_of(const char *path) /* FNV-1a */
{
    uint32_t hash = 2166136261u;
    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 16777619u;
    return hash;
}

/* The leaf's slot, or the empty one where it belongs. */
static struct leaf **slot_of(const struct leaves *all, const char *path)
{
    size_t at = hash_of(path);
    while (all->slots[at % SLOTS] && strcmp(all->slots[at % SLOTS]->path, path))
        at++;
    return &all->slots[at % SLOTS];
}

static struct leaf *leaf_of(struct leaves *all, const char *path)
{
    struct leaf **slot = slot_of(all, path);
    if (*slot || all->count == COMPARE_KEYS_MAX)
        return *slot;
    struct leaf *leaf = &all->items[all->count];
    leaf->path = arena_strdup(all->arena, path);
    leaf->values = arena_array(all->arena, all->run_count, sizeof *leaf->values);
    if (!leaf->path || !leaf->values)
        return NULL;
    all->count++;
    return *slot = leaf;
}

/* Appends ".key" to the path; false when it does not fit. */
static bool push_key(struct leaves *all, const struct json_token *key)
{
    size_t length = strlen(all->path);
    if (length + key->length + 2 > sizeof all->path)
        return false;
    if (length)
        all->path[length++] = '.';
    length += json_unescape(key, all->path + length);
    all->path[length] = '\0';
    return true;
}

/* The value that begins with `token` becomes a leaf. The text was checked when it was
   stored, so that scanning it cannot fail. */
static bool take_leaf(struct leaves *all, struct json_scan *scan,
                      const struct json_token *token)
{
    const char *begin = token->text - (token->kind == JSON_STRING);
    if (json_skip(scan, token, NULL) != ST_OK)
        return false;
    struct leaf *leaf = leaf_of(all, all->path);
    if (leaf)
        leaf->values[all->run] =
            arena_strndup(all->arena, begin, (size_t)(scan->at - begin));
    return true;
}

/* The members of an object up to its end; objects inside are gone through the same way.
 */
static bool walk(struct leaves *all, struct json_scan *scan)
{
    size_t lengths[JSON_DEPTH_MAX + 1] = {0}, depth = 0;
    struct json_token token;
    while (json_next(scan, &token, NULL) == ST_OK && token.kind != JSON_END) {
        if (token.kind == JSON_OBJECT_END) {
            depth -= depth > 0;
            all->path[lengths[depth]] = '\0';
            continue;
        }
        bool known = token.kind == JSON_KEY && push_key(all, &token);
        if (json_next(scan, &token, NULL) != ST_OK)
            return false;
        if (token.kind == JSON_OBJECT_BEGIN && known) {
            lengths[++depth] = strlen(all->path);
            continue;
        }
        if (known ? !take_leaf(all, scan, &token)
                  : json_skip(scan, &token, NULL) != ST_OK)
            return false;
        all->path[lengths[depth]] = '\0';
    }
    return true;
}

static bool same_value(const char *a, const char *b)
{
    struct json_scan scan;
    struct json_token p, q;
    if (!a || !b)
        return a == b;
    if (!strcmp(a, b))
        return true;
    json_scan_init(&scan, a, strlen(a), 1);
    if (json_next(&scan, &p, NULL) != ST_OK)
        return false;
    json_scan_init(&scan, b, strlen(b), 1);
    if (json_next(&scan, &q, NULL) != ST_OK)
        return false;
    return p.kind == JSON_NUMBER && q.kind == JSON_NUMBER && p.number == q.number;
}

static bool differs(const struct leaf *leaf, size_t run_count)
{
    for (size_t i = 1; i < run_count; i++) {
        if (!same_value(leaf->values[0], leaf->values[i]))
            return true;
    }
    return false;
}

static void write_leaf(struct json_out *json, const struct leaf *leaf,
                       const struct config_of *configs, size_t count)
{
    json_object_begin(json);
    json_key_text(json, "key", leaf->path);
    json_key(json, "values");
    json_object_begin(json);
    for (size_t i = 0; i < count; i++) {
        if (!leaf->values[i])
            continue;
        json_key(json, configs[i].run);
        json_raw(json, leaf->values[i]);
    }
    json_object_end(json);
    json_object_end(json);
}

/* The leaves of all configurations. */
static enum status collect(const struct config_of *configs, size_t count,
                           struct arena *arena, struct leaves *all, struct err *err)
{
    *all = (struct leaves){.arena = arena, .run_count = count};
    all->items = arena_array(arena, COMPARE_KEYS_MAX, sizeof *all->items);
    all->slots = arena_array(arena, SLOTS, sizeof(struct leaf *));
    if (!all->items || !all->slots)
        return err_set(err, ST_TOO_LARGE, "answer_too_large",
                       "no memory to compare the configurations");
    for (all->run = 0; all->run < count; all->run++) {
        const char *text = configs[all->run].json;
        struct json_scan scan;
        struct json_token token;
        json_scan_init(&scan, text ? text : "{}", text ? strlen(text) : 2, 1);
        all->path[0] = '\0';
        if (json_next(&scan, &token, NULL) != ST_OK || token.kind != JSON_OBJECT_BEGIN ||
            !walk(all, &scan))
            continue; /* "null": no configuration */
    }
    return ST_OK;
}

enum status config_diff_write(const struct config_of *configs, size_t count,
                              struct arena *arena, struct json_out *json, struct err *err)
{
    struct leaves all;
    size_t written = 0;
    enum status status = collect(configs, count, arena, &all, err);
    if (status != ST_OK)
        return status;
    json_array_begin(json);
    for (size_t i = 0; i < all.count && written < COMPARE_DIFFERENCES_MAX; i++) {
        if (!differs(&all.items[i], count))
            continue;
        write_leaf(json, &all.items[i], configs, count);
        written++;
    }
    json_array_end(json);
    return ST_OK;
}

/* "seed", "random_seed", "trainer.seed", "SEED" */
static bool is_seed(const char *path)
{
    const char *dot = strrchr(path, '.');
    return strcasestr(dot ? dot + 1 : path, "seed") != NULL;
}

bool config_same_but_seed(const char *a, const char *b, struct arena *arena)
{
    struct config_of configs[2] = {{"a", a}, {"b", b}};
    struct leaves all;
    struct err err;
    bool says_something = false;
    if (!a || !b || strlen(a) > SEED_BYTES_MAX || strlen(b) > SEED_BYTES_MAX ||
        collect(configs, 2, arena, &all, &err) != ST_OK || all.count == COMPARE_KEYS_MAX)
        return false;
    for (size_t i = 0; i < all.count; i++) {
        bool seed = is_seed(all.items[i].path);
        if (!seed && differs(&all.items[i], 2))
            return false;
        says_something = says_something || !seed;
    }
    return says_something;
}
