/* ESP-IDF's configuration, as far as the C of firmware/xs asks for it. */
#define CONFIG_IDF_TARGET "esp32c3"
