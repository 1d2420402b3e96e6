/* Numbers as text. Charts and tables are made of them: printf and strtod, up to three
   times each, would take most of the time of an answer. So numbers of usual size are
   worked out in whole numbers of 128 bits, exactly; the others by printf. Both give the
   same text. */
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MIN 15 /* as many decimals as any double of usual size holds */
#define DIGITS_MAX 17 /* as many as tell any two doubles apart */

static size_t put(char *out, const char *text)
{
    size_t length = strlen(text);
    memcpy(out, text, length + 1);
    return length;
}

/* The digits of value, right-aligned before end; where they begin. */
static char *digits_before(char *end, uint64_t value)
{
    do
        *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}

size_t text_int64(char out[static TEXT_INT64_MAX], int64_t value)
{
    char text[TEXT_INT64_MAX], *end = text + sizeof text - 1;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *end = '\0';
    char *first = digits_before(end, size);
    if (value < 0)
        *--first = '-';
    memcpy(out, first, (size_t)(end - first) + 1);
    return (size_t)(end - first);
}

/* --- by printf --- */

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static size_t printed(char *out, double value)
{
    /* Below DBL_MIN a double holds fewer digits than 15. */
    int digits = fabs(value) < DBL_MIN ? 1 : DIGITS_MIN;
    for (; digits < DIGITS_MAX; digits++) {
        int length = snprintf(out, TEXT_DOUBLE_MAX, "%.*g", digits, value);
        if (same_bits(strtod(out, NULL), value))
            return (size_t)length;
    }
    return (size_t)snprintf(out, TEXT_DOUBLE_MAX, "%.*g", DIGITS_MAX, value);
}

/* --- in whole numbers --- */

#define USUAL_MIN     1e-5 /* what follows stays below 2^127 between these two */
#define USUAL_MAX     1e15
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1075

static const uint64_t power10[] = {1u,
                                   10u,
                                   100u,
                                   1000u,
                                   10000u,
                                   100000u,
                                   1000000u,
                                   10000000u,
                                   100000000u,
                                   1000000000u,
                                   10000000000u,
                                   100000000000u,
                                   1000000000000u,
                                   10000000000000u,
                                   100000000000000u,
                                   1000000000000000u,
                                   10000000000000000u,
                                   100000000000000000u};

/* value * 10^17 / 10^(place + 1) = scaled / 2^shift, exactly: DIGITS_MAX digits before
   the point, the first of them worth 10^place. Half the way to the next double is `half`.
 */
struct scaled {
    unsigned __int128 scaled, half;
    int shift, place;
    bool even; /* then half the way still reads back as this double */
};

static uint64_t whole(const struct scaled *s)
{
    return (uint64_t)(s->scaled >> s->shift);
}

static void scale(struct scaled *s, uint64_t mantissa, int place)
{
    int power = DIGITS_MAX - 1 - place;
    unsigned __int128 factor =
        (unsigned __int128)power10[power / 2] * power10[power - power / 2];
    s->place = place;
    s->scaled = mantissa * factor;
    s->half = factor / 2;
}

/* False for a power of two: the double below it is nearer than the one above. */
static bool scale_double(double value, struct scaled *s)
{
    uint64_t bits, one = (uint64_t)1 << MANTISSA_BITS;
    memcpy(&bits, &value, sizeof bits);
    uint64_t mantissa = (bits & (one - 1)) | one;
    int exponent = (int)(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
    int log2 = exponent + MANTISSA_BITS;
    s->shift = -exponent;
    s->even = mantissa % 2 == 0;
    /* log10(2), rounded down; at most one too small. */
    scale(s, mantissa, (int)floor(log2 * 0.30102));
    if (whole(s) >= power10[DIGITS_MAX])
        scale(s, mantissa, s->place + 1);
    return mantissa != one;
}

/* Rounded to a multiple of unit, a tie to the even one, as printf does. */
static uint64_t rounded(const struct scaled *s, uint64_t unit)
{
    uint64_t below = whole(s) / unit;
    unsigned __int128 rest = s->scaled - ((unsigned __int128)(below * unit) << s->shift);
    unsigned __int128 middle = (unsigned __int128)unit << (s->shift - 1);
    bool up = rest > middle || (rest == middle && below % 2);
    return (below + up) * unit;
}

static bool reads_back(const struct scaled *s, uint64_t digits)
{
    unsigned __int128 there = (unsigned __int128)digits << s->shift;
    unsigned __int128 away = there > s->scaled ? there - s->scaled : s->scaled - there;
    return away < s->half || (away == s->half && s->even);
}

/* The digits that %.15g, %.16g or %.17g would print, the first that reads back. */
static uint64_t shortest(struct scaled *s)
{
    uint64_t digits = 0;
    for (int left = DIGITS_MAX - DIGITS_MIN; left >= 0; left--) {
        digits = rounded(s, power10[left]);
        if (reads_back(s, digits))
            break;
    }
    if (digits >= power10[DIGITS_MAX]) { /* 9.99... became 10 */
        digits /= 10;
        s->place++;
    }
    return digits;
}

/* As %g writes it: "123.4", "0.00012", and below 0.0001 "1.2e-05". */
static size_t write_decimal(char *out, const char *digits, size_t count, int place)
{
    char *p = out;
    bool exponent = place < -4;
    size_t before = exponent ? 1 : place < 0 ? 0 : (size_t)place + 1;
    if (before == 0) {
        *p++ = '0';
        *p++ = '.';
        for (int zeros = -1; zeros > place; zeros--)
            *p++ = '0';
    }
    for (size_t i = 0; i < count || i < before; i++) {
        if (i == before && before)
            *p++ = '.';
        *p++ = i < count ? digits[i] : '0';
    }
    if (exponent)
        p += snprintf(p, 8, "e-%02d", -place);
    *p = '\0';
    return (size_t)(p - out);
}

static size_t worked_out(char *out, double value)
{
    struct scaled s;
    char digits[DIGITS_MAX];
    char *p = out;
    if (value < 0)
        *p++ = '-';
    if (!scale_double(fabs(value), &s))
        return printed(out, value);
    digits_before(digits + DIGITS_MAX, shortest(&s));
    size_t count = DIGITS_MAX;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return (size_t)(p - out) + write_decimal(p, digits, count, s.place);
}

size_t text_double(char out[static TEXT_DOUBLE_MAX], double value)
{
    if (isnan(value))
        return put(out, "NaN");
    if (isinf(value))
        return put(out, value < 0 ? "-Infinity" : "Infinity");
    double size = fabs(value);
    if (size < USUAL_MAX && value == (double)(int64_t)value &&
        !(value == 0 && signbit(value)))
        return text_int64(out, (int64_t)value);
    return size >= USUAL_MIN && size < USUAL_MAX ? worked_out(out, value)
                                                 : printed(out, value);
}
