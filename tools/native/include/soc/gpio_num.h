/* Of an ESP32-C3. */
#pragma once

#define GPIO_NUM_MAX (22)
