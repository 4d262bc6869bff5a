/* The SDK's register of pins in use (modules/io/common/builtinCommon.h), on the board for tests. */
#ifndef BUILTIN_COMMON_H
#define BUILTIN_COMMON_H

int builtinIsPinFree(int pin);
void builtinUsePin(int pin);
void builtinFreePin(int pin);

#endif
