#include "store/block.h"

#include "base/limits.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum flags { STEPS_EVEN = 1, TIMES_EVEN = 2, FLOATS = 4, FLAGS_ALL = 7 };

uint8_t *varint_put(uint8_t *out, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        *out++ = (uint8_t)(value | 128);
    *out++ = (uint8_t)value;
    return out;
}

const uint8_t *varint_get(const uint8_t *in, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; in < end && shift < 64; shift += 7) {
        uint8_t byte = *in++;
        sum |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *value = sum;
            return in;
        }
    }
    return NULL;
}

/* Small numbers of either sign become small ones. */
static uint64_t zigzag(uint64_t value)
{
    return (value << 1) ^ (0 - (value >> 63));
}

static uint64_t unzigzag(uint64_t value)
{
    return (value >> 1) ^ (0 - (value & 1));
}

/* Differences are taken modulo 2^64: any two numbers have one. */
static uint64_t difference(const int64_t *numbers, size_t i)
{
    return (uint64_t)numbers[i] - (uint64_t)numbers[i - 1];
}

static bool is_even(const int64_t *numbers, size_t count)
{
    size_t i = 2;
    while (i < count && difference(numbers, i) == difference(numbers, 1))
        i++;
    return i >= count;
}

static uint8_t *put_integers(uint8_t *out, const int64_t *numbers, size_t count,
                             bool even)
{
    uint64_t before = 0;
    out = varint_put(out, zigzag((uint64_t)numbers[0]));
    for (size_t i = 1; i < (even && count > 2 ? 2 : count); i++) {
        uint64_t now = difference(numbers, i);
        out = varint_put(out, zigzag(now - before));
        before = now;
    }
    return out;
}

static const uint8_t *get_integers(const uint8_t *in, const uint8_t *end,
                                   int64_t *numbers, size_t count, bool even)
{
    uint64_t raw, step = 0;
    in = varint_get(in, end, &raw);
    if (!in)
        return NULL;
    numbers[0] = (int64_t)unzigzag(raw);
    for (size_t i = 1; i < count; i++) {
        if (i == 1 || !even) {
            in = varint_get(in, end, &raw);
            if (!in)
                return NULL;
            step += unzigzag(raw);
        }
        numbers[i] = (int64_t)((uint64_t)numbers[i - 1] + step);
    }
    return in;
}

/* Whether a float of 4 bytes holds every value bit for bit, a NaN as some NaN. */
static bool are_floats(const double *values, size_t count)
{
    size_t i = 0;
    while (i < count && ((double)(float)values[i] == values[i] || isnan(values[i])))
        i++;
    return i == count;
}

static uint8_t *put_values(uint8_t *out, const double *values, size_t count, bool floats)
{
    for (size_t i = 0; i < count; i++) {
        if (floats) {
            float value = (float)values[i];
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            bits = htole32(bits);
            memcpy(out, &bits, sizeof bits);
            out += sizeof bits;
        } else {
            uint64_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            bits = htole64(bits);
            memcpy(out, &bits, sizeof bits);
            out += sizeof bits;
        }
    }
    return out;
}

static void get_values(const uint8_t *in, double *values, size_t count, bool floats)
{
    for (size_t i = 0; i < count; i++) {
        if (floats) {
            uint32_t bits;
            float value;
            memcpy(&bits, in + i * sizeof bits, sizeof bits);
            bits = le32toh(bits);
            memcpy(&value, &bits, sizeof value);
            values[i] = (double)value;
        } else {
            uint64_t bits;
            memcpy(&bits, in + i * sizeof bits, sizeof bits);
            bits = le64toh(bits);
            memcpy(&values[i], &bits, sizeof bits);
        }
    }
}

