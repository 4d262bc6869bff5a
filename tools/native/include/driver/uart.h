/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/peripherals/uart.html */
#ifndef DRIVER_UART_H
#define DRIVER_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"
#include "freertos/FreeRTOS.h"

/* An ESP32-C3 has two. */
#define SOC_UART_HP_NUM (2)
#define UART_NUM_MAX (2)
#define UART_PIN_NO_CHANGE (-1)

typedef int uart_port_t;
typedef uint32_t TickType_t;
typedef struct FakeQueue *QueueHandle_t;

typedef enum { UART_DATA_8_BITS = 3 } uart_word_length_t;
typedef enum { UART_PARITY_DISABLE = 0, UART_PARITY_EVEN = 2, UART_PARITY_ODD = 3 } uart_parity_t;
typedef enum { UART_STOP_BITS_1 = 1, UART_STOP_BITS_2 = 3 } uart_stop_bits_t;
typedef enum { UART_HW_FLOWCTRL_DISABLE } uart_hw_flowcontrol_t;
typedef enum { UART_SCLK_DEFAULT = 4 } uart_sclk_t;
typedef enum { UART_MODE_UART, UART_MODE_RS485_HALF_DUPLEX } uart_mode_t;

typedef struct {
	int baud_rate;
	uart_word_length_t data_bits;
	uart_parity_t parity;
	uart_stop_bits_t stop_bits;
	uart_hw_flowcontrol_t flow_ctrl;
	uart_sclk_t source_clk;
} uart_config_t;

bool uart_is_driver_installed(uart_port_t port);
esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags);
esp_err_t uart_driver_delete(uart_port_t port);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_mode(uart_port_t port, uart_mode_t mode);
esp_err_t uart_set_pin(uart_port_t port, int transmit, int receive, int rts, int cts);
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int bytes);
esp_err_t uart_set_rx_timeout(uart_port_t port, uint8_t characters);
int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t wait);
int uart_write_bytes(uart_port_t port, const void *bytes, size_t length);
esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t *size);
esp_err_t uart_flush_input(uart_port_t port);

#endif
