/* ESP-IDF's driver for select() and poll(): components/esp_driver_uart/include/driver/uart_select.h, v6.0. */
#pragma once

#include "driver/uart.h"

typedef enum { UART_SELECT_READ_NOTIF, UART_SELECT_WRITE_NOTIF, UART_SELECT_ERROR_NOTIF } uart_select_notif_t;
typedef void (*uart_select_notif_callback_t)(uart_port_t port, uart_select_notif_t what, BaseType_t *woken);

/* Called in the driver's interrupt; the driver has to be installed. */
void uart_set_select_notif_callback(uart_port_t port, uart_select_notif_callback_t callback);
