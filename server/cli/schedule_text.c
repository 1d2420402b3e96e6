#include "cli/schedule_text.h"

#include "api/planner_draw.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/plot.h"
#include "cli/spark.h"
#include "core/schedule/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOTES_MAX = 6,
    LINE_MAX = 78,
    TABLE_ROWS_MAX = 100,
    TABLE_POINTS = 40,
    SPARK_WIDTH = 24,
    SPARK_BYTES_MAX = 4096
};

/* --- words that wrap --- */

/* A word after those on the line, or the first of the next. */
static void put_word(const char *word, size_t *column, size_t indent)
{
    size_t length = strlen(word);
    if (*column + 1 + length > LINE_MAX) {
        printf("\n%*s", (int)indent, "");
        *column = indent;
    }
    printf("%s%s", *column > indent ? " " : "", word);
    *column += length + (*column > indent);
}

static void put_text(const char *text, size_t indent)
{
    char copy[1024], *rest = copy;
    size_t column = indent;
    snprintf(copy, sizeof copy, "%s", text);
    printf("%*s", (int)indent, "");
    for (char *word; (word = strsep(&rest, " "));)
        put_word(word, &column, indent);
    printf("\n");
}

/* --- the types --- */

/* "T_max", "eta_min=0", "mode=triangular|triangular2", "[total_steps]" */
static void describe(const struct schedule_param *param, bool is_rate, char *out,
                     size_t size)
{
    char value[TEXT_DOUBLE_MAX] = "0.1";
    size_t length = (size_t)snprintf(out, size, "%s%s%s", param->optional ? "[" : "",
                                     param->name, param->optional ? "]" : "");
    if (param->words) {
        length += (size_t)snprintf(out + length, size - length, "=%s",
                                   param->words[(int)param->value_default]);
        for (size_t i = 0; param->words[i] && length < size; i++) {
            if (i != (size_t)param->value_default)
                length +=
                    (size_t)snprintf(out + length, size - length, "|%s", param->words[i]);
        }
    } else if (is_rate || !(param->required || param->optional)) {
        if (!is_rate)
            text_double(value, param->value_default);
        snprintf(out + length, size - length, "=%s", value);
    }
}

static void print_type(const struct schedule_type *type, bool about)
{
    size_t indent = 4, column = indent;
    char word[128];
    printf("  %s\n%*s", type->name, (int)indent, "");
    for (size_t i = 0; type->params[i].name; i++) {
        describe(&type->params[i], i == 0 && type->params[i].required, word, sizeof word);
        put_word(word, &column, indent);
    }
    if (type->list) {
        snprintf(word, sizeof word, "%s=N,N,...", type->list);
        put_word(word, &column, indent);
    }
    printf("\n");
    if (about)
        put_text(type->about, 6);
}

void schedule_print_types(bool about)
{
    const struct schedule_type *type;
    const char *framework = "";
    printf("Types with their parameters, each given as --NAME VALUE; those with a value "
           "have it\nas their default, those in [ ] may be left out:\n");
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        if (strcmp(framework, schedule_framework(type)) != 0)
            printf("\n%s\n", schedule_framework(type));
        framework = schedule_framework(type);
        print_type(type, about);
    }
    printf("\nSeveral of them, given as --spec\n"
           "  SequentialLR, one after the other\n"
           "    '{\"type\":\"SequentialLR\",\"base_lr\":0.1,\"schedulers\":[{...},{...}],"
           "\"milestones\":[5]}'\n"
           "  ChainedScheduler, all at the same time\n"
           "    '{\"type\":\"ChainedScheduler\",\"base_lr\":0.1,\"schedulers\":[{...},"
           "{...}]}'\n");
}

/* --- a curve --- */

static const char *unit_of(const struct schedule *schedule)
{
    return schedule->unit == SCHEDULE_STEP ? "step" : "epoch";
}

/* NULL when there is no memory. */
static double *curve_of(const struct schedule *schedule, int64_t steps)
{
    double *lr = calloc((size_t)steps + 1, sizeof *lr);
    if (lr)
        schedule_curve(schedule, 0, (size_t)steps + 1, lr);
    else
        fprintf(stderr, "epochd schedule: no memory for %lld steps\n", (long long)steps);
    return lr;
}

/* False when there is no memory. */
static bool draw(const struct curve_request *request, int64_t points, struct arena *arena,
                 struct drawing *out)
{
    const struct schedule *const schedules[] = {&request->schedule, NULL};
    struct err err = {0};
    if (drawing_make(schedules, request->until, points, arena, out, &err) == ST_OK)
        return true;
    fprintf(stderr, "epochd schedule: %s\n", err.text);
    return false;
}

