/*
 * RS-485 on ESP-IDF's UART driver (components/esp_driver_uart, v6.0), for rs485.ts.
 *
 * Everything is allocated at open: the driver's two rings and one record. Bytes arrive by interrupt into the receive
 * ring; the driver's select() notification, which needs neither a task nor an event queue, posts one message to the
 * machine, and the machine reads what is there.
 */
#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"
#include "builtinCommon.h"

#include "driver/uart.h"
#include "driver/uart_select.h"
#include "esp_attr.h"
#include "soc/gpio_num.h"

/* An RTU frame has at most 256 bytes: the rings hold several, and a write of one never blocks. */
#define kReceiveRing (1024)
#define kTransmitRing (1024)
/* Characters of silence after which the FIFO is handed over: about t3.5, so that a frame comes in one piece. */
#define kSilenceCharacters (3)
/* Half of the FIFO: the other half holds what comes while a write to flash keeps interrupts away, 66 ms at 9600 baud. */
#define kFullCharacters (64)
#define kNoPin (-1)

typedef struct LineRecord LineRecord;
typedef struct LineRecord *Line;

struct LineRecord {
	xsMachine *the;
	xsSlot obj;
	xsSlot *onReadable;
	int pins[3];		/* transmit, receive, direction */
	uint8_t port;
	uint8_t holds;		/* one for the object, one for a message on its way */
	uint8_t posted;
	uint32_t losses;	/* overflows of the FIFO and characters of the wrong parity, since they were last asked for */
};

/* The driver's notification carries only the port. */
static Line gLines[UART_NUM_MAX];

void xs_rs485_destructor(void *data);
static void rs485Mark(xsMachine *the, void *it, xsMarkRoot markRoot);
static void rs485Notify(uart_port_t port, uart_select_notif_t what, BaseType_t *woken);
static void rs485Deliver(void *the, void *refcon, uint8_t *message, uint16_t messageLength);

static const xsHostHooks kHooks ICACHE_RODATA_ATTR = {
	xs_rs485_destructor,
	rs485Mark,
	NULL
};

static void rs485Release(Line line)
{
	if (0 == __atomic_sub_fetch(&line->holds, 1, __ATOMIC_SEQ_CST))
		c_free(line);
}

static int rs485Pin(xsMachine *the, xsIntegerValue pin)
{
	if (kNoPin == pin)
		return kNoPin;
	if ((pin < 0) || (pin >= GPIO_NUM_MAX))
		xsRangeError("invalid pin");
	if (!builtinIsPinFree(pin))
		xsRangeError("pin in use");
	return pin;
}

void xs_rs485(xsMachine *the)
{
	static const uart_parity_t parities[] = {UART_PARITY_DISABLE, UART_PARITY_EVEN, UART_PARITY_ODD};
	uart_config_t config = {0};
	xsIntegerValue port = xsmcToInteger(xsArg(0));
	int pins[3];
	xsIntegerValue baud = xsmcToInteger(xsArg(4));
	xsIntegerValue parity = xsmcToInteger(xsArg(5));
	xsIntegerValue stopBits = xsmcToInteger(xsArg(6));
	Line line;
	int i;

	if ((port < 0) || (port >= SOC_UART_HP_NUM))
		xsRangeError("invalid port");
	if (uart_is_driver_installed(port))
		xsRangeError("port in use");
	if ((baud < 1200) || (baud > 115200))
		xsRangeError("invalid baud");
	if ((parity < 0) || (parity > 2))
		xsRangeError("invalid parity");
	if ((1 != stopBits) && (2 != stopBits))
		xsRangeError("invalid stop bits");
	for (i = 0; i < 3; i++)
		pins[i] = rs485Pin(the, xsmcToInteger(xsArg(1 + i)));
	if ((kNoPin == pins[0]) || (kNoPin == pins[1]) || (pins[0] == pins[1]) || (pins[0] == pins[2]) || (pins[1] == pins[2]))
		xsRangeError("invalid pins");

	config.baud_rate = baud;
	config.data_bits = UART_DATA_8_BITS;
	config.parity = parities[parity];
	config.stop_bits = (2 == stopBits) ? UART_STOP_BITS_2 : UART_STOP_BITS_1;
	config.flow_ctrl = UART_HW_FLOWCTRL_DISABLE;
	config.source_clk = UART_SCLK_DEFAULT;

	line = c_calloc(1, sizeof(LineRecord));
	if (!line)
		xsUnknownError("no memory");
	if (ESP_OK != uart_driver_install(port, kReceiveRing, kTransmitRing, 0, NULL, 0)) {
		c_free(line);
		xsUnknownError("no UART driver");
	}
	/* Mode before pins: until the RS-485 mode inverts it, RTS rests at the level that enables the driver. */
	if ((ESP_OK != uart_param_config(port, &config)) ||
		(ESP_OK != uart_set_mode(port, (kNoPin == pins[2]) ? UART_MODE_UART : UART_MODE_RS485_HALF_DUPLEX)) ||
		(ESP_OK != uart_set_pin(port, pins[0], pins[1], (kNoPin == pins[2]) ? UART_PIN_NO_CHANGE : pins[2], UART_PIN_NO_CHANGE)) ||
		(ESP_OK != uart_set_rx_full_threshold(port, kFullCharacters)) ||
		(ESP_OK != uart_set_rx_timeout(port, kSilenceCharacters))) {
		uart_driver_delete(port);
		c_free(line);
		xsUnknownError("UART refuses");
	}

	line->the = the;
	line->obj = xsThis;
	line->onReadable = xsmcToReference(xsArg(7));
	line->port = (uint8_t)port;
	line->holds = 1;
	for (i = 0; i < 3; i++) {
		line->pins[i] = pins[i];
		if (kNoPin != pins[i])
			builtinUsePin(pins[i]);
	}
	xsmcSetHostData(xsThis, line);
	xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
	xsRemember(line->obj);
	gLines[port] = line;
	uart_set_select_notif_callback(port, rs485Notify);
}

