/*
 * The serial lines of the board's connectors, for cable.ts: UART 0, where the console is (esp_driver_uart), and USB-Serial-JTAG
 * on chips that have it (esp_driver_usb_serial_jtag), both of ESP-IDF v6.0. As in rs485.c bytes arrive by interrupt into the
 * driver's ring, and its select() notification posts one message to the machine. What the ring does not take at once is not
 * waited for: nobody need be at the other end.
 */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "driver/uart.h"
#include "driver/uart_select.h"
#include "esp_attr.h"
#include "soc/soc_caps.h"
#if SOC_USB_SERIAL_JTAG_SUPPORTED
#include "driver/usb_serial_jtag.h"
#include "driver/usb_serial_jtag_select.h"
#endif

/* Each holds the longest line of provisioning. */
#define kReceiveRing (2048)
#define kTransmitRing (2048)
#define kUartPort (0)
#define kBaud (115200)
/* USB's driver takes a piece whole or not at all. */
#define kPiece (64)

enum { kUart, kUsb, kLines };

static void cableNotify(int line, int isRead);

static void IRAM_ATTR uartNotify(uart_port_t port, uart_select_notif_t what, BaseType_t *woken)
{
	(void)port;
	(void)woken;
	cableNotify(kUart, UART_SELECT_READ_NOTIF == what);
}

/* In a debug build the debugger has it. */
static int uartIsTaken(void)
{
	return uart_is_driver_installed(kUartPort);
}

/* The pins are those of the console, which the bootloader has set. */
static int uartInstall(void)
{
	uart_config_t config = {0};

	config.baud_rate = kBaud;
	config.data_bits = UART_DATA_8_BITS;
	config.parity = UART_PARITY_DISABLE;
	config.stop_bits = UART_STOP_BITS_1;
	config.flow_ctrl = UART_HW_FLOWCTRL_DISABLE;
	config.source_clk = UART_SCLK_DEFAULT;
	if (ESP_OK != uart_driver_install(kUartPort, kReceiveRing, kTransmitRing, 0, NULL, 0))
		return 0;
	if (ESP_OK != uart_param_config(kUartPort, &config)) {
		uart_driver_delete(kUartPort);
		return 0;
	}
	uart_set_select_notif_callback(kUartPort, uartNotify);
	return 1;
}

static void uartUninstall(void)
{
	uart_set_select_notif_callback(kUartPort, NULL);
	uart_driver_delete(kUartPort);
}

static int uartRead(void *buffer, uint32_t length)
{
	return uart_read_bytes(kUartPort, buffer, length, 0);
}

static int uartWrite(const uint8_t *bytes, uint32_t length)
{
	size_t space = 0;

	if (ESP_OK != uart_get_tx_buffer_free_size(kUartPort, &space))
		return 0;
	return uart_write_bytes(kUartPort, bytes, (length < space) ? length : space);
}

#if SOC_USB_SERIAL_JTAG_SUPPORTED
static void IRAM_ATTR usbNotify(usj_select_notif_t what, int *woken)
{
	(void)woken;
	cableNotify(kUsb, USJ_SELECT_READ_NOTIF == what);
}

static int usbIsTaken(void)
{
	return usb_serial_jtag_is_driver_installed();
}

static int usbInstall(void)
{
	usb_serial_jtag_driver_config_t config = {.tx_buffer_size = kTransmitRing, .rx_buffer_size = kReceiveRing};

	if (ESP_OK != usb_serial_jtag_driver_install(&config))
		return 0;
	usb_serial_jtag_set_select_notif_callback(usbNotify);
	return 1;
}

static void usbUninstall(void)
{
	usb_serial_jtag_set_select_notif_callback(NULL);
	(void)usb_serial_jtag_driver_uninstall();
}

static int usbRead(void *buffer, uint32_t length)
{
	return usb_serial_jtag_read_bytes(buffer, length, 0);
}

static int usbWrite(const uint8_t *bytes, uint32_t length)
{
	uint32_t taken = 0;

	while (taken < length) {
		uint32_t piece = (length - taken < kPiece) ? length - taken : kPiece;
		if (usb_serial_jtag_write_bytes(bytes + taken, piece, 0) <= 0)
			break;
		taken += piece;
	}
	return (int)taken;
}
#endif

typedef struct {
	int (*isTaken)(void);
	int (*install)(void);
	void (*uninstall)(void);
	int (*read)(void *buffer, uint32_t length);
	int (*write)(const uint8_t *bytes, uint32_t length);
} Driver;

