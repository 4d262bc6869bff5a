/* FreeRTOS's spinlocks, as mutexes. */
#pragma once

#include <pthread.h>

typedef pthread_mutex_t portMUX_TYPE;
#define portMUX_INITIALIZE(mux) pthread_mutex_init((mux), NULL)
#define portENTER_CRITICAL(mux) pthread_mutex_lock(mux)
#define portEXIT_CRITICAL(mux) pthread_mutex_unlock(mux)
