/* ESP-IDF's driver of USB-Serial-JTAG as its documentation has it, without USB. */
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "machine.h"
#include "driver/usb_serial_jtag_select.h"

FakeUsb gUsb;
static uint8_t *gRing;
static size_t gCapacity, gUsed, gTransmitCapacity;
static usj_select_notif_callback_t gCallback;

static int fails(const char *call)
{
	return gBoard.failing && !strcmp(gBoard.failing, call);
}

static void notify(usj_select_notif_t what)
{
	int woken = 0;

	if (gCallback)
		gCallback(what, &woken);
}

void fakeUsbReceive(const void *bytes, size_t length)
{
	check(gUsb.installed);
	/* A packet for which there is no room is lost whole, and is told of all the same. */
	if (length <= gCapacity - gUsed) {
		memcpy(gRing + gUsed, bytes, length);
		gUsed += length;
	}
	notify(USJ_SELECT_READ_NOTIF);
}

void fakeUsbSendAll(void)
{
	gUsb.sentLength = 0;
	notify(USJ_SELECT_WRITE_NOTIF);
}

bool usb_serial_jtag_is_driver_installed(void)
{
	return gUsb.installed;
}

esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t *config)
{
	check(!gUsb.installed && (config->rx_buffer_size > 64) && (config->tx_buffer_size > 0));
	if (fails("usb_serial_jtag_driver_install"))
		return ESP_FAIL;
	gRing = malloc(config->rx_buffer_size);
	if (!gRing)
		return ESP_FAIL;
	gCapacity = config->rx_buffer_size;
	gTransmitCapacity = config->tx_buffer_size;
	check(gTransmitCapacity <= sizeof(gUsb.sent));
	gUsed = gUsb.sentLength = 0;
	gUsb.installed = 1;
	return ESP_OK;
}

esp_err_t usb_serial_jtag_driver_uninstall(void)
{
	check(gUsb.installed && !gCallback);
	free(gRing);
	gRing = NULL;
	gUsb.installed = 0;
	return ESP_OK;
}

int usb_serial_jtag_read_bytes(void *bytes, uint32_t length, uint32_t wait)
{
	size_t taken = (length < gUsed) ? length : gUsed;

	/* The machine's task never waits for USB. */
	check(gUsb.installed && !wait);
	memcpy(bytes, gRing, taken);
	memmove(gRing, gRing + taken, gUsed - taken);
	gUsed -= taken;
	return (int)taken;
}

int usb_serial_jtag_write_bytes(const void *bytes, size_t length, uint32_t wait)
{
	check(gUsb.installed && !wait && length);
	if (length > gTransmitCapacity - gUsb.sentLength)
		return 0;
	memcpy(gUsb.sent + gUsb.sentLength, bytes, length);
	gUsb.sentLength += length;
	return (int)length;
}

void usb_serial_jtag_set_select_notif_callback(usj_select_notif_callback_t callback)
{
	if (gUsb.installed)
		gCallback = callback;
}
