/*
 * Damaged NVS is erased, for nvs.ts. The SDK's app_main ends in a panic if nvs_flash_init fails, before any code of ours
 * and at every start. So a task that is made before the scheduler starts runs first: a constructor makes it, which ESP-IDF
 * calls then (Application Startup Flow, "Secondary"), and app_main's task is suspended meanwhile. app_main's own call finds
 * NVS initialised. Identity has a partition of its own, which nothing erases.
 */
#include "xsmc.h"
#include "mc.xs.h"

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "nvs_flash.h"

#define kStackBytes (4096)
#define kPriority (configMAX_PRIORITIES - 2)

static uint8_t gErased;

static void nvsRepair(void)
{
	esp_err_t error = nvs_flash_init();

	/* Nothing of these is cured by it: no memory, no such partition. */
	if ((ESP_OK == error) || (ESP_ERR_NO_MEM == error) || (ESP_ERR_NOT_FOUND == error))
		return;
	if (ESP_OK != nvs_flash_erase())
		return;
	gErased = 1;
	/* If this fails as well, app_main's call does. */
	(void)nvs_flash_init();
}

static void nvsTask(void *unused)
{
	TaskHandle_t main = xTaskGetHandle("main");

	(void)unused;
	/* Erasing waits for flash: app_main would run meanwhile. */
	if (main)
		vTaskSuspend(main);
	nvsRepair();
	if (main)
		vTaskResume(main);
	vTaskDelete(NULL);
}

static void __attribute__((constructor)) nvsBegin(void)
{
	/* On app_main's core, so that it does not run before this. Without memory for it, app_main decides. */
	(void)xTaskCreatePinnedToCore(nvsTask, "nvs", kStackBytes, NULL, kPriority, NULL, 0);
}

void xs_nvs_wasErased(xsMachine *the)
{
	xsmcSetBoolean(xsResult, gErased);
}
