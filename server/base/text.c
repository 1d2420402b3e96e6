#include "base/text.h"

#include "base/limits.h"

#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* strtod also takes hex, "nan(...)" and leading blanks: look at the shape first. */
static bool is_decimal(const char *p, const char *end)
{
    if (p < end && (*p == '+' || *p == '-'))
        p++;
    int digits = 0;
    for (; p < end && isdigit((unsigned char)*p); p++)
        digits++;
    if (p < end && *p == '.') {
        for (p++; p < end && isdigit((unsigned char)*p); p++)
            digits++;
    }
    if (!digits)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end)
            return false;
        while (p < end && isdigit((unsigned char)*p))
            p++;
    }
    return p == end;
}

static bool word_to_double(const char *word, double *out)
{
    bool negative = *word == '-';
    if (*word == '+' || *word == '-')
        word++;
    if (!strcasecmp(word, "nan"))
        *out = NAN;
    else if (!strcasecmp(word, "inf") || !strcasecmp(word, "infinity"))
        *out = negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

bool text_to_double(const char *text, size_t length, double *out)
{
    char copy[64];
    if (!length || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!is_decimal(copy, copy + length))
        return strlen(copy) == length && word_to_double(copy, out);
    *out = strtod(copy, NULL);
    return true;
}

bool text_to_int64(const char *text, size_t length, int64_t *out)
{
    bool negative = length && text[0] == '-';
    uint64_t value = 0;
    size_t i = negative ? 1 : 0;
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
            return false;
    }
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? -value : value);
    return true;
}

/* Levenshtein, case folded; names are short, so a fixed row is enough. */
static int distance(const char *a, const char *b)
{
    enum { ROW = 64 };
    int row[ROW];
    size_t n = strlen(b);
    if (n >= ROW || strlen(a) >= ROW)
        return INT_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = (int)j;
    for (size_t i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (size_t j = 0; j < n; j++) {
            int same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            int best = diagonal + !same;
            diagonal = row[j + 1];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j + 1] + 1 < best)
                best = row[j + 1] + 1;
            row[j + 1] = best;
        }
    }
    return row[n];
}

/* The letters of a, sorted, without separators: max_T and T_max look alike. */
static void letters(const char *a, char out[static 64])
{
    size_t n = 0;
    for (; *a && n < 63; a++) {
        if (!isalnum((unsigned char)*a))
            continue;
        char c = (char)tolower((unsigned char)*a);
        size_t i = n++;
        for (; i > 0 && out[i - 1] > c; i--)
            out[i] = out[i - 1];
        out[i] = c;
    }
    out[n] = '\0';
}

const char *text_nearest(const char *wrong, const char *const *names)
{
    const char *nearest = NULL;
    int best = (int)strlen(wrong) / 3 + 2;
    char wrong_letters[64], name_letters[64];
    letters(wrong, wrong_letters);
    for (; *names; names++) {
        letters(*names, name_letters);
        int d = strcmp(wrong_letters, name_letters) ? distance(wrong, *names) : 0;
        if (d < best) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}

/* Length of the UTF-8 sequence at p, 0 when it is not one (overlong, surrogate, cut). */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return p[0] ? 1 : 0;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

size_t text_utf8_length(const char *text, size_t length)
{
    return utf8_sequence((const unsigned char *)text, length);
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    while (p < end) {
        size_t n = utf8_sequence(p, (size_t)(end - p));
        if (!n)
            return false;
        p += n;
    }
    return true;
}

bool text_is_printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return text_is_utf8(text, length);
}

bool text_is_run_id(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789._-");
    return length >= 1 && length <= RUN_ID_MAX && !text[length] && text[0] != '.';
}

bool text_equals_nocase(const char *a, const char *b)
{
    return !strcasecmp(a, b);
}
