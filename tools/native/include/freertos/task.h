/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/freertos_idf.html */
#pragma once

#include "freertos/FreeRTOS.h"

typedef struct FakeTask *TaskHandle_t;
typedef void (*TaskFunction_t)(void *parameter);

TaskHandle_t xTaskGetHandle(const char *name);
void vTaskSuspend(TaskHandle_t task);
void vTaskResume(TaskHandle_t task);
void vTaskDelete(TaskHandle_t task);
BaseType_t xTaskCreatePinnedToCore(
	TaskFunction_t function, const char *name, uint32_t stack, void *parameter, UBaseType_t priority, TaskHandle_t *task, BaseType_t core);
