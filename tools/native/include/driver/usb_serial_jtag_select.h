/* ESP-IDF's driver for select(): components/esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag_select.h, v6.0. */
#pragma once

#include "driver/usb_serial_jtag.h"

typedef enum { USJ_SELECT_READ_NOTIF, USJ_SELECT_WRITE_NOTIF, USJ_SELECT_ERROR_NOTIF } usj_select_notif_t;
typedef void (*usj_select_notif_callback_t)(usj_select_notif_t what, int *woken);

/* Called in the driver's interrupt; does nothing if the driver is not installed. */
void usb_serial_jtag_set_select_notif_callback(usj_select_notif_callback_t callback);
