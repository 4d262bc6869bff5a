/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32c3/api-guides/usb-serial-jtag-console.html and the component's header, v6.0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"

typedef struct {
	uint32_t tx_buffer_size;
	uint32_t rx_buffer_size;
} usb_serial_jtag_driver_config_t;

bool usb_serial_jtag_is_driver_installed(void);
esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t *config);
esp_err_t usb_serial_jtag_driver_uninstall(void);
int usb_serial_jtag_read_bytes(void *bytes, uint32_t length, uint32_t wait);
/* All of it or nothing. */
int usb_serial_jtag_write_bytes(const void *bytes, size_t length, uint32_t wait);
