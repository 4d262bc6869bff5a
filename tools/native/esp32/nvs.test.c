/* nvs.c: each start is a process of its own; its task runs before app_main's, which calls nvs_flash_init as the SDK does. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "freertos/task.h"
#include "nvs_flash.h"

void xs_nvs_wasErased(xsMachine *the);

struct FakeTask { int suspended; };

static struct FakeTask gMain;
static TaskFunction_t gTask;
static esp_err_t gInit, gErase, gInitAfter;
static int gInits, gErases, gDeleted;

TaskHandle_t xTaskGetHandle(const char *name)
{
	check(!strcmp(name, "main"));
	return &gMain;
}

void vTaskSuspend(TaskHandle_t task)
{
	check(!task->suspended);
	task->suspended = 1;
}

void vTaskResume(TaskHandle_t task)
{
	check(task->suspended);
	task->suspended = 0;
}

void vTaskDelete(TaskHandle_t task)
{
	check(!task);
	gDeleted = 1;
}

BaseType_t xTaskCreatePinnedToCore(
	TaskFunction_t function, const char *name, uint32_t stack, void *parameter, UBaseType_t priority, TaskHandle_t *task, BaseType_t core)
{
	(void)name; (void)parameter;
	/* Above ESP-IDF's main task, which has 1, and on its core. */
	check((stack >= 4096) && (priority > 1) && (priority < configMAX_PRIORITIES) && !task && !core);
	gTask = function;
	return 1;
}

esp_err_t nvs_flash_init(void)
{
	check(gMain.suspended);
	gInits++;
	return gErases ? gInitAfter : gInit;
}

esp_err_t nvs_flash_erase(void)
{
	check(gMain.suspended && (1 == gInits));
	gErases++;
	return gErase;
}

static void start(esp_err_t init, esp_err_t erase, esp_err_t initAfter, int inits, int erases, int told)
{
	pid_t child = fork();
	int status;

	check(child >= 0);
	if (!child) {
		xsMachine *the = fakeMachine();

		gInit = init;
		gErase = erase;
		gInitAfter = initAfter;
		/* The constructor has run before main. */
		check(gTask);
		gTask(NULL);
		check(gDeleted && !gMain.suspended && (inits == gInits) && (erases == gErases));
		check(!fakeInvoke(the, xs_nvs_wasErased, (xsSlot){0}, 0, NULL) && (told == the->result.value.boolean));
		fakeDeleteMachine(the);
		_exit(0);
	}
	check((waitpid(child, &status, 0) == child) && WIFEXITED(status) && !WEXITSTATUS(status));
}

int main(void)
{
	start(ESP_OK, ESP_OK, ESP_OK, 1, 0, 0);
	start(ESP_ERR_NVS_NO_FREE_PAGES, ESP_OK, ESP_OK, 2, 1, 1);
	start(ESP_ERR_NVS_NEW_VERSION_FOUND, ESP_OK, ESP_OK, 2, 1, 1);
	start(ESP_FAIL, ESP_OK, ESP_OK, 2, 1, 1);
	/* Erasing cures nothing, or fails. */
	start(ESP_ERR_NO_MEM, ESP_OK, ESP_OK, 1, 0, 0);
	start(ESP_ERR_NOT_FOUND, ESP_OK, ESP_OK, 1, 0, 0);
	start(ESP_FAIL, ESP_FAIL, ESP_FAIL, 1, 1, 0);
	start(ESP_FAIL, ESP_OK, ESP_FAIL, 2, 1, 1);
	return 0;
}
