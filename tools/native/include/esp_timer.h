/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/esp_timer.html */
#pragma once

#include <stdint.h>

/* Microseconds. */
int64_t esp_timer_get_time(void);
