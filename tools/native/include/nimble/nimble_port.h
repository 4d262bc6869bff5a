/* ESP-IDF's start and end of NimBLE: https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/bluetooth/nimble/index.html */
#pragma once

#include "esp_err.h"
#include "nimble/nimble_npl.h"

esp_err_t nimble_port_init(void);
esp_err_t nimble_port_deinit(void);
/* NimBLE's task: until nimble_port_stop. */
void nimble_port_run(void);
/* Ends connections and task, and waits for both. */
int nimble_port_stop(void);
struct ble_npl_eventq *nimble_port_get_dflt_eventq(void);
