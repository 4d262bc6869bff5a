/* ESP-IDF's UART driver as its documentation has it, without a UART. */
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "machine.h"
#include "driver/uart_select.h"

typedef struct {
	FakeUart seen;
	uint8_t *ring;
	size_t capacity, used, transmitCapacity;
	/* The ring was full: no interrupt until it is read or emptied. */
	int stalled;
	uart_select_notif_callback_t callback;
} Uart;

static Uart gUarts[UART_NUM_MAX];

static int fails(const char *call)
{
	return gBoard.failing && !strcmp(gBoard.failing, call);
}

static Uart *uartOf(uart_port_t port)
{
	check((port >= 0) && (port < UART_NUM_MAX));
	return &gUarts[port];
}

/* What the driver does without being installed is to crash. */
static Uart *installed(uart_port_t port)
{
	Uart *uart = uartOf(port);

	check(uart->seen.installed);
	return uart;
}

FakeUart *fakeUart(uart_port_t port)
{
	return &uartOf(port)->seen;
}

static void notify(uart_port_t port, uart_select_notif_t what)
{
	BaseType_t woken = 0;

	if (gUarts[port].callback)
		gUarts[port].callback(port, what, &woken);
}

void fakeReceive(uart_port_t port, const void *bytes, size_t length)
{
	Uart *uart = installed(port);
	size_t space = uart->capacity - uart->used;
	size_t taken = (length < space) ? length : space;

	if (uart->stalled)
		return;
	memcpy(uart->ring + uart->used, bytes, taken);
	uart->used += taken;
	if (taken)
		notify(port, UART_SELECT_READ_NOTIF);
	if (taken < length) {
		uart->stalled = 1;
		notify(port, UART_SELECT_ERROR_NOTIF);
	}
}

void fakeDisturb(uart_port_t port)
{
	(void)installed(port);
	notify(port, UART_SELECT_ERROR_NOTIF);
}

void fakeSendAll(uart_port_t port)
{
	installed(port)->seen.sentLength = 0;
}

bool uart_is_driver_installed(uart_port_t port)
{
	return uartOf(port)->seen.installed;
}

esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags)
{
	Uart *uart = uartOf(port);

	(void)flags;
	check(!uart->seen.installed);
	/* No queue of events is wanted: nothing would empty it. */
	check(!events && !queue);
	if (fails("uart_driver_install"))
		return ESP_FAIL;
	memset(uart, 0, sizeof(*uart));
	uart->ring = malloc((size_t)receive);
	if (!uart->ring)
		return ESP_FAIL;
	uart->capacity = (size_t)receive;
	uart->transmitCapacity = (size_t)transmit;
	check(uart->transmitCapacity <= sizeof(uart->seen.sent));
	uart->seen.installed = 1;
	return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t port)
{
	Uart *uart = installed(port);

	free(uart->ring);
	uart->ring = NULL;
	uart->callback = NULL;
	uart->seen.installed = 0;
	return ESP_OK;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config)
{
	installed(port)->seen.config = *config;
	return fails("uart_param_config") ? ESP_FAIL : ESP_OK;
}

esp_err_t uart_set_mode(uart_port_t port, uart_mode_t mode)
{
	installed(port)->seen.mode = mode;
	return fails("uart_set_mode") ? ESP_FAIL : ESP_OK;
}

esp_err_t uart_set_pin(uart_port_t port, int transmit, int receive, int rts, int cts)
{
	const int pins[4] = {transmit, receive, rts, cts};

	memcpy(installed(port)->seen.pins, pins, sizeof(pins));
	return fails("uart_set_pin") ? ESP_FAIL : ESP_OK;
}

esp_err_t uart_set_rx_full_threshold(uart_port_t port, int bytes)
{
	installed(port)->seen.full = bytes;
	return fails("uart_set_rx_full_threshold") ? ESP_FAIL : ESP_OK;
}

esp_err_t uart_set_rx_timeout(uart_port_t port, uint8_t characters)
{
	installed(port)->seen.timeout = characters;
	return fails("uart_set_rx_timeout") ? ESP_FAIL : ESP_OK;
}

int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t wait)
{
	Uart *uart = installed(port);
	size_t taken = (length < uart->used) ? length : uart->used;

	/* The machine's task never waits for a UART. */
	check(!wait);
	if (fails("uart_read_bytes"))
		return -1;
	memcpy(bytes, uart->ring, taken);
	memmove(uart->ring, uart->ring + taken, uart->used - taken);
	uart->used -= taken;
	if (taken)
		uart->stalled = 0;
	return (int)taken;
}

int uart_write_bytes(uart_port_t port, const void *bytes, size_t length)
{
	Uart *uart = installed(port);

	/* It would wait for room. */
	check(length <= uart->transmitCapacity - uart->seen.sentLength);
	if (fails("uart_write_bytes"))
		return -1;
	memcpy(uart->seen.sent + uart->seen.sentLength, bytes, length);
	uart->seen.sentLength += length;
	return (int)length;
}

esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t *size)
{
	Uart *uart = installed(port);

	if (fails("uart_get_tx_buffer_free_size"))
		return ESP_FAIL;
	*size = uart->transmitCapacity - uart->seen.sentLength;
	return ESP_OK;
}

esp_err_t uart_flush_input(uart_port_t port)
{
	Uart *uart = installed(port);

	uart->used = 0;
	uart->stalled = 0;
	return ESP_OK;
}

void uart_set_select_notif_callback(uart_port_t port, uart_select_notif_callback_t callback)
{
	installed(port)->callback = callback;
}
