/* A line of a CSV table, cut into fields. */
#ifndef TESTS_CURVES_CSV_H
#define TESTS_CURVES_CSV_H

#include <stddef.h>

#define CSV_LINE_BYTES 4096

/* Cuts the line in place; quotes around a field go, a comma inside them stays. Returns
   how many fields there are, of which the first `room` are in field. */
size_t csv_split(char *line, char **field, size_t room);

#endif
