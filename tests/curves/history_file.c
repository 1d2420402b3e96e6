#include "curves/history_file.h"
#include "curves/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

void history_file_release(struct history_file *file)
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        free(file->step[role]);
        free(file->value[role]);
    }
}

static bool grow(struct history_file *file, enum role role)
{
    size_t count = file->history.curve[role].count;
    if (count & (count - 1)) /* room is always the next power of two */
        return true;
    size_t room = count ? 2 * count : 1;
    int64_t *step = realloc(file->step[role], room * sizeof *step);
    double *value = realloc(file->value[role], room * sizeof *value);
    file->step[role] = step ? step : file->step[role];
    file->value[role] = value ? value : file->value[role];
    return step && value;
}

/* A point; one at or before the last step (an appended log) is passed over. */
static void add(struct history_file *file, enum role role, int64_t step, const char *text)
{
    struct series *curve = &file->history.curve[role];
    if (!*text || (curve->count && step <= curve->step[curve->count - 1]) ||
        !grow(file, role))
        return;
    file->step[role][curve->count] = step;
    file->value[role][curve->count] = strtod(text, NULL);
    curve->step = file->step[role];
    curve->value = file->value[role];
    curve->count++;
}

bool history_file_read(const char *path, struct history_file *file)
{
    char line[CSV_LINE_BYTES], *field[ROLE_COUNT + 2];
    gzFile in = gzopen(path, "rb");
    *file = (struct history_file){.history = {.ended = true, .val_metric_higher = true}};
    file->history.baseline_final = NAN;
    if (!in)
        return false;
    if (!gzgets(in, line, sizeof line))
        line[0] = '\0';
    bool has_kind = strstr(line, "x_kind") != NULL;
    file->history.counts_steps = !has_kind;
    while (gzgets(in, line, sizeof line)) {
        if (csv_split(line, field, ROLE_COUNT + 2) != (size_t)(ROLE_COUNT + 1 + has_kind))
            continue;
        int64_t step = (int64_t)strtod(field[0], NULL);
        if (has_kind)
            file->history.counts_steps = !strcmp(field[1], "step");
        for (enum role role = 0; role < ROLE_COUNT; role++)
            add(file, role, step, field[role + 1 + has_kind]);
    }
    gzclose(in);
    return true;
}
