/* host.c of ESP32: clock, random bytes, serial. */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "machine.h"

void xs_host_monotonicMs(xsMachine *the);
void xs_host_setSystemTime(xsMachine *the);
void xs_host_fillRandom(xsMachine *the);
void xs_host_deviceSerial(xsMachine *the);
void xs_host_factoryRecord(xsMachine *the);
void xs_host_chip(xsMachine *the);
void xs_host_freeMemoryBytes(xsMachine *the);

static xsMachine *gThe;

static const char *call(void (*function)(xsMachine *the))
{
	return fakeInvoke(gThe, function, (xsSlot){0}, 0, NULL);
}

static const char *callWith(void (*function)(xsMachine *the), xsSlot argument)
{
	return fakeInvoke(gThe, function, (xsSlot){0}, 1, &argument);
}

static void tellsTime(void)
{
	gBoard.microseconds = INT64_C(1) << 50;
	check(!call(xs_host_monotonicMs) && (gThe->result.value.number == (double)(INT64_C(1) << 50) / 1000));
	/* Beyond 2038, and with a fraction of a millisecond. */
	check(!callWith(xs_host_setSystemTime, fakeNumber(2208988800123.25)));
	check((2208988800 == gBoard.systemTime.tv_sec) && (123250 == gBoard.systemTime.tv_usec));
	check(!callWith(xs_host_setSystemTime, fakeNumber(1764249999999.9995)));
	check((gBoard.systemTime.tv_usec >= 0) && (gBoard.systemTime.tv_usec < 1000000));
	gBoard.failing = "settimeofday";
	check(!strcmp(callWith(xs_host_setSystemTime, fakeNumber(1)), "time not set"));
	gBoard.failing = NULL;
}

static void fillsWithRandomBytes(void)
{
	static const xsUnsignedValue lengths[] = {0, 1, 32, 4096};
	size_t i, k;

	for (i = 0; i < 16; i++) {
		FakeObject *buffer = fakeBuffer(gThe, NULL, lengths[i % 4]);

		/* Neither radio, Wi-Fi, Bluetooth, and both. */
		gBoard.radio = (i / 4) & 1;
		gBoard.bluetooth = (i / 4) & 2;
		check(!callWith(xs_host_fillRandom, buffer->reference));
		for (k = 0; k < buffer->length; k++)
			check(0x5A == buffer->bytes[k]);
		check(!gBoard.adc && !gBoard.unfed);
		fakeCollect(gThe, NULL);
	}
	gBoard.bluetooth = 0;
	/* Nothing is left on if the argument is no buffer. */
	gBoard.radio = 0;
	check(callWith(xs_host_fillRandom, fakeInteger(1)) && !gBoard.adc);
}

static void tellsWhoItIs(void)
{
	static const uint8_t mac[] = {0x00, 0x1F, 0xA0, 0xFF, 0x09, 0x90};

	memcpy(gBoard.mac, mac, sizeof(mac));
	check(!call(xs_host_deviceSerial) && !strcmp(gThe->result.value.string, "001FA0FF0990"));
	gBoard.failing = "esp_efuse_mac_get_default";
	check(!strcmp(call(xs_host_deviceSerial), "no base MAC"));
	gBoard.failing = NULL;
	check(!call(xs_host_chip) && !strcmp(gThe->result.value.string, "esp32c3"));
	check(!call(xs_host_freeMemoryBytes) && (127500 == gThe->result.value.integer));
}

static int readsRecord(const uint8_t *partition)
{
	gBoard.factory = partition;
	check(!call(xs_host_factoryRecord));
	return kFakeReference == gThe->result.kind;
}

/* `path`: what tools/esp32/identity.ts wrote, and after it the record as firmware/settings/factory.ts takes it. */
static void readsWhatTheFactoryWrote(const char *path)
{
	static uint8_t image[0x3000], record[64], other[0x3000];
	FILE *file = fopen(path, "rb");
	size_t length;
	uint32_t claimed;

	check(file);
	check(sizeof(image) == fread(image, 1, sizeof(image), file));
	length = fread(record, 1, sizeof(record), file);
	fclose(file);
	check(readsRecord(image));
	check((length == gThe->result.value.object->length) && !memcmp(record, gThe->result.value.object->bytes, length));

	check(!readsRecord(NULL));
	gBoard.failing = "esp_partition_read";
	check(!readsRecord(image));
	gBoard.failing = NULL;
	/* Erased, and every length that is hostile. */
	memset(other, 0xFF, sizeof(other));
	check(!readsRecord(other));
	memcpy(other, image, sizeof(other));
	for (claimed = 60; claimed < 0xFFFF0000u; claimed = 2 * claimed + 1) {
		other[6] = (uint8_t)(claimed >> 24);
		other[7] = (uint8_t)(claimed >> 16);
		other[8] = (uint8_t)(claimed >> 8);
		other[9] = (uint8_t)claimed;
		check(readsRecord(other) == (claimed <= 64));
	}
}

int main(int count, char **arguments)
{
	check(2 == count);
	fakeResetBoard();
	gThe = gBoard.machine = fakeMachine();
	tellsTime();
	fillsWithRandomBytes();
	tellsWhoItIs();
	readsWhatTheFactoryWrote(arguments[1]);
	fakeDeleteMachine(gThe);
	return 0;
}
