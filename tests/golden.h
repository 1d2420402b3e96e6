/* Reads the files that tests/golden/ wrote by running the real frameworks. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "core/schedule/schedule.h"
#include "rows.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_NAME 64

static inline double golden_value(const struct schedule_param *param, const char *text)
{
    char *end = NULL;
    int word = schedule_word_find(param, text);
    double value = strtod(text, &end);
    if (word < 0 && (end == text || *end))
        fail_msg("%s=%s", param->name, text);
    return word < 0 ? value : word;
}

static inline void golden_list(struct schedule_part *part, char *text)
{
    char *save = NULL;
    for (char *word = strtok_r(text, ":", &save); word; word = strtok_r(NULL, ":", &save))
        part->list[part->list_count++] = strtod(word, NULL);
}

/* "# part type=StepLR base_lr=0.1 step_size=30" */
static inline void golden_part(struct schedule *schedule, char *line)
{
    struct schedule_part *part = &schedule->parts[schedule->part_count++];
    char *save = NULL;
    for (char *word = strtok_r(line, " \n", &save); word;
         word = strtok_r(NULL, " \n", &save)) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        if (!strcmp(word, "type")) {
            assert_non_null(schedule_type_find(value));
            *part = schedule_part_default(schedule_type_find(value));
        } else if (part->type->list && !strcmp(word, part->type->list)) {
            golden_list(part, value);
        } else {
            int i = schedule_param_find(part->type, word);
            assert_true(i >= 0);
            part->param[i] = golden_value(&part->type->params[i], value);
        }
    }
}

/* Adds a test for every .csv in a folder; names keeps what they are called. */
static inline void golden_add(struct rows *rows, const char *path,
                              CMUnitTestFunction test, char names[][GOLDEN_NAME])
{
    DIR *folder = opendir(path);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!strstr(entry->d_name, ".csv"))
            continue;
        snprintf(names[rows->count], GOLDEN_NAME, "%.63s", entry->d_name);
        rows_add(rows, names[rows->count], test, names[rows->count]);
    }
    closedir(folder);
}

#endif
