/* Reads the normalised histories of the curves folder: a header row, then x, maybe
   x_kind, and the columns train_loss, val_loss, lr, train_acc, val_acc. Plain or gzip. */
#ifndef TESTS_CURVES_HISTORY_FILE_H
#define TESTS_CURVES_HISTORY_FILE_H

#include "core/diagnose/diagnose.h"

#include <stdbool.h>

struct history_file {
    struct history history; /* ended; its curves lie in the arrays below */
    int64_t *step[ROLE_COUNT];
    double *value[ROLE_COUNT];
};

bool history_file_read(const char *path, struct history_file *file);
void history_file_release(struct history_file *file);

#endif
