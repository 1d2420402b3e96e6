/* A curve as a small chart of text: braille dots, for a terminal. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <stddef.h>
#include <stdio.h>

#define PLOT_WIDTH_MIN 40
#define PLOT_WIDTH_MAX 240
#define PLOT_ROWS      12

/* Columns of the terminal on stdout, or 80; within the limits. */
int plot_width(void);
/* values[0 .. count - 1], count > 0, drawn `width` columns wide, with the highest and
   lowest value at the left and the first and last step, which are 0 and count - 1, below
   under the name `unit`. */
void plot_write(FILE *out, const double *values, size_t count, int width,
                const char *unit);

#endif
