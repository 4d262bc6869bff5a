/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/misc_system_api.html */
#include "esp_err.h"

_Noreturn void esp_restart(void);
uint32_t esp_get_free_heap_size(void);
