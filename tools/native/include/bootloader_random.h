/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/random.html */
#pragma once

void bootloader_random_enable(void);
void bootloader_random_disable(void);
