/* The web page, embedded in the binary: lookup, ETag, precompressed bytes. */
#ifndef HTTP_ASSETS_H
#define HTTP_ASSETS_H

#include "http/etag.h"

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *name;                 /* "assets/app-1a2b3c.js" */
    const unsigned char *data, *gzip; /* gzip NULL without a precompressed form */
    size_t size, gzip_size;
    const char *type;    /* MIME type */
    char etag[ETAG_MAX]; /* weak: the same for both forms */
    bool immutable;      /* the name carries a hash of the content */
};

/* NULL when there is none of that name. */
const struct asset *asset_find(const char *name);

struct http_exchange;
/* Fills the answer (200, or 304 when If-None-Match fits). */
void asset_answer(struct http_exchange *x, const struct asset *asset);

#endif
