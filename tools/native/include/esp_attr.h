/* Where the linker puts what bears them. */
#define IRAM_ATTR
