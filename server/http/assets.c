#include "http/assets.h"

#include "base/embedded.h"
#include "http/headers.h"
#include "http/http.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Made at build time from web/dist; sorted by name. "NAME.gz" is NAME, compressed. */
extern const struct embedded web_files[];

#define ASSETS_MAX 256

/* The page's files never change while the program runs: described once, at the first
   question, and only read from then on. */
static struct {
    pthread_once_t once;
    size_t count;
    struct asset assets[ASSETS_MAX];
} described = {.once = PTHREAD_ONCE_INIT};

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html"},        {".js", "text/javascript"},
    {".css", "text/css"},          {".svg", "image/svg+xml"},
    {".json", "application/json"}, {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain"},        {".png", "image/png"},
    {".ico", "image/x-icon"},      {".woff2", "font/woff2"},
};

static bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && !strcmp(text + length - tail, suffix);
}

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (ends_with(name, types[i].suffix))
            return types[i].type;
    }
    return "application/octet-stream";
}

static const struct embedded *compressed(const struct embedded *file)
{
    char name[300];
    snprintf(name, sizeof name, "%s.gz", file->name);
    for (const struct embedded *other = file + 1; other->name; other++) {
        if (!strcmp(other->name, name))
            return other;
    }
    return NULL;
}

static void describe(const struct embedded *file, struct asset *out)
{
    const struct embedded *gzip = compressed(file);
    *out = (struct asset){
        .name = file->name,
        .data = (const unsigned char *)file->data,
        .size = file->size,
        .gzip = gzip ? (const unsigned char *)gzip->data : NULL,
        .gzip_size = gzip ? gzip->size : 0,
        .type = type_of(file->name),
        .immutable = !strncmp(file->name, "assets/", 7),
    };
    etag_of(file->data, file->size, out->etag);
}

static void describe_all(void)
{
    for (const struct embedded *file = web_files; file->name; file++) {
        if (!ends_with(file->name, ".gz") && described.count < ASSETS_MAX)
            describe(file, &described.assets[described.count++]);
    }
}

static int by_name(const void *name, const void *asset)
{
    return strcmp(name, ((const struct asset *)asset)->name);
}

const struct asset *asset_find(const char *name)
{
    pthread_once(&described.once, describe_all);
    return bsearch(name, described.assets, described.count, sizeof *described.assets,
                   by_name);
}

void asset_answer(struct http_exchange *x, const struct asset *asset)
{
    bool gzip = asset->gzip && x->accepts_gzip;
    http_header_add(x, "ETag", asset->etag);
    http_header_add(x, "Cache-Control",
                    asset->immutable ? "public, max-age=31536000, immutable"
                                     : "no-cache");
    if (asset->gzip)
        http_header_add(x, "Vary", "Accept-Encoding");
    if (etag_listed(x->if_none_match, asset->etag)) {
        x->status = 304;
        return;
    }
    if (gzip)
        http_header_add(x, "Content-Encoding", "gzip");
    x->content_type_out = asset->type;
    x->static_body = gzip ? asset->gzip : asset->data;
    x->static_length = gzip ? asset->gzip_size : asset->size;
}
