#include "api/media.h"

#include <string.h>

static const struct media {
    const char *type;
    enum ingest_format format;
    bool unless_browser; /* any page may send these: they prove nothing */
} medias[] = {
    {"application/json", INGEST_JSON, false},
    {"application/x-ndjson", INGEST_NDJSON, false},
    {"application/ndjson", INGEST_NDJSON, false},
    {"application/jsonl", INGEST_NDJSON, false},
    {"text/csv", INGEST_CSV, false},
    {"application/x-www-form-urlencoded", INGEST_JSON, true},
    {"", INGEST_JSON, true},
};

static const struct media *media_find(const struct http_exchange *x)
{
    for (size_t i = 0; i < sizeof medias / sizeof *medias; i++) {
        if (!strcmp(medias[i].type, x->content_type))
            return medias[i].unless_browser && x->from_browser ? NULL : &medias[i];
    }
    return NULL;
}

enum status media_of_epochs(const struct http_exchange *x, enum ingest_format *out,
                            struct err *err)
{
    const struct media *media = media_find(x);
    if (!media)
        return err_set(err, ST_UNSUPPORTED, "unsupported_media_type",
                       "epochs come as application/json, application/x-ndjson or "
                       "text/csv, not as \"%.64s\"",
                       x->content_type);
    *out = media->format;
    return ST_OK;
}

enum status media_is_json(const struct http_exchange *x, struct err *err)
{
    const struct media *media = media_find(x);
    if (!media || media->format != INGEST_JSON)
        return err_set(err, ST_UNSUPPORTED, "unsupported_media_type",
                       "send application/json, not \"%.64s\"", x->content_type);
    return ST_OK;
}
