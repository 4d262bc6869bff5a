/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/random.html */
#pragma once

#include <stddef.h>

void esp_fill_random(void *bytes, size_t length);
