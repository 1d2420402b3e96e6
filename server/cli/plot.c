#include "cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A braille sign has 2 x 4 dots. */
enum { DOTS_X = 2, DOTS_Y = 4, LABEL = 9, HEIGHT = PLOT_ROWS * DOTS_Y };

static int within(int width)
{
    return width < PLOT_WIDTH_MIN   ? PLOT_WIDTH_MIN
           : width > PLOT_WIDTH_MAX ? PLOT_WIDTH_MAX
                                    : width;
}

int plot_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (columns && atoi(columns) > 0)
        return within(atoi(columns));
    if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
        return within(size.ws_col);
    return 80;
}

struct plot {
    const double *values;
    size_t count;
    double low, high;
    int columns; /* of signs */
    unsigned char dots[PLOT_ROWS][PLOT_WIDTH_MAX];
};

/* Row of dots from below for a value. */
static int dot_row(const struct plot *plot, double value)
{
    double share =
        plot->high > plot->low ? (value - plot->low) / (plot->high - plot->low) : 0.5;
    return (int)lround(share * (HEIGHT - 1));
}

static void set_dot(struct plot *plot, int x, int row)
{
    /* dots 1 2 3 7 on the left from above, 4 5 6 8 on the right (Unicode, Braille) */
    static const unsigned char bits[DOTS_Y][DOTS_X] = {{0x01, 0x08},
                                                       {0x02, 0x10},
                                                       {0x04, 0x20},
                                                       {0x40, 0x80}};
    int y = HEIGHT - 1 - row;
    plot->dots[y / DOTS_Y][x / DOTS_X] |= bits[y % DOTS_Y][x % DOTS_X];
}

/* The value at a place between two steps. */
static double value_at(const struct plot *plot, double step)
{
    size_t left = (size_t)step;
    if (left + 1 >= plot->count)
        return plot->values[plot->count - 1];
    double share = step - (double)left;
    return plot->values[left] + share * (plot->values[left + 1] - plot->values[left]);
}

/* All that the curve passes from one column of dots to the next. */
static void draw_column(struct plot *plot, int x, int width)
{
    double per_dot = (double)(plot->count - 1) / (width - 1);
    double from = fmax(0, x - 0.5) * per_dot, to = fmin(width - 1, x + 0.5) * per_dot;
    double low = fmin(value_at(plot, from), value_at(plot, to));
    double high = fmax(value_at(plot, from), value_at(plot, to));
    for (size_t t = (size_t)ceil(from); (double)t <= to; t++) {
        low = fmin(low, plot->values[t]);
        high = fmax(high, plot->values[t]);
    }
    for (int row = dot_row(plot, low); row <= dot_row(plot, high); row++)
        set_dot(plot, x, row);
}

static void write_sign(FILE *out, unsigned dots)
{
    unsigned code = 0x2800 + dots;
    fputc((int)(0xe0 | code >> 12), out);
    fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
    fputc((int)(0x80 | (code & 0x3f)), out);
}

static void write_rows(FILE *out, const struct plot *plot)
{
    for (int row = 0; row < PLOT_ROWS; row++) {
        if (row == 0)
            fprintf(out, "%*.4g ", LABEL, plot->high);
        else if (row == PLOT_ROWS - 1)
            fprintf(out, "%*.4g ", LABEL, plot->low);
        else
            fprintf(out, "%*s ", LABEL, "");
        for (int x = 0; x < plot->columns; x++)
            write_sign(out, plot->dots[row][x]);
        fputc('\n', out);
    }
}

void plot_write(FILE *out, const double *values, size_t count, int width,
                const char *unit)
{
    struct plot plot = {values, count, values[0], values[0], within(width) - LABEL - 1,
                        {{0}}};
    for (size_t t = 1; t < count; t++) {
        plot.low = fmin(plot.low, values[t]);
        plot.high = fmax(plot.high, values[t]);
    }
    for (int x = 0; x < plot.columns * DOTS_X; x++)
        draw_column(&plot, x, plot.columns * DOTS_X);
    write_rows(out, &plot);
    char last[32];
    snprintf(last, sizeof last, "%s %zu", unit, count - 1);
    fprintf(out, "%*s 0%*s\n", LABEL, "", plot.columns - 1, last);
}
