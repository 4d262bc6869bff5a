/* NimBLE's task is a thread (dongle.c). */
#pragma once

void nimble_port_freertos_init(void (*task)(void *parameter));
void nimble_port_freertos_deinit(void);
