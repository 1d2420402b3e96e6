/* The rule about a job that has gone quiet: it alone looks at the clock, which the caller
   reads. */
#include "core/diagnose/rules.h"
#include "core/stats.h"

#include <math.h>
#include <stdio.h>

/* Quiet: for more than 8 usual gaps between arrivals, twice the longest of the last 64,
   and two minutes. */
#define QUIET_GAPS    8.0
#define QUIET_LONGEST 2.0
#define QUIET_MS_MIN  120000.0
#define GAPS_MIN      8

#define MS_PER_SECOND 1000.0
#define DURATION_MAX  32

struct pace {
    size_t gaps;
    double usual_ms, longest_ms, quiet_ms;
};

/* Points that came together leave no gap. */
static struct pace pace_of(const struct arrivals *arrivals)
{
    double gap[ARRIVALS_MAX] = {0}, work[ARRIVALS_MAX];
    struct pace pace = {0};
    size_t skipped = arrivals->count > ARRIVALS_MAX ? arrivals->count - ARRIVALS_MAX : 0;
    for (size_t i = skipped + 1; i < arrivals->count; i++) {
        double ms = (double)arrivals->at_ms[i] - (double)arrivals->at_ms[i - 1];
        if (!(ms > 0))
            continue;
        gap[pace.gaps++] = ms;
        pace.longest_ms = fmax(pace.longest_ms, ms);
    }
    pace.usual_ms = stats_median(gap, pace.gaps, work);
    double last_ms =
        fmax((double)arrivals->at_ms[arrivals->count - 1], (double)arrivals->heard_ms);
    pace.quiet_ms = (double)arrivals->now_ms - last_ms;
    return pace;
}

static void duration_say(double ms, char *out)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"days", 86400e3}, {"hours", 3600e3}, {"minutes", 60e3}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ms >= 2 * units[i].ms) {
            snprintf(out, DURATION_MAX, "%.3g %s", ms / units[i].ms, units[i].unit);
            return;
        }
    }
    snprintf(out, DURATION_MAX, "%.3g seconds", ms / MS_PER_SECOND);
}

static void stalled(const struct diagnose_context *context, struct diagnosis *out)
{
    const struct arrivals *arrivals = &context->history->arrivals;
    if (context->complete || !arrivals->at_ms || !arrivals->count || !arrivals->now_ms)
        return;
    struct pace pace = pace_of(arrivals);
    double limit = fmax(QUIET_MS_MIN, fmax(QUIET_GAPS * pace.usual_ms,
                                           QUIET_LONGEST * pace.longest_ms));
    if (pace.gaps < GAPS_MIN || !(pace.quiet_ms > limit))
        return;
    int64_t last = 0;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (context->curve[role].last_step > last)
            last = context->curve[role].last_step;
    }
    char quiet[DURATION_MAX], usual[DURATION_MAX], longest[DURATION_MAX];
    duration_say(pace.quiet_ms, quiet);
    duration_say(pace.usual_ms, usual);
    duration_say(pace.longest_ms, longest);
    struct finding *finding =
        finding_add(out, &rule_stalled, SEVERITY_WARNING, ROLE_COUNT);
    finding_span(finding, last, last);
    finding_say(
        finding,
        "Nothing has come for %s, since %s %lld; before that something came every "
        "%s, and the longest pause was %s.",
        quiet, context->unit, (long long)last, usual, longest);
    finding_evidence(finding, "quiet", pace.quiet_ms / MS_PER_SECOND, "s");
    finding_evidence(finding, "usual_gap", pace.usual_ms / MS_PER_SECOND, "s");
    finding_evidence(finding, "longest_gap", pace.longest_ms / MS_PER_SECOND, "s");
    finding_evidence(finding, "threshold", limit / MS_PER_SECOND, "s");
    finding_advise(finding, "See whether the job still runs, and what it wrote last.");
    finding_advise(finding,
                   "If it has ended, say so: set the run's status to finished or "
                   "failed.");
}

const struct rule rule_stalled = {"stalled", "Stalled",
                                  "A running job has sent nothing for more than 8 times "
                                  "its usual gap, twice its longest "
                                  "one, and two minutes.",
                                  stalled};
