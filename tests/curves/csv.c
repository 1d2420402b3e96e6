#include "curves/csv.h"

#include <string.h>

/* Ends the field that begins here; returns what comes after its comma, NULL at the end.
 */
static char *cut(char *text)
{
    char *end = text + strcspn(text, ",");
    char *next = *end ? end + 1 : NULL;
    *end = '\0';
    return next;
}

size_t csv_split(char *line, char **field, size_t room)
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    while (line) {
        char *start = line, *quote = *line == '"' ? strchr(line + 1, '"') : NULL;
        if (quote) {
            *quote = '\0';
            start++;
            line = quote + 1;
        }
        line = cut(line);
        if (count < room)
            field[count] = start;
        count++;
    }
    return count;
}
