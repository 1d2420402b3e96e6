/* Points of one metric as bytes, and what is known of a stretch of them without looking
   at each. Pure.

   A block is one byte of flags, then three columns: steps and times as a first value and
   differences of differences (zigzag, 7 bits a byte; evenly spaced ones need only the
   first difference), values as they are in memory, little-endian, or as floats of 4 bytes
   where every one of them is exactly one, as PyTorch's losses mostly are. */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include "store/store_points.h"

#include <stdint.h>

/* A block of `count` points takes at most so many bytes. */
#define BLOCK_BYTES_MAX(count) (1 + 28 * (size_t)(count))

/* Writes points `from` to from + count - 1 (count >= 1). Returns the number of bytes. */
size_t block_encode(const struct points *points, size_t from, size_t count, uint8_t *out);

/* Appends `count` points to out, which has room for them. False when the bytes are not a
   block of so many points. */
bool block_decode(const uint8_t *bytes, size_t length, size_t count, struct points *out);

/* Of points `from` to from + count - 1, count >= 1. */
struct stretch stretch_of(const struct points *points, size_t from, size_t count);
/* Takes in a stretch that lies after it. */
void stretch_extend(struct stretch *stretch, const struct stretch *after);

#define STRETCH_BYTES 48
void stretch_write(const struct stretch *stretch, uint8_t out[static STRETCH_BYTES]);
struct stretch stretch_read(const uint8_t bytes[static STRETCH_BYTES]);

/* Numbers of 7 bits a byte. varint_get returns NULL when the bytes end too early. */
uint8_t *varint_put(uint8_t *out, uint64_t value);
const uint8_t *varint_get(const uint8_t *in, const uint8_t *end, uint64_t *value);

#endif
