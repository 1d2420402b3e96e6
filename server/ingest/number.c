#include "ingest/number.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 10^22 is the last power of ten that a double holds exactly. */
static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define POWER_MAX      22
#define MANTISSA_EXACT ((uint64_t)1 << 53)

/* value = mantissa * 10^exponent, unless more digits were seen than mantissa holds. */
struct decimal {
    uint64_t mantissa;
    int exponent;
    int digits; /* without leading zeros */
    bool negative;
};

static inline bool is_digit(const char *p, const char *end)
{
    return p < end && (unsigned char)(*p - '0') < 10;
}

static inline const char *read_digits(const char *p, const char *end, struct decimal *d)
{
    for (; is_digit(p, end); p++) {
        if (d->digits || *p != '0')
            d->digits++;
        if (d->digits <= 19)
            d->mantissa = d->mantissa * 10 + (uint64_t)(*p - '0');
    }
    return p;
}

/* NULL when the exponent has no digits. */
static const char *read_exponent(const char *p, const char *end, struct decimal *d)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (!is_digit(p, end))
        return NULL;
    int value = 0;
    for (; is_digit(p, end); p++) {
        if (value < 100000)
            value = value * 10 + (*p - '0');
    }
    d->exponent += negative ? -value : value;
    return p;
}

/* The end of the number at text, or NULL. */
static const char *read_decimal(const char *text, const char *end, struct decimal *d)
{
    const char *p = text;
    d->negative = p < end && *p == '-';
    p += d->negative;
    if (!is_digit(p, end))
        return NULL;
    const char *whole = p;
    p = read_digits(p, end, d);
    if (*whole == '0' && p - whole > 1)
        return NULL;
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = read_digits(fraction, end, d);
        if (p == fraction)
            return NULL;
        d->exponent -= (int)(p - fraction);
    }
    if (p < end && (*p == 'e' || *p == 'E'))
        p = read_exponent(p + 1, end, d);
    return p;
}

static double slow_value(const char *text, size_t length)
{
    char copy[NUMBER_BYTES_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    return strtod(copy, NULL);
}

/* Clinger's fast path: both factors exact, so that one rounding gives the nearest. */
static double value_of(const struct decimal *d, const char *text, size_t length)
{
    if (d->digits > 19 || d->mantissa > MANTISSA_EXACT || d->exponent > POWER_MAX ||
        d->exponent < -POWER_MAX)
        return slow_value(text, length);
    double value = (double)d->mantissa;
    value = d->exponent < 0 ? value / power[-d->exponent] : value * power[d->exponent];
    return d->negative ? -value : value;
}

/* Whether d is an integer of 64 bits; mantissa must hold all its digits. */
static bool exact_of(const struct decimal *d, int64_t *exact)
{
    uint64_t value = d->mantissa;
    if (d->digits > 19)
        return false;
    for (int e = d->exponent; e < 0 && value; e++) {
        if (value % 10)
            return false;
        value /= 10;
    }
    for (int e = d->exponent; e > 0 && value; e--) {
        if (__builtin_mul_overflow(value, (uint64_t)10, &value))
            return false;
    }
    if (value > (uint64_t)INT64_MAX)
        return false;
    *exact = d->negative ? -(int64_t)value : (int64_t)value;
    return true;
}

size_t number_read(const char *text, size_t length, struct number *out)
{
    struct decimal d = {0};
    const char *stop = read_decimal(text, text + length, &d);
    if (!stop)
        return 0;
    size_t used = (size_t)(stop - text);
    if (used <= NUMBER_BYTES_MAX) {
        out->value = value_of(&d, text, used);
        out->exact = 0;
        out->integer = exact_of(&d, &out->exact);
    }
    return used;
}

bool number_cell(const char *text, size_t length, struct number *out)
{
    if (length && length <= NUMBER_BYTES_MAX && number_read(text, length, out) == length)
        return true;
    *out = (struct number){0};
    if (!text_to_double(text, length, &out->value))
        return false;
    out->integer = fabs(out->value) < 0x1p53 && out->value == nearbyint(out->value);
    if (out->integer)
        out->exact = (int64_t)out->value;
    return true;
}
