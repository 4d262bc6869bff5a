/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/freertos_idf.html */
#pragma once

#include <stdint.h>

#define configMAX_PRIORITIES (25)
typedef int BaseType_t;
typedef unsigned int UBaseType_t;
