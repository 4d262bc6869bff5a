/* An ESP32 for tests: the drivers that the C of firmware/xs/esp32 calls, what fails in them, and what they were told. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "esp_system.h"
#include "driver/uart.h"

typedef struct {
	/* The name of the call that fails, or NULL. */
	const char *failing;
	uint32_t pinsInUse;
	int64_t microseconds;
	uint8_t mac[6];
	/* Wi-Fi has been started. */
	int radio;
	/* The controller of Bluetooth is enabled. */
	int bluetooth;
	/* The generator is fed by the ADC; how often it was asked while nothing fed it. */
	int adc;
	int unfed;
	struct timeval systemTime;
	/* Whose C calls esp_restart. */
	struct xsMachine *machine;
	int restarts;
	esp_reset_reason_t resetReason;
	/* Who is watched beside the task, and how often it was fed. */
	const char *watched;
	int fed;
	/* The partition fctry, or NULL. */
	const uint8_t *factory;
} FakeBoard;

extern FakeBoard gBoard;

typedef struct {
	int installed;
	uart_config_t config;
	uart_mode_t mode;
	int pins[4];
	int full, timeout;
	/* What was written and has not yet gone out. */
	uint8_t sent[4096];
	size_t sentLength;
} FakeUart;

FakeUart *fakeUart(uart_port_t port);
void fakeResetBoard(void);
/* Bytes arrive on the line, and the driver's interrupt runs. */
void fakeReceive(uart_port_t port, const void *bytes, size_t length);
/* A character of the wrong parity: the driver's interrupt runs. */
void fakeDisturb(uart_port_t port);
/* All that was written has gone out. */
void fakeSendAll(uart_port_t port);

typedef struct {
	int installed;
	/* What was written and the host has not yet taken. */
	uint8_t sent[4096];
	size_t sentLength;
} FakeUsb;

extern FakeUsb gUsb;

/* A packet from the host, of at most 64 bytes, and the driver's interrupt runs. */
void fakeUsbReceive(const void *bytes, size_t length);
/* The host takes what was written. */
void fakeUsbSendAll(void);

#endif
