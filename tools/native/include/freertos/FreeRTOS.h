/* https://docs.espressif.com/projects/esp-idf/en/v6.0/esp32/api-reference/system/freertos_idf.html */
#pragma once

#include <stdint.h>

#define configMAX_PRIORITIES (25)
typedef int BaseType_t;
typedef unsigned int UBaseType_t;

/* Sections in which nothing else runs: they do not nest here, and board.h counts them. */
typedef struct { int entered; } portMUX_TYPE;
#define portMUX_INITIALIZE(mux) ((mux)->entered = 0)
#define portENTER_CRITICAL(mux) fakeEnterCritical(mux)
#define portEXIT_CRITICAL(mux) fakeExitCritical(mux)
void fakeEnterCritical(portMUX_TYPE *mux);
void fakeExitCritical(portMUX_TYPE *mux);
