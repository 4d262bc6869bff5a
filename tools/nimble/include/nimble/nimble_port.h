/* ESP-IDF's start and end of NimBLE, which Apache's has not, on Linux (dongle.c); its queue and its events are Apache's. */
#pragma once

#include_next "nimble/nimble_port.h"

#include "esp_err.h"
#include "nimble/nimble_npl.h"

#define nimble_port_init linuxStart
#define nimble_port_deinit linuxEnd
#define nimble_port_run linuxRun
#define nimble_port_stop linuxStop
#define ble_npl_event_deinit(event) ((void)(event))
#define ble_npl_callout_deinit(callout) ((void)(callout))

esp_err_t linuxStart(void);
esp_err_t linuxEnd(void);
void linuxRun(void);
int linuxStop(void);
