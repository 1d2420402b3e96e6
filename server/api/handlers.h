/* Every handler of the route table (routes.c), by the file it is in. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

struct http_exchange;

/* epochs_post.c, epochs_get.c */
void epochs_post(struct http_exchange *x);
void epochs_get(struct http_exchange *x);

/* runs.c */
void runs_list(struct http_exchange *x);
void runs_create(struct http_exchange *x);
void run_get(struct http_exchange *x);
void run_patch(struct http_exchange *x);
void run_delete(struct http_exchange *x);
void run_restore(struct http_exchange *x);

/* series.c */
void series_get(struct http_exchange *x);
void run_series_get(struct http_exchange *x);

/* schedule.c, plan.c */
void run_schedule_get(struct http_exchange *x);
void schedule_get(struct http_exchange *x);
void schedules_get(struct http_exchange *x);
void plan_get(struct http_exchange *x);

/* findings.c, mute.c, compare.c, events.c */
void run_findings_get(struct http_exchange *x);
void rules_get(struct http_exchange *x);
void mute_put(struct http_exchange *x);
void mute_delete(struct http_exchange *x);
void compare_get(struct http_exchange *x);
void events_get(struct http_exchange *x);

/* server.c, openapi.c */
void healthz_get(struct http_exchange *x);
void metrics_get(struct http_exchange *x);
void server_get(struct http_exchange *x);
void openapi_get(struct http_exchange *x);

/* page.c */
void page_get(struct http_exchange *x);
void asset_get(struct http_exchange *x);

#endif
