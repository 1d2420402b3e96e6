#include "bare_events.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (1u << 20) /* a power of two */
#define BLOCK      4096

struct viewer {
    struct events *events;
    struct MHD_Connection *connection;
    struct viewer *next, **link;
    uint64_t position; /* bytes of the ring it has had */
    bool suspended;
};

struct events {
    pthread_mutex_t lock; /* guards everything, as events_end() is another thread's */
    struct viewer *viewers;
    uint64_t published; /* bytes since ever */
    bool ended;
    char ring[RING_BYTES];
};

struct events *events_new(void)
{
    struct events *events = calloc(1, sizeof *events);
    if (events)
        pthread_mutex_init(&events->lock, NULL);
    return events;
}

void events_free(struct events *events)
{
    free(events);
}

/* What the viewer has not had, at most `max`; 0 and suspended when it has had all. A
   viewer that is far behind loses events. */
static ssize_t viewer_read(void *data, uint64_t position, char *out, size_t max)
{
    struct viewer *viewer = data;
    struct events *events = viewer->events;
    (void)position;
    pthread_mutex_lock(&events->lock);
    if (events->published - viewer->position > RING_BYTES / 2)
        viewer->position = events->published;
    size_t length = events->published - viewer->position;
    length = length < max ? length : max;
    size_t from = viewer->position & (RING_BYTES - 1);
    size_t straight = length < RING_BYTES - from ? length : RING_BYTES - from;
    memcpy(out, events->ring + from, straight);
    memcpy(out + straight, events->ring, length - straight);
    viewer->position += length;
    ssize_t result = (ssize_t)length;
    if (length == 0 && events->ended)
        result = MHD_CONTENT_READER_END_OF_STREAM;
    else if (length == 0) {
        viewer->suspended = true;
        MHD_suspend_connection(viewer->connection);
    }
    pthread_mutex_unlock(&events->lock);
    return result;
}

static void viewer_free(void *data)
{
    struct viewer *viewer = data;
    struct events *events = viewer->events;
    pthread_mutex_lock(&events->lock);
    *viewer->link = viewer->next;
    if (viewer->next)
        viewer->next->link = viewer->link;
    pthread_mutex_unlock(&events->lock);
    free(viewer);
}

struct MHD_Response *events_view(struct events *events, struct MHD_Connection *connection)
{
    struct viewer *viewer = malloc(sizeof *viewer);
    if (!viewer)
        return NULL;
    pthread_mutex_lock(&events->lock);
    *viewer = (struct viewer){.events = events,
                              .connection = connection,
                              .next = events->viewers,
                              .link = &events->viewers,
                              .position = events->published};
    if (viewer->next)
        viewer->next->link = &viewer->next;
    events->viewers = viewer;
    pthread_mutex_unlock(&events->lock);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, viewer_read, viewer,
                                             viewer_free);
}

static void wake_all(struct events *events)
{
    for (struct viewer *v = events->viewers; v; v = v->next) {
        if (v->suspended)
            MHD_resume_connection(v->connection);
        v->suspended = false;
    }
}

static void add(struct events *events, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        events->ring[events->published++ & (RING_BYTES - 1)] = bytes[i];
}

void events_publish(struct events *events, const char *bytes, size_t length)
{
    static const char before[] = "event: points\ndata: ";
    pthread_mutex_lock(&events->lock);
    add(events, before, sizeof before - 1);
    add(events, bytes, length);
    add(events, "\n\n", 2);
    wake_all(events);
    pthread_mutex_unlock(&events->lock);
}

void events_end(struct events *events)
{
    pthread_mutex_lock(&events->lock);
    events->ended = true;
    wake_all(events);
    pthread_mutex_unlock(&events->lock);
}
