/* Of an ESP32-C3. */
#define GPIO_NUM_MAX (22)
