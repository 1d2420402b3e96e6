#include "figure.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_out.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, int64_t us)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity ? 2 * samples->capacity : 1024;
        uint32_t *grown = realloc(samples->us, capacity * sizeof *grown);
        if (!grown)
            return;
        samples->us = grown;
        samples->capacity = capacity;
    }
    samples->us[samples->count++] = (uint32_t)us;
}

void samples_release(struct samples *samples)
{
    free(samples->us);
    *samples = (struct samples){0};
}

static int compare_us(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

double samples_quantile_ms(struct samples *samples, double share)
{
    if (samples->count == 0)
        return NAN;
    qsort(samples->us, samples->count, sizeof *samples->us, compare_us);
    size_t rank = (size_t)ceil(share * (double)samples->count);
    return 1e-3 * samples->us[rank > 0 ? rank - 1 : 0];
}

static int compare_double(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Kept sorted: smallest first. */
void repetitions_add(struct repetitions *repetitions, double value)
{
    assert(repetitions->count < REPETITIONS_MAX);
    repetitions->value[repetitions->count++] = value;
    qsort(repetitions->value, repetitions->count, sizeof value, compare_double);
}

double repetitions_median(const struct repetitions *repetitions)
{
    size_t n = repetitions->count;
    if (n == 0)
        return NAN;
    return (repetitions->value[(n - 1) / 2] + repetitions->value[n / 2]) / 2;
}

double figure_ratio(const struct figure *figure)
{
    double value = repetitions_median(&figure->value);
    double ceiling = repetitions_median(&figure->ceiling);
    return figure->smaller_is_better ? ceiling / value : value / ceiling;
}

struct figure *report_add(struct report *report, const char *name, const char *unit,
                          const char *ceiling_name)
{
    assert(report->count < FIGURES_MAX);
    struct figure *figure = &report->figures[report->count++];
    *figure = (struct figure){.unit = unit, .ceiling_name = ceiling_name};
    snprintf(figure->name, sizeof figure->name, "%s", name);
    /* Rates are per second; everything else is a time or a size. */
    size_t length = strlen(unit);
    figure->smaller_is_better = length < 2 || strcmp(unit + length - 2, "/s") != 0;
    return figure;
}

struct figure *figure_aim(struct figure *figure, const char *aim)
{
    figure->aim = aim;
    return figure;
}

struct latency_figure report_add_latency(struct report *report, const char *name,
                                         const char *ceiling_name)
{
    char long_name[64];
    struct latency_figure figure;
    snprintf(long_name, sizeof long_name, "%s p50", name);
    figure.p50 = report_add(report, long_name, "ms", ceiling_name);
    snprintf(long_name, sizeof long_name, "%s p99", name);
    figure.p99 = report_add(report, long_name, "ms", ceiling_name);
    return figure;
}

void latency_figure_add(struct latency_figure *figure, struct samples *value,
                        struct samples *ceiling)
{
    repetitions_add(&figure->p50->value, samples_quantile_ms(value, 0.50));
    repetitions_add(&figure->p99->value, samples_quantile_ms(value, 0.99));
    repetitions_add(&figure->p50->ceiling, samples_quantile_ms(ceiling, 0.50));
    repetitions_add(&figure->p99->ceiling, samples_quantile_ms(ceiling, 0.99));
}

/* Three or four digits that matter. */
static const char *format_number(char out[static 24], double value)
{
    double size = fabs(value);
    snprintf(out, 24, "%.*f",
             size >= 100  ? 0
             : size >= 10 ? 1
             : size >= 1  ? 2
                          : 3,
             value);
    return out;
}

/* Two digits after the point, or one that matters. */
static const char *format_ratio(char out[static 24], double ratio)
{
    snprintf(out, 24, ratio >= 0.095 ? "%.2f" : "%.1g", ratio);
    return out;
}

static void print_row(const struct figure *figure)
{
    char median[24], low[24], high[24], range[52], ceiling[24], ratio[24];
    const struct repetitions *value = &figure->value;
    if (value->count == 0)
        return;
    bool beside = figure->ceiling.count > 0;
    snprintf(range, sizeof range, "%s..%s", format_number(low, value->value[0]),
             format_number(high, value->value[value->count - 1]));
    format_number(ceiling, repetitions_median(&figure->ceiling));
    format_ratio(ratio, figure_ratio(figure));
    printf("%-46s %9s %-8s %-18s %9s %6s  %-13s %s\n", figure->name,
           format_number(median, repetitions_median(value)), figure->unit,
           value->count > 1 ? range : "", beside ? ceiling : "", beside ? ratio : "",
           figure->aim ? figure->aim : "", beside ? figure->ceiling_name : "");
}

void report_print(const struct report *report, size_t from)
{
    if (from == 0)
        printf("%-46s %9s %-8s %-18s %9s %6s  %-13s %s\n", "figure", "median", "unit",
               "min..max", "ceiling", "ratio", "aim", "the ceiling is");
    for (size_t i = from; i < report->count; i++)
        print_row(&report->figures[i]);
    fflush(stdout);
}

static void json_repetitions(struct json_out *json, const struct repetitions *r)
{
    json_key_double(json, "median", repetitions_median(r));
    json_key(json, "repetitions");
    json_array_begin(json);
    for (size_t i = 0; i < r->count; i++)
        json_double(json, r->value[i]);
    json_array_end(json);
}

static void json_figure(struct json_out *json, const struct figure *figure)
{
    if (figure->value.count == 0)
        return;
    json_object_begin(json);
    json_key_text(json, "figure", figure->name);
    json_key_text(json, "unit", figure->unit);
    json_key_text(json, "aim", figure->aim);
    json_repetitions(json, &figure->value);
    if (figure->ceiling.count > 0) {
        json_key(json, "ceiling");
        json_object_begin(json);
        json_key_text(json, "what", figure->ceiling_name);
        json_repetitions(json, &figure->ceiling);
        json_object_end(json);
        json_key_double(json, "ratio", figure_ratio(figure));
    }
    json_object_end(json);
}

static void json_report(struct json_out *json, const struct report *report,
                        const char *machine)
{
    json_object_begin(json);
    json_key(json, "time");
    json_time(json, clock_unix_ms());
    json_key_text(json, "machine", machine);
    json_key(json, "figures");
    json_array_begin(json);
    for (size_t i = 0; i < report->count; i++)
        json_figure(json, &report->figures[i]);
    json_array_end(json);
    json_object_end(json);
}

enum status report_write(const struct report *report, const char *path,
                         const char *machine, struct err *err)
{
    struct buf text;
    struct json_out json;
    buf_init(&text, 1 << 20);
    json_init(&json, &text);
    json_report(&json, report, machine);
    buf_add_char(&text, '\n');
    FILE *file = fopen(path, "w");
    bool written = file && fwrite(text.data, 1, text.length, file) == text.length;
    if (file && fclose(file) != 0)
        written = false;
    buf_release(&text);
    return written ? ST_OK
                   : err_set(err, ST_FAILED, "bench", "%s: %s", path, strerror(errno));
}
