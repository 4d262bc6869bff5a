/* See nimble_port.h. */
#pragma once

#include "freertos/task.h"

void nimble_port_freertos_init(TaskFunction_t task);
void nimble_port_freertos_deinit(void);
