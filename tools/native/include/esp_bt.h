/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/bluetooth/controller_vhci.html */
#pragma once

#include "esp_err.h"

typedef enum {
	ESP_BT_CONTROLLER_STATUS_IDLE,
	ESP_BT_CONTROLLER_STATUS_INITED,
	ESP_BT_CONTROLLER_STATUS_ENABLED
} esp_bt_controller_status_t;

typedef enum { ESP_BT_MODE_BTDM = 3 } esp_bt_mode_t;

esp_bt_controller_status_t esp_bt_controller_get_status(void);
/* For good. An error while the controller is in use, and if its memory was released before. */
esp_err_t esp_bt_mem_release(esp_bt_mode_t mode);
