/* Holds the causes of lr_off_schedule against real learning rates. Each column that has a
   label is declared as what it follows: nothing may be said. Then it is declared wrongly,
   or its rows are put together as after a mistake: the mistake should be named. Usage:
   bench_causes CURVES_FOLDER [-v]. Exit 1 when there was a false alarm. */
#include "core/cause/cause.h"
#include "core/diagnose/diagnose.h"
#include "core/fit/plateau.h"
#include "curves/csv.h"
#include "curves/history_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 4096
#define ROWS_MAX       200000

static bool verbose;

/* One column, and what it is declared as. */
struct logged {
    struct history history;
    struct schedule declared;
    struct schedule follows; /* what it truly is */
    int64_t step[ROWS_MAX];
    double lr[ROWS_MAX];
    const char *id;
};

static void judge(struct logged *log, struct diagnosis *out)
{
    log->history.declared = &log->declared;
    void *work = malloc(diagnose_work_size(&log->history));
    if (!work)
        exit(2);
    diagnose(&log->history, work, out);
    free(work);
}

/* What is said about the learning rate against its schedule. */
static const struct finding *find_off(const struct diagnosis *diagnosis)
{
    static const char *const names[] = {"lr_off_schedule", "lr_constant", "lr_abrupt"};
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            if (!strcmp(diagnosis->findings[i].rule->name, names[n]))
                return &diagnosis->findings[i];
        }
    }
    return NULL;
}

/* --- what a column follows --- */

static bool explain_by_plateau(struct logged *log)
{
    static const enum role roles[] = {ROLE_VAL_LOSS, ROLE_TRAIN_LOSS};
    for (size_t i = 0; i < 2; i++) {
        const struct series *watched = &log->history.curve[roles[i]];
        int shift;
        if (!plateau_explains(&log->history.curve[ROLE_LR], watched, false,
                              &log->follows.parts[0], &shift))
            continue;
        log->follows.part_count = 1;
        /* The run watches this one. */
        if (roles[i] == ROLE_TRAIN_LOSS)
            log->history.curve[ROLE_VAL_LOSS].count = 0;
        return true;
    }
    return false;
}

static bool explain(struct logged *log)
{
    struct series *lr = &log->history.curve[ROLE_LR];
    double *work = malloc(2 * lr->count * sizeof *work);
    struct schedule_fit fit;
    if (!work)
        exit(2);
    schedule_fit(lr, 0, work, &fit);
    free(work);
    log->follows = fit.schedule;
    bool found = explain_by_plateau(log) || (fit.found && fit.deviation.leaves_at < 0);
    log->follows.unit = log->history.counts_steps ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    return found;
}

/* --- mistakes --- */

static struct schedule_part *last_part(struct schedule *schedule)
{
    return &schedule->parts[schedule->part_count - 1];
}

static int length_index(const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[schedule->part_count - 1];
    const char *length = part->type->length_param;
    return length ? schedule_param_find(part->type, length) : -1;
}

static bool declare_length(struct logged *log, double factor)
{
    int length = length_index(&log->follows);
    if (length < 0 || isnan(last_part(&log->declared)->param[length]))
        return false;
    double *value = &last_part(&log->declared)->param[length];
    *value = ceil(*value * factor);
    return true;
}

static bool longer(struct logged *log)
{
    return declare_length(log, 1.5);
}

static bool shorter(struct logged *log)
{
    return declare_length(log, 0.7);
}

static bool another_base_lr(struct logged *log)
{
    for (size_t i = 0; i < log->declared.part_count; i++)
        log->declared.parts[i].param[0] /= 4;
    return true;
}

static bool another_floor(struct logged *log)
{
    struct schedule_part *part = last_part(&log->declared);
    const char *floor = part->type->floor_param;
    int index = floor ? schedule_param_find(part->type, floor) : -1;
    if (index < 0 || isnan(part->param[index]) ||
        !strcmp(part->type->name, "ReduceLROnPlateau"))
        return false;
    part->param[index] += part->param[0] / 8;
    return true;
}

static bool another_value(struct logged *log, const char *name, double factor)
{
    struct schedule_part *part = last_part(&log->declared);
    int index = schedule_param_find(part->type, name);
    if (index < 0 || isnan(part->param[index]))
        return false;
    part->param[index] *= factor;
    return true;
}

