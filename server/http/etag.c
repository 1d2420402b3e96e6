#include "http/etag.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Eight bytes at a time: each step is a bijection of what came before, so answers that
   differ in one word never share a hash. */
static uint64_t stir(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t hash_of(const unsigned char *bytes, size_t length)
{
    uint64_t hash = stir(0xcbf29ce484222325u, length), word;
    for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = stir(hash, word);
    }
    word = 0;
    if (length)
        memcpy(&word, bytes, length);
    return stir(stir(hash, word), 0);
}

void etag_of(const void *bytes, size_t length, char out[static ETAG_MAX])
{
    snprintf(out, ETAG_MAX, "W/\"%016llx\"", (unsigned long long)hash_of(bytes, length));
}

/* Compared weakly, as If-None-Match is: W/ is passed over. Our tags hold no quotes and no
   commas, so text of another tag cannot be taken for one. */
bool etag_listed(const char *if_none_match, const char *etag)
{
    if (!if_none_match)
        return false;
    if (!strcmp(if_none_match, "*"))
        return true;
    return strstr(if_none_match, strncmp(etag, "W/", 2) ? etag : etag + 2) != NULL;
}
