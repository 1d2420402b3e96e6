#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id, int64_t per_second)
{
    struct timespec now;
    clock_gettime(id, &now);
    return now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME, 1000);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC, 1000000);
}

void clock_format(char out[static CLOCK_TEXT_MAX], int64_t unix_ms)
{
    int millis = (int)(unix_ms % 1000);
    time_t seconds = (time_t)(unix_ms / 1000);
    if (millis < 0) {
        millis += 1000;
        seconds--;
    }
    struct tm tm;
    gmtime_r(&seconds, &tm);
    /* strftime's %Y does not pad to four digits */
    size_t length = (size_t)snprintf(out, CLOCK_TEXT_MAX, "%04d", tm.tm_year + 1900);
    length += strftime(out + length, CLOCK_TEXT_MAX - length, "-%m-%dT%H:%M:%S", &tm);
    snprintf(out + length, CLOCK_TEXT_MAX - length, ".%03dZ", millis);
}

/* Days since 1970 of a civil date, by counting 400-year eras that start on 1 March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool is_date(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= lengths[month - 1] + (month == 2 && leap);
}

/* Exactly n digits at *p; advances. */
static bool digits(const char **p, const char *end, int n, int *out)
{
    *out = 0;
    for (; n > 0; n--, (*p)++) {
        if (*p >= end || **p < '0' || **p > '9')
            return false;
        *out = *out * 10 + (**p - '0');
    }
    return true;
}

static bool literal(const char **p, const char *end, const char *any_of)
{
    if (*p >= end || !**p || !strchr(any_of, **p))
        return false;
    (*p)++;
    return true;
}

/* 1 to 9 digits, of which three count. */
static bool fraction_ms(const char **p, const char *end, int *millis)
{
    const char *from = *p;
    *millis = 0;
    for (int weight = 100; *p < end && **p >= '0' && **p <= '9'; (*p)++, weight /= 10)
        *millis += (**p - '0') * weight;
    return *p > from && *p - from <= 9;
}

static bool zone_minutes(const char **p, const char *end, int *minutes)
{
    *minutes = 0;
    if (literal(p, end, "Zz"))
        return true;
    bool west = *p < end && **p == '-';
    int hours, rest;
    if (!literal(p, end, "+-") || !digits(p, end, 2, &hours) || !literal(p, end, ":") ||
        !digits(p, end, 2, &rest) || hours > 23 || rest > 59)
        return false;
    *minutes = (west ? -1 : 1) * (hours * 60 + rest);
    return true;
}

bool clock_parse(const char *text, size_t length, int64_t *unix_ms)
{
    const char *p = text, *end = text + length;
    int year, month, day, hour, minute, second, millis = 0, zone;
    if (!digits(&p, end, 4, &year) || !literal(&p, end, "-") ||
        !digits(&p, end, 2, &month) || !literal(&p, end, "-") ||
        !digits(&p, end, 2, &day) || !literal(&p, end, "Tt ") ||
        !digits(&p, end, 2, &hour) || !literal(&p, end, ":") ||
        !digits(&p, end, 2, &minute) || !literal(&p, end, ":") ||
        !digits(&p, end, 2, &second))
        return false;
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (literal(&p, end, ".") && !fraction_ms(&p, end, &millis))
        return false;
    if (!zone_minutes(&p, end, &zone) || p != end)
        return false;
    int64_t minutes =
        (days_from_civil(year, month, day) * 24 + hour) * 60 + minute - zone;
    *unix_ms = (minutes * 60 + second) * 1000 + millis;
    return true;
}