static bool another_gamma(struct logged *log)
{
    return !strcmp(last_part(&log->declared)->type->name, "ExponentialLR")
               ? another_value(log, "gamma", 0.99)
               : another_value(log, "gamma", 0.7);
}

static bool another_patience(struct logged *log)
{
    return another_value(log, "patience", 3);
}

static bool another_milestone(struct logged *log)
{
    struct schedule_part *part = last_part(&log->declared);
    if (!part->type->list || !part->list_count)
        return false;
    double *last = &part->list[part->list_count - 1];
    *last = ceil(*last * 1.2);
    return true;
}

static bool without_warmup(struct logged *log)
{
    struct schedule *schedule = &log->declared;
    int warmup = schedule_param_find(schedule->parts[0].type, "num_warmup_steps");
    if (warmup > 0 && schedule->parts[0].param[warmup] > 0) {
        schedule->parts[0].param[warmup] = 0;
        return true;
    }
    if (schedule->part_count != 2 ||
        !(schedule_lr(schedule, (double)schedule->milestones[0]) >
          schedule_lr(schedule, 0)))
        return false;
    schedule->parts[0] = schedule->parts[1];
    schedule->part_count = 1;
    return true;
}

static bool another_type(struct logged *log)
{
    double length = log->lr[0] > 0 ? (double)log->history.curve[ROLE_LR].count : 0;
    double base_lr = log->follows.parts[0].param[0];
    const char *type = "ExponentialLR";
    if (!strcmp(last_part(&log->follows)->type->name, type) || length < 3)
        return false;
    log->declared.part_count = 1;
    log->declared.parts[0] = schedule_part_default(schedule_type_find(type));
    log->declared.parts[0].param[0] = base_lr;
    log->declared.parts[0].param[1] = 0.97;
    return true;
}

/* Rows from `from` on take their rates from `behind` rows earlier; all of the run's other
   curves stay. */
static bool put_together(struct logged *log, size_t from, size_t behind)
{
    struct series *lr = &log->history.curve[ROLE_LR];
    if (lr->count < 20)
        return false;
    for (size_t i = lr->count; i-- > from;)
        log->lr[i] = log->lr[i - behind];
    return true;
}

static bool resumed_from_the_start(struct logged *log)
{
    size_t from = log->history.curve[ROLE_LR].count * 3 / 5;
    return put_together(log, from, from);
}

static bool resumed_from_an_older_state(struct logged *log)
{
    size_t count = log->history.curve[ROLE_LR].count;
    return put_together(log, count * 3 / 5, count / 10);
}

static bool stands_from_the_middle(struct logged *log)
{
    struct series *lr = &log->history.curve[ROLE_LR];
    for (size_t i = lr->count / 2; i < lr->count; i++)
        log->lr[i] = log->lr[lr->count / 2];
    return lr->count >= 20;
}

static bool starts_ahead(struct logged *log)
{
    struct series *lr = &log->history.curve[ROLE_LR];
    size_t by = lr->count / 6;
    if (lr->count < 20)
        return false;
    for (size_t i = 0; i + by < lr->count; i++)
        log->lr[i] = log->lr[i + by];
    lr->count -= by;
    return true;
}

static bool times_a_tenth(struct logged *log)
{
    struct series *lr = &log->history.curve[ROLE_LR];
    for (size_t i = lr->count / 2; i < lr->count; i++)
        log->lr[i] *= 0.1;
    return lr->count >= 20;
}

/* --- scoring --- */

struct score {
    const char *name;
    bool (*make)(struct logged *log);
    const char *cause;
    const char *also; /* the same mistake under another name, or NULL */
    unsigned right, other, unknown, silent;
};

