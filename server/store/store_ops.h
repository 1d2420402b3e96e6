/* What an engine fills in. Private to this room: everyone else calls store.h, whose
   functions check the mode and hand on to this table. The functions have the contracts of
   their namesakes there. */
#ifndef STORE_STORE_OPS_H
#define STORE_STORE_OPS_H

#include "store/store.h"
#include "store/store_compact.h"
#include "store/store_findings.h"
#include "store/store_points.h"
#include "store/store_sql.h"

/* The head of every engine's own struct. */
struct store {
    const struct store_ops *ops;
    enum store_mode mode;
};

struct point_range {
    int64_t from, to;
    bool wider;
};

struct store_ops {
    /* Whether this engine understands the location. */
    bool (*handles)(const char *location);
    enum status (*open)(const char *location, enum store_mode mode, struct store **out,
                        struct err *err);
    void (*close)(struct store *store);

    enum status (*begin)(struct store *store, struct err *err);
    enum status (*commit)(struct store *store, struct err *err);
    void (*rollback)(struct store *store);
    enum status (*tidy)(struct store *store, bool *more, struct err *err);

    enum status (*put)(struct store *store, const struct store_points *points,
                       bool *created, struct err *err);
    enum status (*run_create)(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err);
    enum status (*run_update)(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err);
    enum status (*run_trash)(struct store *store, const char *id, int64_t now_ms,
                             struct err *err);
    enum status (*run_restore)(struct store *store, const char *id, struct err *err);
    enum status (*run_purge)(struct store *store, const char *id, struct err *err);
    enum status (*run_judge)(struct store *store, const char *id,
                             const struct run_judgement *judgement, struct err *err);

    enum status (*findings_set)(struct store *store, const char *id,
                                const struct findings_now *now, struct err *err);
    enum status (*mute)(struct store *store, const char *id, const struct mute *mute,
                        struct err *err);
    enum status (*unmute)(struct store *store, const char *id, const char *rule,
                          struct err *err);

    enum status (*read_begin)(struct store *store, struct err *err);
    void (*read_end)(struct store *store);
    enum status (*run_get)(struct store *store, const char *id, struct arena *arena,
                           struct run *out, struct err *err);
    enum status (*runs)(struct store *store, const struct run_query *query,
                        struct arena *arena, struct run_page *out, struct err *err);
    enum status (*metrics)(struct store *store, int64_t run_key, struct arena *arena,
                           struct metric **out, size_t *count, struct err *err);
    enum status (*points_read)(struct store *store, int64_t metric_key,
                               const struct point_range *range, struct arena *arena,
                               struct points *out, struct err *err);
    enum status (*points_walk)(struct store *store, int64_t metric_key,
                               const struct point_range *range,
                               const struct points_visitor *visitor, struct err *err);
    enum status (*mutes)(struct store *store, int64_t run_key, struct arena *arena,
                         struct mute **out, size_t *count, struct err *err);
    enum status (*findings)(struct store *store, int64_t run_key, struct arena *arena,
                            struct run_finding **out, size_t *count, struct err *err);
    enum status (*sql)(struct store *store, const char *text,
                       const struct sql_reader *reader, struct err *err);
    enum status (*compact)(struct store *store, const struct compaction *wanted,
                           struct compacted *out, struct err *err);
    enum status (*purge_trash)(struct store *store, int64_t before_ms, size_t limit,
                               size_t *count, struct err *err);
    enum status (*info)(struct store *store, struct store_info *out, struct err *err);
};

extern const struct store_ops store_sqlite_ops;

#endif
