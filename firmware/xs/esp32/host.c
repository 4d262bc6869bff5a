/* What only C can do on ESP32, for host.ts. */
#include <string.h>
#include <sys/time.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "sdkconfig.h"
#include "bootloader_random.h"
#if CONFIG_BT_ENABLED
#include "esp_bt.h"
#endif
#include "esp_mac.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "esp_wifi.h"

#define kRecordHeader (10)
#define kRecordSum (4)
/* A label's secret of 16 bytes and a serial number of 15 characters at most, with room. */
#define kMaxPayload (64)

void xs_host_monotonicMs(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)esp_timer_get_time() / 1000.0);
}

void xs_host_setSystemTime(xsMachine *the)
{
	double unixMs = xsmcToNumber(xsArg(0));
	struct timeval now;

	now.tv_sec = (time_t)(unixMs / 1000.0);
	now.tv_usec = (suseconds_t)((unixMs - (double)now.tv_sec * 1000.0) * 1000.0);
	if (settimeofday(&now, NULL))
		xsUnknownError("time not set");
}

/*
 * The generator is fed by the noise of Wi-Fi or Bluetooth while either is on, and otherwise by the ADC's (ESP-IDF, Random
 * Number Generation). The ADC must not feed it beside a radio. The SDK never stops Wi-Fi again.
 */
static int hasRadio(void)
{
	wifi_mode_t mode;

#if CONFIG_BT_ENABLED
	if (ESP_BT_CONTROLLER_STATUS_ENABLED == esp_bt_controller_get_status())
		return 1;
#endif
	return ESP_OK == esp_wifi_get_mode(&mode);
}

void xs_host_fillRandom(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	int radio = hasRadio();

	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	if (!radio)
		bootloader_random_enable();
	esp_fill_random(bytes, length);
	if (!radio)
		bootloader_random_disable();
}

void xs_host_deviceSerial(xsMachine *the)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t mac[6];
	char text[13];

	if (ESP_OK != esp_efuse_mac_get_default(mac))
		xsUnknownError("no base MAC");
	for (int i = 0; i < 6; i++) {
		text[2 * i] = digits[mac[i] >> 4];
		text[2 * i + 1] = digits[mac[i] & 15];
	}
	text[12] = 0;
	xsmcSetString(xsResult, text);
}

/*
 * The record lies at the start of its partition: a header of ten bytes, of which the last four are the payload's length,
 * the payload, a sum of four (core/sealed.ts). Whether it is whole and what it says is decided there.
 */
void xs_host_factoryRecord(xsMachine *the)
{
	uint8_t record[kRecordHeader + kMaxPayload + kRecordSum];
	const esp_partition_t *partition =
		esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "fctry");
	uint32_t length;

	if (!partition || (ESP_OK != esp_partition_read(partition, 0, record, sizeof(record))))
		return;
	length = ((uint32_t)record[6] << 24) | ((uint32_t)record[7] << 16) | ((uint32_t)record[8] << 8) | record[9];
	/* Erased flash is all ones. */
	if (length <= kMaxPayload)
		xsmcSetArrayBuffer(xsResult, record, (xsIntegerValue)(kRecordHeader + length + kRecordSum));
	/* It has the label's secret. */
	memset(record, 0, sizeof(record));
	__asm__ __volatile__("" : : "r"(record) : "memory");
}

void xs_host_chip(xsMachine *the)
{
	xsmcSetString(xsResult, CONFIG_IDF_TARGET);
}

void xs_host_freeMemoryBytes(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)esp_get_free_heap_size());
}
