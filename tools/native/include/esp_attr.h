/* Where the linker puts what bears them. */
#pragma once

#define IRAM_ATTR
/* Between __start_rtc_noinit and __stop_rtc_noinit, so that a test can keep it over a reset, or spoil it. */
#define RTC_NOINIT_ATTR __attribute__((section("rtc_noinit")))
