/* ESP-IDF's configuration, as far as the C of firmware/xs asks for it. */
#pragma once

#define CONFIG_IDF_TARGET "esp32c3"