void schedule_print_csv(const struct curve_request *request, struct arena *arena)
{
    struct drawing drawing;
    if (!draw(request, request->style.points, arena, &drawing))
        return;
    puts("step,lr");
    for (size_t i = 0; i < drawing.drawn; i++) {
        size_t t = drawing_step(&drawing, i);
        char text[TEXT_DOUBLE_MAX];
        text_double(text, drawing.lr[0][t]);
        printf("%zu,%s\n", t, text);
    }
}

void schedule_print_table(const struct curve_request *request, struct arena *arena)
{
    int64_t points = request->style.points;
    struct drawing drawing;
    if (!points && request->until > TABLE_ROWS_MAX)
        points = TABLE_POINTS;
    if (!draw(request, points, arena, &drawing))
        return;
    printf("%8s  %s\n", unit_of(&request->schedule), "lr");
    for (size_t i = 0; i < drawing.drawn; i++) {
        size_t t = drawing_step(&drawing, i);
        printf("%8zu  %.6g\n", t, drawing.lr[0][t]);
    }
    if (drawing.drawn < drawing.count)
        printf("(%zu of %zu steps, enough to draw the curve; --csv lists them all)\n",
               drawing.drawn, drawing.count);
}

void schedule_print_plot(const struct schedule *schedule, int64_t steps)
{
    double *lr = curve_of(schedule, steps);
    if (!lr)
        return;
    plot_write(stdout, lr, (size_t)steps + 1, plot_width(), unit_of(schedule));
    free(lr);
}

void schedule_print_notes(const struct schedule *schedule, int64_t steps)
{
    char notes[NOTES_MAX][SCHEDULE_NOTE_MAX];
    size_t count = schedule_notes(schedule, steps, notes, NOTES_MAX);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "note: %s\n", notes[i]);
}

void schedule_print_code(const struct schedule *schedule, int64_t steps,
                         const struct planner_style *style)
{
    char code[SCHEDULE_CODE_MAX];
    const struct code_request request = {style->framework, steps, style->steps_per_epoch};
    schedule_code(schedule, &request, code, sizeof code);
    fputs(code, stdout);
}

/* --- a plan --- */

static const char *name_of(const struct schedule *schedule)
{
    return schedule->parts[schedule->part_count - 1].type->name;
}

/* "OneCycleLR  49.2 %  ▂▆█▇▅▃▁" */
static void print_weighed(const struct schedule *schedule, int64_t epochs)
{
    struct schedule_area area = schedule_area(schedule, epochs);
    double *lr = curve_of(schedule, epochs);
    struct buf line;
    if (!lr)
        return;
    buf_init(&line, SPARK_BYTES_MAX);
    spark_add(&line, lr, (size_t)epochs, SPARK_WIDTH);
    printf("  %-28s %5.1f %%  %s", name_of(schedule), 100 * area.ratio,
           line.failed ? "" : line.data);
    buf_release(&line);
    free(lr);
}

static void print_alternatives(const struct plan *plan, int64_t epochs)
{
    printf("\nLearning rate spent, held against a run of as many epochs at the "
           "highest:\n\n");
    print_weighed(&plan->schedule, epochs);
    printf("  this plan\n");
    for (size_t i = 0; i < plan->alternative_count; i++) {
        print_weighed(&plan->alternatives[i].schedule, epochs);
        printf("\n");
        for (size_t n = 0; n < plan->alternatives[i].note_count; n++)
            put_text(plan->alternatives[i].notes[n], 4);
    }
}

void schedule_print_plan(const struct plan_question *question)
{
    const struct plan_request *request = &question->request;
    struct plan plan;
    plan_make(request, &plan);
    printf("%lld epoch%s, %lld cycle%s", (long long)request->epochs,
           request->epochs > 1 ? "s" : "", (long long)request->cycles,
           request->cycles > 1 ? "s" : "");
    if (request->warmup)
        printf(" after %lld of warm-up", (long long)request->warmup);
    printf(": %s, T_max %lld\n\n", name_of(&plan.schedule), (long long)plan.T_max);
    schedule_print_plot(&plan.schedule, request->epochs);
    printf("\n");
    for (size_t i = 0; i < plan.note_count; i++)
        put_text(plan.notes[i], 2);
    print_alternatives(&plan, request->epochs);
    printf(
        "\n(Any of them: epochd schedule --spec JSON, with the \"spec\" that --json has.)"
        "\n\n%s:\n\n",
        schedule_framework_names[question->style.framework]);
    schedule_print_code(&plan.schedule, request->epochs, &question->style);
}
