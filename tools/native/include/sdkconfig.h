/* ESP-IDF's configuration, as far as the C of firmware/xs asks for it. */
#pragma once

#define CONFIG_BT_ENABLED 1
#define CONFIG_ESP_TASK_WDT_EN 1
#define CONFIG_ESP_TASK_WDT_INIT 1
#define CONFIG_ESP_TASK_WDT_PANIC 1
#define CONFIG_ESP_TASK_WDT_TIMEOUT_S 30
#define CONFIG_IDF_TARGET "esp32c3"
