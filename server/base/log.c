#include "base/log.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#define LINES_PER_SECOND_MAX 50 /* a flood of bad requests must not fill the disk */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static enum log_level level_min = LOG_LEVEL_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t second_now; /* lock */
static int lines, dropped; /* lock: of this second */

void log_set_level(enum log_level level)
{
    level_min = level;
}

/* Under the lock: may this line be written? Tells how many were not. */
static int admit(void)
{
    int64_t second = clock_monotonic_us() / 1000000;
    if (second != second_now) {
        if (dropped)
            fprintf(stderr, "(%d more log lines left out)\n", dropped);
        second_now = second;
        lines = dropped = 0;
    }
    if (lines++ < LINES_PER_SECOND_MAX)
        return 1;
    dropped++;
    return 0;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < level_min)
        return;
    char text[600], when[CLOCK_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    clock_format(when, clock_unix_ms());
    pthread_mutex_lock(&lock);
    if (admit())
        fprintf(stderr, "%s %-5s %s\n", when, level_names[level], text);
    pthread_mutex_unlock(&lock);
}
