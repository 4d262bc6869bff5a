/* What only C can do on ESP32, for host.ts. */
#include <sys/time.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "esp_mac.h"
#include "esp_random.h"
#include "esp_system.h"
#include "esp_timer.h"

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

void xs_host_fillRandom(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;

	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	esp_fill_random(bytes, length);
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

void xs_host_freeMemoryBytes(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)esp_get_free_heap_size());
}

void xs_host_restart(xsMachine *the)
{
	esp_restart();
}
