#include "store/chunk.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

static void add_block(const struct points *points, size_t from, size_t count,
                      struct chunk *out)
{
    struct stretch stretch = stretch_of(points, from, count);
    uint8_t *entry = out->blocks + out->blocks_length;
    size_t length = block_encode(points, from, count, out->body + out->body_length);
    uint32_t stored = htole32((uint32_t)length);
    stretch_write(&stretch, entry);
    memcpy(entry + STRETCH_BYTES, &stored, sizeof stored);
    if (out->blocks_length)
        stretch_extend(&out->whole, &stretch);
    else
        out->whole = stretch;
    out->blocks_length += BLOCK_ENTRY_BYTES;
    out->body_length += length;
}

void chunk_make(const struct points *points, size_t from, size_t count, struct chunk *out)
{
    assert(count >= 1 && count <= CHUNK_POINTS_MAX);
    out->blocks_length = out->body_length = 0;
    for (size_t done = 0; done < count; done += BLOCK_POINTS) {
        size_t left = count - done;
        add_block(points, from + done, left < BLOCK_POINTS ? left : BLOCK_POINTS, out);
    }
}

bool chunk_whole(const uint8_t *bytes, size_t length, struct stretch *out)
{
    if (length != STRETCH_BYTES)
        return false;
    *out = stretch_read(bytes);
    return out->count >= 1 && out->count <= CHUNK_POINTS_MAX;
}

bool block_next(struct block_walk *walk)
{
    uint32_t length;
    size_t left = walk->blocks_length - walk->entry;
    if (walk->damaged || !left)
        return false;
    walk->damaged = left < BLOCK_ENTRY_BYTES;
    if (walk->damaged)
        return false;
    const uint8_t *entry = walk->blocks + walk->entry;
    memcpy(&length, entry + STRETCH_BYTES, sizeof length);
    walk->stretch = stretch_read(entry);
    walk->offset += walk->length;
    walk->length = le32toh(length);
    walk->entry += BLOCK_ENTRY_BYTES;
    walk->damaged = !walk->stretch.count || walk->stretch.count > BLOCK_POINTS;
    return !walk->damaged;
}

bool block_read(const struct block_walk *walk, const uint8_t *body, size_t body_length,
                struct points *out)
{
    const struct stretch *stretch = &walk->stretch;
    size_t from = out->count;
    if (walk->offset > body_length || walk->length > body_length - walk->offset ||
        !block_decode(body + walk->offset, walk->length, stretch->count, out))
        return false;
    if (out->step[from] == stretch->first_step &&
        out->step[out->count - 1] == stretch->last_step)
        return true;
    out->count = from;
    return false;
}
