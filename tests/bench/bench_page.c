/* The page in a headless browser: page.mjs beside this file measures, prints a line for
   each value, and says in one line when there is no browser. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT "tests/bench/page.mjs"
#define FIELDS 4

enum { LISTED_RUNS = 10000 };

/* One line: figure, unit, aim and value, with tabs between. */
static bool split(char *line, char *fields[static FIELDS])
{
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = line ? strsep(&line, "\t") : NULL;
    return fields[FIELDS - 1] != NULL;
}

static struct figure *find_or_add(struct report *report, size_t from,
                                  char *const fields[static FIELDS])
{
    for (size_t i = from; i < report->count; i++) {
        if (strcmp(report->figures[i].name, fields[0]) == 0)
            return &report->figures[i];
    }
    /* Few and small, and wanted until the end: they stay. */
    char *unit = strdup(fields[1]), *aim = strdup(fields[2]);
    return figure_aim(report_add(report, fields[0], unit ? unit : "", NULL), aim);
}

static void read_values(FILE *lines, struct report *report)
{
    char line[512], *fields[FIELDS];
    size_t from = report->count;
    while (fgets(line, sizeof line, lines)) {
        if (split(line, fields))
            repetitions_add(&find_or_add(report, from, fields)->value,
                            strtod(fields[3], NULL));
        else
            printf("%s\n", line); /* why nothing is measured */
    }
}

enum status bench_page(struct bench *bench, struct err *err)
{
    char command[256];
    struct process server;
    enum status status = bench_serve(bench, "page.db", &server, err);
    if (status != ST_OK)
        return status;
    status = bench_fill_others(server.port, LISTED_RUNS, err);
    if (status != ST_OK)
        return bench_stop(&server, status, err);
    snprintf(command, sizeof command, "node " SCRIPT " http://127.0.0.1:%u %zu",
             server.port, bench->repetitions);
    FILE *lines = popen(command, "r");
    if (lines)
        read_values(lines, &bench->report);
    if (!lines || pclose(lines) != 0)
        status = err_set(err, ST_FAILED, "bench", "%s failed", command);
    return bench_stop(&server, status, err);
}
