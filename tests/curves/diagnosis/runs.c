#include "curves/diagnosis/runs.h"
#include "curves/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const subject_rules[SUBJECTS] = {"overfitting", "noisy_loss", "divergence",
                                             "not_learning", "leakage_suspected"};
const char *const fold_names[FOLDS] = {"tuning", "checking"};

/* FNV-1a of the origin, folded to a byte: runs of one repository stay together, and
   nobody chooses. */
static unsigned hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    h ^= h >> 16;
    return (h ^ h >> 8) & 0xff;
}

static void set_origin(struct labelled_run *run, const char *origin)
{
    snprintf(run->origin, sizeof run->origin, "%s", origin);
    run->fold = hash(run->origin) & 1 ? CHECKING : TUNING;
    run->part = (hash(run->origin) >> 1) % PARTS;
}

static struct labelled_run *append(struct runs *runs)
{
    size_t bytes = (runs->count + 1) * sizeof *runs->run;
    struct labelled_run *grown = realloc(runs->run, bytes);
    if (!grown)
        exit(2);
    runs->run = grown;
    struct labelled_run *run = &runs->run[runs->count++];
    memset(run, 0, sizeof *run);
    return run;
}

static bool load(struct labelled_run *run, const char *path, struct runs *runs)
{
    if (history_file_read(path, &run->file))
        return true;
    history_file_release(&run->file);
    runs->count--;
    return false;
}

/* --- the logs --- */

/* Columns of labels.csv after the id, in the order of the subjects. */
static void read_label_line(const char *folder, char *line, struct runs *runs)
{
    char path[CSV_LINE_BYTES], *field[SUBJECTS + 1];
    if (csv_split(line, field, SUBJECTS + 1) < SUBJECTS + 1 || !strcmp(field[0], "id"))
        return;
    struct labelled_run *run = append(runs);
    snprintf(run->id, sizeof run->id, "%s", field[0]);
    for (enum subject s = 0; s < SUBJECTS; s++)
        run->label[s] = !strcmp(field[s + 1], "yes")  ? LABEL_YES
                        : !strcmp(field[s + 1], "no") ? LABEL_NO
                                                      : LABEL_NONE;
    snprintf(path, sizeof path, "%.2048s/logs/norm/%.64s.csv", folder, field[0]);
    load(run, path, runs);
}

static void read_origin_line(const char *folder, char *line, struct runs *runs)
{
    char *field[2];
    (void)folder;
    if (csv_split(line, field, 2) < 2)
        return;
    for (size_t i = 0; i < runs->count; i++) {
        if (!strcmp(runs->run[i].id, field[0]))
            set_origin(&runs->run[i], field[1]);
    }
}

/* --- the sets --- */

/* Simulated runs all come from one repository: their data set tells them apart,
   overfitguard_sim/LABEL__training_log_DATASET_modelN_SEED.csv.gz. */
static void set_origin_of_set(struct labelled_run *run, const char *file,
                              const char *repository)
{
    char name[96];
    const char *from = strstr(file, "training_log_");
    const char *to = from ? strstr(from, "_model") : NULL;
    if (!to) {
        set_origin(run, repository);
        return;
    }
    from += strlen("training_log_");
    snprintf(name, sizeof name, "OverfitGuard/%.*s", (int)(to - from), from);
    set_origin(run, name);
}

/* Only what the sets' authors labelled; nothing else is known of these runs. */
static void label_of_set(struct labelled_run *run, const char *label)
{
    if (!strcmp(label, "overfit"))
        run->label[OVERFITTING] = LABEL_YES;
    if (!strcmp(label, "non_overfit"))
        run->label[OVERFITTING] = LABEL_NO;
    bool language_model = !strncmp(run->set, "llm_lr_scheduling", 17) ||
                          !strncmp(run->set, "multipowerlaw", 13);
    run->healthy = language_model || !strcmp(label, "healthy");
}

static void read_set_line(const char *folder, char *line, struct runs *runs)
{
    enum { FILE_NAME, LABEL, REPOSITORY = 3, X_UNIT = 7, FIELDS };
    char path[CSV_LINE_BYTES], *field[FIELDS];
    if (csv_split(line, field, FIELDS) < FIELDS || !strcmp(field[0], "file"))
        return;
    struct labelled_run *run = append(runs);
    snprintf(run->id, sizeof run->id, "%s", field[FILE_NAME]);
    snprintf(run->set, sizeof run->set, "%.*s %.40s", (int)strcspn(field[FILE_NAME], "/"),
             field[FILE_NAME], field[LABEL]);
    label_of_set(run, field[LABEL]);
    set_origin_of_set(run, field[FILE_NAME], field[REPOSITORY]);
    bool counts_steps = strcmp(field[X_UNIT], "epoch") != 0;
    snprintf(path, sizeof path, "%.2048s/sets/%.1024s", folder, field[FILE_NAME]);
    if (load(run, path, runs))
        run->file.history.counts_steps = counts_steps;
}

/* --- both --- */

static bool each_line(const char *folder, const char *name, struct runs *runs,
                      void (*read)(const char *, char *, struct runs *))
{
    char path[CSV_LINE_BYTES], line[CSV_LINE_BYTES];
    snprintf(path, sizeof path, "%.2048s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    while (fgets(line, sizeof line, file))
        read(folder, line, runs);
    fclose(file);
    return true;
}

bool runs_load(const char *folder, struct runs *out)
{
    *out = (struct runs){NULL, 0};
    return each_line(folder, "logs/labels.csv", out, read_label_line) &&
           each_line(folder, "logs/index.csv", out, read_origin_line) &&
           each_line(folder, "sets/index.csv", out, read_set_line);
}

void runs_release(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        history_file_release(&runs->run[i].file);
    free(runs->run);
}