static struct score scores[] = {
    {"length x 1.5", longer, "other_length", NULL, 0, 0, 0, 0},
    {"length x 0.7", shorter, "other_length", NULL, 0, 0, 0, 0},
    {"base_lr / 4", another_base_lr, "other_base_lr", NULL, 0, 0, 0, 0},
    {"floor higher", another_floor, "other_floor", NULL, 0, 0, 0, 0},
    {"gamma lower", another_gamma, "other_parameter", NULL, 0, 0, 0, 0},
    {"patience x 3", another_patience, "other_parameter", NULL, 0, 0, 0, 0},
    {"a milestone later", another_milestone, "other_milestone", NULL, 0, 0, 0, 0},
    {"warm-up not declared", without_warmup, "warmup_added", "other_parameter", 0, 0, 0,
     0},
    {"declared ExponentialLR", another_type, "other_schedule", NULL, 0, 0, 0, 0},
    {"starts again", resumed_from_the_start, "last_epoch_lost", NULL, 0, 0, 0, 0},
    {"a tenth behind", resumed_from_an_older_state, "steps_repeated", NULL, 0, 0, 0, 0},
    {"stands from the middle", stands_from_the_middle, "stopped", NULL, 0, 0, 0, 0},
    {"a sixth ahead", starts_ahead, "stepped_before_start", "warmup_missing", 0, 0, 0, 0},
    {"a tenth from the middle", times_a_tenth, "rescaled", NULL, 0, 0, 0, 0},
};

static void score_mistake(const struct logged *log, struct logged *wrong,
                          struct score *score)
{
    struct diagnosis diagnosis;
    *wrong = *log;
    wrong->declared = log->follows;
    wrong->history.curve[ROLE_LR].step = wrong->step;
    wrong->history.curve[ROLE_LR].value = wrong->lr;
    const char *why;
    if (!score->make(wrong) || schedule_check(&wrong->declared, &why))
        return;
    judge(wrong, &diagnosis);
    const struct finding *finding = find_off(&diagnosis);
    bool right = finding && finding->cause &&
                 (!strcmp(finding->cause, score->cause) ||
                  (score->also && !strcmp(finding->cause, score->also)));
    if (!finding)
        score->silent++;
    else if (!finding->cause)
        score->unknown++;
    else
        right ? score->right++ : score->other++;
    if (verbose && !right)
        printf("  %-6s %-22s %-24s %s\n", log->id,
               log->follows.part_count == 1 ? log->follows.parts[0].type->name : "Seq",
               score->name, finding ? finding->message : "silent");
}

static unsigned columns, unexplained, alarms;

static void score_column(struct logged *log, struct logged *wrong, const char *kind)
{
    struct diagnosis diagnosis;
    columns++;
    if (!explain(log)) {
        unexplained++;
        if (verbose)
            printf("  %-6s %s: not explained\n", log->id, kind);
        return;
    }
    log->declared = log->follows;
    judge(log, &diagnosis);
    const struct finding *finding = find_off(&diagnosis);
    alarms += finding != NULL;
    if (finding)
        printf("  %-6s %s: false alarm: %s\n", log->id, kind, finding->message);
    if (!strcmp(kind, "constant"))
        return;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        score_mistake(log, wrong, &scores[i]);
}

static void score_file(const char *path, char *const field[7])
{
    static struct logged log, wrong;
    struct history_file loaded;
    if (!history_file_read(path, &loaded))
        return;
    log.history = loaded.history;
    log.id = field[0];
    struct series *lr = &log.history.curve[ROLE_LR];
    if (lr->count && lr->count <= ROWS_MAX) {
        memcpy(log.step, lr->step, lr->count * sizeof *log.step);
        memcpy(log.lr, lr->value, lr->count * sizeof *log.lr);
        lr->step = log.step;
        lr->value = log.lr;
        score_column(&log, &wrong, field[6]);
    }
    history_file_release(&loaded);
}

/* The sets: only that nothing is said of what they follow. */
static unsigned set_columns, set_explained, set_alarms;

static void score_set_file(const char *path, const char *name)
{
    static struct logged log;
    struct history_file loaded;
    struct diagnosis diagnosis;
    if (!history_file_read(path, &loaded))
        return;
    log.history = loaded.history;
    log.history.counts_steps = true;
    if (log.history.curve[ROLE_LR].count) {
        set_columns++;
        if (explain(&log)) {
            set_explained++;
            log.declared = log.follows;
            judge(&log, &diagnosis);
            const struct finding *finding = find_off(&diagnosis);
            set_alarms += finding != NULL;
            if (finding)
                printf("  %s: false alarm: %s\n", name, finding->message);
        }
    }
    history_file_release(&loaded);
}