size_t block_encode(const struct points *points, size_t from, size_t count, uint8_t *out)
{
    const int64_t *steps = points->step + from, *times = points->time_ms + from;
    const double *values = points->value + from;
    bool steps_even = is_even(steps, count), times_even = is_even(times, count);
    bool floats = are_floats(values, count);
    uint8_t *end = out;
    *end++ = (uint8_t)((steps_even ? STEPS_EVEN : 0) | (times_even ? TIMES_EVEN : 0) |
                       (floats ? FLOATS : 0));
    end = put_integers(end, steps, count, steps_even);
    end = put_integers(end, times, count, times_even);
    end = put_values(end, values, count, floats);
    return (size_t)(end - out);
}

/* Strictly rising, and none that nobody could have sent. */
static bool are_steps(const int64_t *steps, size_t count)
{
    size_t i = 1;
    while (i < count && steps[i] > steps[i - 1])
        i++;
    return i == count && steps[0] >= 0 && steps[count - 1] <= STEP_MAX;
}

bool block_decode(const uint8_t *bytes, size_t length, size_t count, struct points *out)
{
    if (!length || !count || bytes[0] > FLAGS_ALL)
        return false;
    const uint8_t *end = bytes + length, *in = bytes + 1;
    bool floats = bytes[0] & FLOATS;
    in = get_integers(in, end, out->step + out->count, count, bytes[0] & STEPS_EVEN);
    if (in)
        in = get_integers(in, end, out->time_ms + out->count, count,
                          bytes[0] & TIMES_EVEN);
    size_t each = floats ? sizeof(float) : sizeof(double);
    if (!in || (size_t)(end - in) != count * each ||
        !are_steps(out->step + out->count, count))
        return false;
    get_values(in, out->value + out->count, count, floats);
    out->count += count;
    return true;
}

struct stretch stretch_of(const struct points *points, size_t from, size_t count)
{
    size_t end = from + count;
    struct stretch s = {.first_step = points->step[from],
                        .last_step = points->step[end - 1],
                        .count = (uint32_t)count,
                        .min = NAN,
                        .max = NAN,
                        .last = points->value[end - 1]};
    for (size_t i = from; i < end; i++) {
        double value = points->value[i];
        if (!isfinite(value)) {
            s.nonfinite_count++;
            continue;
        }
        if (!(value >= s.min)) /* also while min is NaN */
            s.min = value;
        if (!(value <= s.max))
            s.max = value;
    }
    return s;
}

void stretch_extend(struct stretch *stretch, const struct stretch *after)
{
    stretch->last_step = after->last_step;
    stretch->count += after->count;
    stretch->nonfinite_count += after->nonfinite_count;
    stretch->last = after->last;
    if (isnan(stretch->min) || after->min < stretch->min)
        stretch->min = after->min;
    if (isnan(stretch->max) || after->max > stretch->max)
        stretch->max = after->max;
}

/* The fields are of 8 bytes but for the two counts, which share 8. */
void stretch_write(const struct stretch *stretch, uint8_t out[static STRETCH_BYTES])
{
    uint64_t words[STRETCH_BYTES / 8] = {(uint64_t)stretch->first_step,
                                         (uint64_t)stretch->last_step,
                                         (uint64_t)stretch->count |
                                             (uint64_t)stretch->nonfinite_count << 32};
    memcpy(&words[3], &stretch->min, 8);
    memcpy(&words[4], &stretch->max, 8);
    memcpy(&words[5], &stretch->last, 8);
    for (size_t i = 0; i < STRETCH_BYTES / 8; i++)
        words[i] = htole64(words[i]);
    memcpy(out, words, STRETCH_BYTES);
}

struct stretch stretch_read(const uint8_t bytes[static STRETCH_BYTES])
{
    uint64_t words[STRETCH_BYTES / 8];
    struct stretch s;
    memcpy(words, bytes, STRETCH_BYTES);
    for (size_t i = 0; i < STRETCH_BYTES / 8; i++)
        words[i] = le64toh(words[i]);
    s.first_step = (int64_t)words[0];
    s.last_step = (int64_t)words[1];
    s.count = (uint32_t)words[2];
    s.nonfinite_count = (uint32_t)(words[2] >> 32);
    memcpy(&s.min, &words[3], 8);
    memcpy(&s.max, &words[4], 8);
    memcpy(&s.last, &words[5], 8);
    return s;
}
