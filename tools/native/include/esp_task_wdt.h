/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/wdts.html */
#pragma once

#include "esp_err.h"

typedef struct FakeWatched *esp_task_wdt_user_handle_t;

esp_err_t esp_task_wdt_add_user(const char *name, esp_task_wdt_user_handle_t *user);
esp_err_t esp_task_wdt_reset_user(esp_task_wdt_user_handle_t user);
