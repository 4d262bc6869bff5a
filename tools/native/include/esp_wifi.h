/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/network/esp_wifi.html */
#pragma once

#include "esp_err.h"

typedef enum { WIFI_MODE_NULL, WIFI_MODE_STA } wifi_mode_t;
/* An error before esp_wifi_init. */
esp_err_t esp_wifi_get_mode(wifi_mode_t *mode);
