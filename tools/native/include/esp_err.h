/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/esp_err.html */
#ifndef ESP_ERR_H
#define ESP_ERR_H

#include <stdint.h>

typedef int esp_err_t;
#define ESP_OK (0)
#define ESP_FAIL (-1)
#define ESP_ERR_NO_MEM (0x101)
#define ESP_ERR_NOT_FOUND (0x105)

#endif
