/* Some thousand points of one metric, as one row of the database holds them: what is
   known of all of them, what is known of each block, and the blocks. So a reader that
   draws a curve decodes only the blocks it must look into. Pure.

   blocks: for each block its stretch, then its length in bytes (4, little-endian). */
#ifndef STORE_CHUNK_H
#define STORE_CHUNK_H

#include "store/block.h"

#define BLOCK_POINTS      128 /* in a block; the last one of a chunk may have fewer */
#define CHUNK_POINTS_MAX  4096
#define CHUNK_BLOCKS_MAX  (CHUNK_POINTS_MAX / BLOCK_POINTS)
#define CHUNK_BODY_MAX    (CHUNK_BLOCKS_MAX * BLOCK_BYTES_MAX(BLOCK_POINTS))
#define BLOCK_ENTRY_BYTES (STRETCH_BYTES + 4)

struct chunk {
    struct stretch whole;
    uint8_t blocks[CHUNK_BLOCKS_MAX * BLOCK_ENTRY_BYTES];
    uint8_t body[CHUNK_BODY_MAX];
    size_t blocks_length, body_length;
};
/* Makes the chunk of points `from` to from + count - 1; 1 <= count <= CHUNK_POINTS_MAX.
 */
void chunk_make(const struct points *points, size_t from, size_t count,
                struct chunk *out);

/* What is known of all points of a chunk that was read. False when the bytes are not
 * that.
 */
bool chunk_whole(const uint8_t *bytes, size_t length, struct stretch *out);

/* Goes through the blocks of a chunk that was read; starts as {.blocks = , .blocks_length
   =
   }. */
struct block_walk {
    const uint8_t *blocks;
    size_t blocks_length, entry; /* in bytes; entry: of the next one */
    struct stretch stretch;      /* of the block at hand */
    size_t offset, length;       /* and where it lies in the body */
    bool damaged;                /* the bytes are not a chunk's */
};
/* False at the end, or where the bytes are damaged. */
bool block_next(struct block_walk *walk);
/* Appends the points of the block at hand to out, which has room for them. False where
   the bytes are damaged. */
bool block_read(const struct block_walk *walk, const uint8_t *body, size_t body_length,
                struct points *out);

#endif
