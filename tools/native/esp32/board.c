/* See board.h. */
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "machine.h"
#include "bootloader_random.h"
#include "builtinCommon.h"
#include "esp_bt.h"
#include "esp_mac.h"
#include "esp_partition.h"
#include "esp_random.h"
#include "esp_task_wdt.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "soc/gpio_num.h"

FakeBoard gBoard;

void fakeResetBoard(void)
{
	memset(&gBoard, 0, sizeof(gBoard));
}

static int fails(const char *call)
{
	return gBoard.failing && !strcmp(gBoard.failing, call);
}

static uint32_t bitOf(int pin)
{
	check((pin >= 0) && (pin < GPIO_NUM_MAX));
	return 1u << pin;
}

int builtinIsPinFree(int pin)
{
	return !(gBoard.pinsInUse & bitOf(pin));
}

void builtinUsePin(int pin)
{
	check(builtinIsPinFree(pin));
	gBoard.pinsInUse |= bitOf(pin);
}

void builtinFreePin(int pin)
{
	check(!builtinIsPinFree(pin));
	gBoard.pinsInUse &= ~bitOf(pin);
}

int64_t esp_timer_get_time(void)
{
	return gBoard.microseconds;
}

esp_err_t esp_efuse_mac_get_default(uint8_t *mac)
{
	if (fails("esp_efuse_mac_get_default"))
		return ESP_FAIL;
	memcpy(mac, gBoard.mac, 6);
	return ESP_OK;
}

esp_err_t esp_wifi_get_mode(wifi_mode_t *mode)
{
	*mode = WIFI_MODE_STA;
	return gBoard.radio ? ESP_OK : ESP_FAIL;
}

esp_bt_controller_status_t esp_bt_controller_get_status(void)
{
	return gBoard.bluetooth ? ESP_BT_CONTROLLER_STATUS_ENABLED : ESP_BT_CONTROLLER_STATUS_IDLE;
}

void bootloader_random_enable(void)
{
	/* Beside a radio it would disturb it, and the generator. */
	check(!gBoard.radio && !gBoard.bluetooth);
	check(!gBoard.adc);
	gBoard.adc = 1;
}

void bootloader_random_disable(void)
{
	check(gBoard.adc);
	gBoard.adc = 0;
}

void esp_fill_random(void *bytes, size_t length)
{
	if (!gBoard.adc && !gBoard.radio && !gBoard.bluetooth)
		gBoard.unfed++;
	memset(bytes, 0x5A, length);
}

uint32_t esp_get_free_heap_size(void)
{
	return 127500;
}

#define kFactoryBytes (0x3000)

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype, const char *label)
{
	static const esp_partition_t partition = {kFactoryBytes};

	(void)type;
	(void)subtype;
	check(!strcmp(label, "fctry"));
	return gBoard.factory ? &partition : NULL;
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t offset, void *bytes, size_t length)
{
	check(offset + length <= partition->size);
	if (fails("esp_partition_read"))
		return ESP_FAIL;
	memcpy(bytes, gBoard.factory + offset, length);
	return ESP_OK;
}

esp_reset_reason_t esp_reset_reason(void)
{
	return gBoard.resetReason;
}

struct FakeWatched { char any; };

esp_err_t esp_task_wdt_add_user(const char *name, esp_task_wdt_user_handle_t *user)
{
	static struct FakeWatched watched;

	if (fails("esp_task_wdt_add_user"))
		return ESP_FAIL;
	check(!gBoard.watched);
	gBoard.watched = name;
	*user = &watched;
	return ESP_OK;
}

esp_err_t esp_task_wdt_reset_user(esp_task_wdt_user_handle_t user)
{
	check(user && gBoard.watched);
	gBoard.fed++;
	return ESP_OK;
}

void esp_restart(void)
{
	gBoard.restarts++;
	/* It does not return. */
	fakeThrow(gBoard.machine, "restart");
}

/* In place of the C library's: --wrap=settimeofday. */
int __wrap_settimeofday(const struct timeval *time, const void *zone)
{
	(void)zone;
	if (fails("settimeofday"))
		return -1;
	gBoard.systemTime = *time;
	return 0;
}