static void score_sets(const char *folder)
{
    char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%.2048s/sets/index.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, ",")] = '\0';
        snprintf(path, sizeof path, "%.2048s/sets/%.1024s", folder, line);
        score_set_file(path, line);
    }
    fclose(file);
    printf("\n%u columns of the sets, %u of them explained: %u false alarms\n",
           set_columns, set_explained, set_alarms);
}

/* --- how long it takes --- */

enum { TIMED_ROWS = 10000, TIMED_TIMES = 5 };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Of one type over 10,000 rows: a length that is another, a restart in the middle. */
static double time_type(const struct schedule_type *type, bool restart)
{
    static int64_t step[TIMED_ROWS];
    static double lr[TIMED_ROWS];
    struct schedule declared = {.unit = SCHEDULE_STEP, .part_count = 1}, run;
    struct schedule_part *part = &declared.parts[0];
    int length = schedule_param_find(type, type->length_param);
    *part = schedule_part_default(type);
    part->param[0] = 0.1;
    for (int i = 1; type->params[i].name; i++) {
        if (type->params[i].required || i == length)
            part->param[i] = i == length               ? TIMED_ROWS
                             : type->params[i].integer ? 300
                                                       : 0.5;
    }
    const char *why, *missing = schedule_check(&declared, &why);
    if (missing)
        part->param[schedule_param_find(type, missing)] = 0.01;
    run = declared;
    run.parts[0].param[length] *= restart ? 1 : 0.8;
    for (int i = 0; i < TIMED_ROWS; i++) {
        step[i] = i;
        lr[i] = schedule_lr(&run, restart && i >= 6000 ? i - 6000 : i);
    }
    struct series series = {step, lr, TIMED_ROWS};
    struct schedule_deviation deviation;
    struct schedule_cause cause;
    schedule_compare(&declared, &series, 0, &deviation);
    struct schedule_case what = {.schedule = &declared,
                                 .lr = &series,
                                 .deviation = &deviation,
                                 .units_agree = true};
    double start = cpu_ms();
    for (int i = 0; i < TIMED_TIMES; i++)
        schedule_cause_find(&what, &cause);
    return (cpu_ms() - start) / TIMED_TIMES;
}

static void print_times(void)
{
    const struct schedule_type *type;
    double sum = 0, slowest = 0;
    unsigned count = 0;
    const char *name = "";
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        for (int restart = 0; type->length_param && restart < 2; restart++) {
            double ms = time_type(type, restart);
            sum += ms;
            count++;
            name = ms > slowest ? type->name : name;
            slowest = fmax(slowest, ms);
        }
    }
    printf("\nschedule_cause_find over %d rows: mean %.2f ms, slowest %.2f ms (%s)\n",
           TIMED_ROWS, sum / count, slowest, name);
}

static void print_scores(void)
{
    printf(
        "\n%u columns with a label, %u of them not explained by a schedule; declared as "
        "what they follow: %u false alarms\n\n%-26s %6s %6s %8s %7s\n",
        columns, unexplained, alarms, "mistake", "right", "other", "unknown", "silent");
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        printf("%-26s %6u %6u %8u %7u\n", scores[i].name, scores[i].right,
               scores[i].other, scores[i].unknown, scores[i].silent);
}

int main(int argc, char **argv)
{
    char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES], *field[8];
    verbose = argc == 3 && !strcmp(argv[2], "-v");
    if (argc != 2 && !verbose) {
        fprintf(stderr, "usage: %s CURVES_FOLDER [-v]\n", argv[0]);
        return 2;
    }
    snprintf(path, sizeof path, "%.2048s/logs/labels.csv", argv[1]);
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: no labels there\n", argv[1]);
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        if (csv_split(line, field, 8) < 8 || !strcmp(field[6], "na") ||
            !strcmp(field[0], "id"))
            continue;
        snprintf(path, sizeof path, "%.2048s/logs/norm/%.64s.csv", argv[1], field[0]);
        score_file(path, field);
    }
    fclose(file);
    print_scores();
    score_sets(argv[1]);
    print_times();
    return alarms + set_alarms > 0;
}
