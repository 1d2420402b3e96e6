/* Rules that a user could write in one line, to measure ours against. */
#ifndef TESTS_CURVES_ONE_LINE_RULES_H
#define TESTS_CURVES_ONE_LINE_RULES_H

#include "curves/diagnosis/runs.h"

struct one_line_rule {
    enum subject subject;
    const char *name;
    bool (*holds)(const struct series *train, const struct series *val);
};
enum { ONE_LINE_RULES = 14 };
extern const struct one_line_rule one_line_rules[ONE_LINE_RULES];

#endif
