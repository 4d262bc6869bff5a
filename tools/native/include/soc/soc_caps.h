/* What an ESP32-C3 has; with NO_USB what an ESP32 has. There it is not defined. */
#pragma once

#ifndef NO_USB
#define SOC_USB_SERIAL_JTAG_SUPPORTED (1)
#endif
