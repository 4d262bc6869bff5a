/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/misc_system_api.html */
#pragma once

#include "esp_err.h"

esp_err_t esp_efuse_mac_get_default(uint8_t *mac);
