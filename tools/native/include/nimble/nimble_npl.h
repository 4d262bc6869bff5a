/* What porting/npl of NimBLE gives: https://mynewt.apache.org/latest/network/ble_setup/ble_sync_cb.html, and its headers. */
#pragma once

#include <stdint.h>

typedef int ble_npl_error_t;
typedef uint32_t ble_npl_time_t;
struct ble_npl_event;
typedef void ble_npl_event_fn(struct ble_npl_event *event);
struct ble_npl_event { ble_npl_event_fn *function; void *argument; int queued; };
struct ble_npl_callout { struct ble_npl_event event; struct ble_npl_eventq *queue; int active; };
struct ble_npl_eventq { int any; };

void ble_npl_event_init(struct ble_npl_event *event, ble_npl_event_fn *function, void *argument);
void ble_npl_event_deinit(struct ble_npl_event *event);
/* One that is queued already is queued once. From any task. */
void ble_npl_eventq_put(struct ble_npl_eventq *queue, struct ble_npl_event *event);
int ble_npl_callout_init(struct ble_npl_callout *callout, struct ble_npl_eventq *queue, ble_npl_event_fn *function, void *argument);
ble_npl_error_t ble_npl_callout_reset(struct ble_npl_callout *callout, ble_npl_time_t ticks);
void ble_npl_callout_stop(struct ble_npl_callout *callout);
void ble_npl_callout_deinit(struct ble_npl_callout *callout);
ble_npl_time_t ble_npl_time_ms_to_ticks32(uint32_t ms);