static const Driver kDrivers[kLines] = {
	[kUart] = {uartIsTaken, uartInstall, uartUninstall, uartRead, uartWrite},
#if SOC_USB_SERIAL_JTAG_SUPPORTED
	[kUsb] = {usbIsTaken, usbInstall, usbUninstall, usbRead, usbWrite},
#endif
};

typedef struct CableRecord CableRecord;
typedef struct CableRecord *Cable;

struct CableRecord {
	xsMachine *the;
	xsSlot obj;
	xsSlot *onReadable;
	uint8_t line;
	uint8_t holds;		/* one for the object, one for a message on its way */
	uint8_t posted;
};

/* The drivers' notifications carry nothing of ours. */
static Cable gCables[kLines];

void xs_cable_destructor(void *data);
static void cableMark(xsMachine *the, void *it, xsMarkRoot markRoot);
static void cableDeliver(void *the, void *refcon, uint8_t *message, uint16_t messageLength);

static const xsHostHooks kHooks ICACHE_RODATA_ATTR = {
	xs_cable_destructor,
	cableMark,
	NULL
};

static void cableRelease(Cable cable)
{
	if (0 == __atomic_sub_fetch(&cable->holds, 1, __ATOMIC_SEQ_CST))
		c_free(cable);
}

void xs_cable(xsMachine *the)
{
	xsIntegerValue line = xsmcToInteger(xsArg(0));
	Cable cable;

	if ((line < 0) || (line >= kLines) || !kDrivers[line].install)
		xsRangeError("no such line");
	if (kDrivers[line].isTaken())
		xsRangeError("line in use");
	cable = c_calloc(1, sizeof(CableRecord));
	if (!cable)
		xsUnknownError("no memory");
	cable->the = the;
	cable->obj = xsThis;
	cable->onReadable = xsmcToReference(xsArg(1));
	cable->line = (uint8_t)line;
	cable->holds = 1;
	gCables[line] = cable;
	if (!kDrivers[line].install()) {
		gCables[line] = NULL;
		c_free(cable);
		xsUnknownError("no driver");
	}
	xsmcSetHostData(xsThis, cable);
	xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
	xsRemember(cable->obj);
}

void xs_cable_destructor(void *data)
{
	Cable cable = data;

	if (!cable)
		return;
	kDrivers[cable->line].uninstall();
	gCables[cable->line] = NULL;
	cable->the = NULL;
	cableRelease(cable);
}

static void cableMark(xsMachine *the, void *it, xsMarkRoot markRoot)
{
	Cable cable = it;

	if (cable->onReadable)
		(*markRoot)(the, cable->onReadable);
}

void xs_cable_close(xsMachine *the)
{
	Cable cable = xsmcGetHostData(xsThis);

	if (!cable)
		return;
	xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	xsForget(cable->obj);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
	xs_cable_destructor(cable);
}

void xs_cable_read(xsMachine *the)
{
	Cable cable = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *buffer;
	xsUnsignedValue length;
	int count;

	xsmcGetBufferWritable(xsArg(0), &buffer, &length);
	count = kDrivers[cable->line].read(buffer, length);
	xsmcSetInteger(xsResult, (count > 0) ? count : 0);
}

void xs_cable_write(xsMachine *the)
{
	Cable cable = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *bytes;
	xsUnsignedValue length;
	int taken;

	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	taken = kDrivers[cable->line].write(bytes, length);
	xsmcSetInteger(xsResult, (taken > 0) ? taken : 0);
}

/* In the driver's interrupt. */
static void IRAM_ATTR cableNotify(int line, int isRead)
{
	Cable cable = gCables[line];

	if (!isRead || !cable || cable->posted)
		return;
	cable->posted = 1;
	__atomic_add_fetch(&cable->holds, 1, __ATOMIC_SEQ_CST);
	if (modMessagePostToMachineFromISR(cable->the, cableDeliver, cable)) {
		/* The machine's queue is full: the bytes stay in the ring, and the next ones try again. */
		cable->posted = 0;
		__atomic_sub_fetch(&cable->holds, 1, __ATOMIC_SEQ_CST);
	}
}

static void cableDeliver(void *theIn, void *refcon, uint8_t *message, uint16_t messageLength)
{
	xsMachine *the = theIn;
	Cable cable = refcon;

	(void)message;
	(void)messageLength;
	cable->posted = 0;
	/* Closed while the message was on its way: only the record is left. */
	if (cable->the) {
		xsBeginHost(the);
			xsCallFunction0(xsReference(cable->onReadable), cable->obj);
		xsEndHost(the);
	}
	cableRelease(cable);
}