void xs_rs485_destructor(void *data)
{
	Line line = data;
	int i;

	if (!line)
		return;
	uart_set_select_notif_callback(line->port, NULL);
	gLines[line->port] = NULL;
	uart_driver_delete(line->port);
	for (i = 0; i < 3; i++) {
		if (kNoPin != line->pins[i])
			builtinFreePin(line->pins[i]);
	}
	line->the = NULL;
	rs485Release(line);
}

static void rs485Mark(xsMachine *the, void *it, xsMarkRoot markRoot)
{
	Line line = it;

	if (line->onReadable)
		(*markRoot)(the, line->onReadable);
}

void xs_rs485_close(xsMachine *the)
{
	Line line = xsmcGetHostData(xsThis);

	if (!line)
		return;
	xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	xsForget(line->obj);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
	xs_rs485_destructor(line);
}

void xs_rs485_read(xsMachine *the)
{
	Line line = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *buffer;
	xsUnsignedValue length;
	int count;

	xsmcGetBufferWritable(xsArg(0), &buffer, &length);
	count = uart_read_bytes(line->port, buffer, length, 0);
	xsmcSetInteger(xsResult, (count > 0) ? count : 0);
}

void xs_rs485_write(xsMachine *the)
{
	Line line = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *bytes;
	xsUnsignedValue length;
	size_t space = 0;

	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	/* What came before a question cannot answer it. A ring that filled up unread receives again, too. */
	(void)uart_flush_input(line->port);
	if ((ESP_OK != uart_get_tx_buffer_free_size(line->port, &space)) || (length > space))
		xsmcSetFalse(xsResult);
	else
		xsmcSetBoolean(xsResult, uart_write_bytes(line->port, bytes, length) == (int)length);
}

void xs_rs485_losses(xsMachine *the)
{
	Line line = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);

	xsmcSetInteger(xsResult, (xsIntegerValue)(__atomic_exchange_n(&line->losses, 0, __ATOMIC_SEQ_CST) & 0x7FFFFFFF));
}

/* In the driver's interrupt, inside its select lock. */
static void IRAM_ATTR rs485Notify(uart_port_t port, uart_select_notif_t what, BaseType_t *woken)
{
	Line line = gLines[port];

	(void)woken;
	if (!line)
		return;
	if (UART_SELECT_ERROR_NOTIF == what)
		__atomic_add_fetch(&line->losses, 1, __ATOMIC_SEQ_CST);
	if ((UART_SELECT_READ_NOTIF != what) || line->posted)
		return;
	line->posted = 1;
	__atomic_add_fetch(&line->holds, 1, __ATOMIC_SEQ_CST);
	if (modMessagePostToMachineFromISR(line->the, rs485Deliver, line)) {
		/* The machine's queue is full: the bytes stay in the ring, and the next ones try again. */
		line->posted = 0;
		__atomic_sub_fetch(&line->holds, 1, __ATOMIC_SEQ_CST);
	}
}

static void rs485Deliver(void *theIn, void *refcon, uint8_t *message, uint16_t messageLength)
{
	xsMachine *the = theIn;
	Line line = refcon;

	(void)message;
	(void)messageLength;
	line->posted = 0;
	/* Closed while the message was on its way: only the record is left. */
	if (line->the) {
		xsBeginHost(the);
			xsCallFunction0(xsReference(line->onReadable), line->obj);
		xsEndHost(the);
	}
	rs485Release(line);
}
