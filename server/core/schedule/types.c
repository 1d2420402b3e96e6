/* The table of schedule types: the rows of every framework. */
#include "core/schedule/rows.h"

#include <string.h>

static const struct framework {
    const char *name;
    const struct schedule_type *rows;
} frameworks[] = {{"PyTorch", schedule_rows_torch},
                  {"Hugging Face", schedule_rows_huggingface},
                  {"timm", schedule_rows_timm},
                  {"Keras", schedule_rows_keras}};

const char *const schedule_false_true[] = {"false", "true", NULL};

const struct schedule_type *schedule_type_at(size_t i)
{
    for (size_t f = 0; f < sizeof frameworks / sizeof *frameworks; f++) {
        const struct schedule_type *row = frameworks[f].rows;
        for (; row->name; row++) {
            if (!i--)
                return row;
        }
    }
    return NULL;
}

const char *schedule_framework(const struct schedule_type *type)
{
    for (size_t f = 0; f < sizeof frameworks / sizeof *frameworks; f++) {
        for (const struct schedule_type *row = frameworks[f].rows; row->name; row++) {
            if (row == type)
                return frameworks[f].name;
        }
    }
    return NULL;
}

const struct schedule_type *schedule_type_find(const char *name)
{
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        if (!strcmp(type->name, name))
            return type;
    }
    return NULL;
}

int schedule_param_find(const struct schedule_type *type, const char *name)
{
    for (int i = 0; type->params[i].name; i++) {
        if (!strcmp(type->params[i].name, name))
            return i;
    }
    return -1;
}

int schedule_word_find(const struct schedule_param *param, const char *word)
{
    for (int i = 0; param->words && param->words[i]; i++) {
        if (!strcmp(param->words[i], word))
            return i;
    }
    return -1;
}
