/* One line to stderr: 2026-11-23T20:20:39.123Z warn  text. Thread-safe. At most 50 lines
   a second; the rest are counted and the count is told. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

void log_set_level(enum log_level level); /* default LOG_LEVEL_INFO */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
