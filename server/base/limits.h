/* Every limit of epochd, with its unit and its reason, in one place. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Names. */
#define RUN_ID_MAX   128        /* bytes; a run id is part of paths and file names */
#define RUN_NAME_MAX 256        /* bytes of free text */
#define RUN_NOTE_MAX (64 << 10) /* bytes of free text, several lines */
#define METRIC_NAME_MAX \
    128 /* bytes; long enough for "train/encoder.layer.11.attn/grad_norm" */

/* Records. 2^53-1 is the largest integer every JSON reader holds exactly. */
#define STEP_MAX          9007199254740991LL
#define RECORD_FIELDS_MAX 1024 /* metrics in one record */
#define RUN_METRICS_MAX   4096 /* metrics in one run: a chart page never lists more */

/* Connections. */
#define CONNECTIONS_MAX             4096 /* at once; fewer when files are short */
#define CONNECTIONS_PER_ADDRESS_MAX 256  /* not on loopback: a proxy may stand there */
#define CONNECTION_BYTES_MAX        (16 << 10) /* request line, headers, reading */

/* Requests. */
#define BODIES_BYTES_MAX  (512u << 20) /* bodies in memory at a time, of all requests */
#define BODY_BYTES_MAX    (64 << 20)   /* an ingest body: 1M records of 60 bytes */
#define CONTROL_BYTES_MAX (1 << 20)    /* a run, a schedule: read by cJSON, so small */
/* Each of the three rooms of a request: its arena, its answer, and an arena for the one
   series that is being made. */
#define REQUEST_BYTES_MAX (512 << 20)
/* A body up to this is parsed where it arrives: handing it to a worker costs more. */
#define EPOCHS_INLINE_BYTES_MAX (64 << 10)
#define JSON_DEPTH_MAX          16

/* Reads. */
#define SERIES_POINTS_DEFAULT   1000 /* points drawn per series (ui.md, decision 4) */
#define SERIES_POINTS_MAX       20000
#define SERIES_MAX              512 /* series in one answer */
#define RUNS_PAGE_DEFAULT       100
#define RUNS_PAGE_MAX           1000
#define COMPARE_RUNS_MAX        50
#define COMPARE_KEYS_MAX        2000  /* of the configurations of all runs compared */
#define COMPARE_KEY_BYTES_MAX   512   /* of a joined key; a longer one is passed over */
#define COMPARE_DIFFERENCES_MAX 500   /* what a page can still show */
#define SERIES_NONFINITE_MAX    1000  /* listed for one series; all are counted */
#define CURVE_POINTS_DEFAULT    20000 /* of a schedule or plan whose asker does not say */
#define CURVE_STEPS_MAX         1000000 /* of such a curve */
/* An epochs table on its way out: the points of a page in memory, 170,000 of them, and
   their text, each with a name of six times METRIC_NAME_MAX. */
#define EXPORT_PAGE_BYTES_MAX (4 << 20)
#define EXPORT_TEXT_BYTES_MAX (256 << 20)

/* What is kept of a run's findings that came and went: beyond it the oldest go. */
#define FINDING_HISTORY_MAX 256
#define MUTES_MAX           64  /* rules muted on one run: there are fewer rules */
#define MUTE_REASON_MAX     500 /* bytes of free text, one line */

#define QUIET_LOOK_MS       60000 /* between two looks at runs that have gone quiet */
#define QUIET_FORGET_MS     (24 * 3600 * 1000) /* and no more after a day */

/* Of each thread. The deepest calls (a column fitted, the code of a schedule written)
   take a quarter of it, a sanitizer doubles that; what is not touched costs no memory. */
#define THREAD_STACK_BYTES (1 << 20)

/* Queues. */
#define JUDGE_RUNS_MAX 4096 /* runs whose last diagnosis is remembered */
#define JUDGE_TEXT_BYTES_MAX                                  \
    (1 << 20) /* a diagnosis as JSON: 28 findings of some KiB \
               */
#define WRITE_QUEUE_BYTES_MAX (256 << 20) /* waiting for the writer; beyond it 503 */
/* Webhooks: a service that is away must not fill the memory, nor hold up the end. */
#define WEBHOOK_QUEUE_MAX     256
#define WEBHOOK_BYTES_MAX     (64 << 10) /* one finding with its run's names */
#define WEBHOOKS_MAX          16         /* addresses */
#define WEBHOOK_CONNECT_MS    5000
#define WEBHOOK_SEND_MS       10000
#define WEBHOOK_RETRY_MS      1000 /* then 4 and 16 s: a service that restarts is reached */
#define WEBHOOK_STOP_MS       2000
#define LIVE_RING_EVENTS      8192 /* events kept for Last-Event-ID */
#define LIVE_RING_BYTES_MAX   (8 << 20)
#define LIVE_LINGER_MS        60000  /* events are kept for a viewer who may come back */
#define LIVE_CROWD            16     /* subscribers; beyond, events gather for some ms */
#define LIVE_PACE_US          20     /* for each of them: 50,000 writes a second in all */
#define LIVE_PACE_MAX_US      100000 /* what an event may be late for a person */
#define LIVE_EVENT_POINTS_MAX 2000   /* a larger post is announced, not carried */
/* A run without its metrics: config, tags, schedule and roles may have come in a request
   each, and a note is escaped at most sixfold. Below LIVE_RING_BYTES_MAX. */
#define RUN_EVENT_BYTES_MAX (4 * CONTROL_BYTES_MAX + 6 * RUN_NOTE_MAX)

#endif
