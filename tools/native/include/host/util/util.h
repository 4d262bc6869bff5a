/* See ble_hs.h. */
#pragma once

int ble_hs_util_ensure_addr(int preferRandom);
