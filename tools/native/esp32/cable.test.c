/* cable.c on UART 0 and on USB-Serial-JTAG: a line that overflows, that nobody reads, and that is closed at every moment. */
#include <string.h>

#include "board.h"
#include "machine.h"
#include "soc/soc_caps.h"

void xs_cable(xsMachine *the);
void xs_cable_close(xsMachine *the);
void xs_cable_read(xsMachine *the);
void xs_cable_write(xsMachine *the);
void xs_cable_destructor(void *data);

enum { kUart, kUsb };

/* The one that is tested, and the most that comes at once. */
static int gLine;
#define kPacket (64)

static int isInstalled(void)
{
	return kUsb == gLine ? gUsb.installed : fakeUart(0)->installed;
}

static void receive(const void *bytes, size_t length)
{
	if (kUsb == gLine)
		fakeUsbReceive(bytes, length);
	else
		fakeReceive(0, bytes, length);
}

static void sendAll(void)
{
	if (kUsb == gLine)
		fakeUsbSendAll();
	else
		fakeSendAll(0);
}

static const uint8_t *sent(void)
{
	return kUsb == gLine ? gUsb.sent : fakeUart(0)->sent;
}

static size_t sentLength(void)
{
	return kUsb == gLine ? gUsb.sentLength : fakeUart(0)->sentLength;
}

static xsMachine *gThe;
static FakeObject *gCable;
/* What onReadable does: how often it ran, what it read, and whether it closes. */
static int gReadable;
static uint8_t gRead[4096];
static size_t gReadLength;
static int gClosesAfter;

static void closeCable(void)
{
	check(!fakeInvoke(gThe, xs_cable_close, gCable->reference, 0, NULL));
}

static int readCable(xsUnsignedValue length)
{
	FakeObject *buffer = fakeBuffer(gThe, NULL, length);
	int count;

	check(!fakeInvoke(gThe, xs_cable_read, gCable->reference, 1, &buffer->reference));
	count = gThe->result.value.integer;
	check((count >= 0) && (count <= (int)length));
	memcpy(gRead + gReadLength, buffer->bytes, count);
	gReadLength += count;
	fakeCollect(gThe, gCable);
	return count;
}

static int writeCable(const void *bytes, xsUnsignedValue length)
{
	FakeObject *buffer = fakeBuffer(gThe, bytes, length);

	check(!fakeInvoke(gThe, xs_cable_write, gCable->reference, 1, &buffer->reference));
	fakeCollect(gThe, gCable);
	return gThe->result.value.integer;
}

static void onReadable(xsMachine *the)
{
	gReadable++;
	check(the->self.value.object == gCable);
	if (gClosesAfter && (gReadable == gClosesAfter))
		closeCable();
	else
		while (readCable(50))
			;
}

static const char *openCable(void)
{
	xsSlot arguments[] = {fakeInteger(gLine), fakeFunction(gThe, onReadable)};

	gCable = fakeNewObject(gThe);
	/* As `extends Native('xs_cable_destructor')` makes it. */
	gCable->destructor = xs_cable_destructor;
	return fakeInvoke(gThe, xs_cable, gCable->reference, 2, arguments);
}

static void begin(void)
{
	fakeResetBoard();
	gThe = fakeMachine();
	gReadable = 0;
	gReadLength = 0;
	gClosesAfter = 0;
}

/* Nothing may be left: of memory the address sanitizer tells. */
static void end(void)
{
	fakeDeleteMachine(gThe);
	check(!gUsb.installed && !fakeUart(0)->installed);
}

static void opensOnce(void)
{
	FakeObject *first;

	begin();
	check(!openCable() && isInstalled());
	if (kUart == gLine) {
		check((115200 == fakeUart(0)->config.baud_rate) && (UART_DATA_8_BITS == fakeUart(0)->config.data_bits));
		check((UART_PARITY_DISABLE == fakeUart(0)->config.parity) && (UART_STOP_BITS_1 == fakeUart(0)->config.stop_bits));
	}
	first = gCable;
	check(!strcmp(openCable(), "line in use"));
	gCable = first;
	closeCable();
	check(!openCable());
	closeCable();
	end();
}

static void leaksNothingIfTheDriverFails(void)
{
	static const char *const calls[] = {"uart_driver_install", "uart_param_config", "usb_serial_jtag_driver_install"};
	int i;

	for (i = (kUsb == gLine) ? 2 : 0; i < ((kUsb == gLine) ? 3 : 2); i++) {
		begin();
		gBoard.failing = calls[i];
		check(!strcmp(openCable(), "no driver"));
		check(!isInstalled() && !gThe->rootCount);
		gBoard.failing = NULL;
		check(!openCable());
		closeCable();
		end();
	}
	begin();
	fakeFailCalloc(1);
	check(!strcmp(openCable(), "no memory"));
	fakeFailCalloc(0);
	end();
}

static void readsAllThatCame(void)
{
	uint8_t packet[kPacket];
	size_t i;

	for (i = 0; i < sizeof(packet); i++)
		packet[i] = (uint8_t)(i * 7);
	begin();
	check(!openCable());
	for (i = 0; i < 20; i++)
		receive(packet, sizeof(packet));
	/* One message however often bytes came. */
	check(fakeDeliver(gThe) && !fakeDeliver(gThe));
	check((1 == gReadable) && (20 * sizeof(packet) == gReadLength));
	for (i = 0; i < 20; i++)
		check(!memcmp(gRead + i * sizeof(packet), packet, sizeof(packet)));
	closeCable();
	end();
}

static void receivesAgainAfterAnOverflow(void)
{
	static const uint8_t packet[kPacket];
	int i;

	begin();
	check(!openCable());
	for (i = 0; i < 100; i++)
		receive(packet, sizeof(packet));
	check(fakeDeliver(gThe) && (gReadLength > 1900) && (gReadLength <= 2048));
	gReadLength = 0;
	receive("abc", 3);
	check(fakeDeliver(gThe) && (3 == gReadLength) && !memcmp(gRead, "abc", 3));
	closeCable();
	end();
}

static void takesWhatThereIsRoomFor(void)
{
	uint8_t bytes[3000];
	int first;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 251);
	begin();
	check(!openCable());
	check(0 == writeCable(bytes, 0));
	first = writeCable(bytes, sizeof(bytes));
	check((2048 == first) && (2048 == sentLength()) && !memcmp(sent(), bytes, 2048));
	/* Nobody reads. */
	check((0 == writeCable(bytes, 1)) && (2048 == sentLength()));
	sendAll();
	check(952 == writeCable(bytes + first, 952));
	check(!memcmp(sent(), bytes + first, 952));
	if (kUart == gLine) {
		gBoard.failing = "uart_write_bytes";
		check(0 == writeCable(bytes, 8));
		gBoard.failing = "uart_get_tx_buffer_free_size";
		check(0 == writeCable(bytes, 8));
		gBoard.failing = "uart_read_bytes";
		receive(bytes, 8);
		check(fakeDeliver(gThe) && !gReadLength);
		gBoard.failing = NULL;
	}
	closeCable();
	end();
}

static void survivesAFullQueue(void)
{
	begin();
	check(!openCable());
	gThe->messageCount = MAX_FAKE_MESSAGES;
	receive("abc", 3);
	gThe->messageCount = 0;
	check(!gReadable);
	/* The bytes were kept, and the next ones try again. */
	receive("de", 2);
	check(fakeDeliver(gThe) && (5 == gReadLength) && !memcmp(gRead, "abcde", 5));
	/* Room to write is no news. */
	sendAll();
	check(!fakeDeliver(gThe));
	closeCable();
	end();
}

static void closesWhileBytesCome(void)
{
	/* While a message is on its way, and anew before it is delivered. */
	begin();
	check(!openCable());
	receive("abc", 3);
	closeCable();
	check(!openCable());
	check(fakeDeliver(gThe) && !gReadable);
	receive("de", 2);
	check(fakeDeliver(gThe) && (1 == gReadable) && (2 == gReadLength));
	closeCable();
	end();

	/* In its own callback, after which more came. */
	begin();
	gClosesAfter = 2;
	check(!openCable());
	receive("abc", 3);
	check(fakeDeliver(gThe));
	receive("d", 1);
	check(fakeDeliver(gThe) && (2 == gReadable) && !fakeDeliver(gThe));
	end();
}

static void staysClosed(void)
{
	FakeObject *buffer;

	begin();
	check(!openCable());
	closeCable();
	closeCable();
	buffer = fakeBuffer(gThe, "a", 1);
	check(!strcmp(fakeInvoke(gThe, xs_cable_read, gCable->reference, 1, &buffer->reference), "invalid host data"));
	check(!strcmp(fakeInvoke(gThe, xs_cable_write, gCable->reference, 1, &buffer->reference), "invalid host data"));
	end();
}

static void isCollectedOnlyWithTheMachine(void)
{
	begin();
	check(!openCable());
	/* Nobody in JavaScript holds it: it is remembered, and its callback is marked by it. */
	fakeCollect(gThe, NULL);
	receive("abc", 3);
	check(fakeDeliver(gThe) && (3 == gReadLength));
	closeCable();
	fakeCollect(gThe, NULL);
	check(!gThe->objectCount);
	end();

	/* The machine is deleted with the console open. */
	begin();
	check(!openCable());
	end();
}

static void opensBothLines(void)
{
	FakeObject *uart;

	begin();
	gLine = kUart;
	check(!openCable());
	uart = gCable;
	gLine = kUsb;
	check(!openCable());
	receive("abc", 3);
	check(fakeDeliver(gThe) && (3 == gReadLength) && (3 == writeCable("xyz", 3)));
	check((3 == gUsb.sentLength) && !fakeUart(0)->sentLength);
	closeCable();
	gCable = uart;
	closeCable();
	end();
}

static void refusesALineThatIsNotThere(void)
{
	begin();
	gLine = -1;
	check(!strcmp(openCable(), "no such line"));
	gLine = 2;
	check(!strcmp(openCable(), "no such line"));
#if !SOC_USB_SERIAL_JTAG_SUPPORTED
	gLine = kUsb;
	check(!strcmp(openCable(), "no such line"));
#endif
	end();
}

int main(void)
{
#if SOC_USB_SERIAL_JTAG_SUPPORTED
	int lines = 2;
#else
	int lines = 1;
#endif

	for (gLine = 0; gLine < lines; gLine++) {
		opensOnce();
		leaksNothingIfTheDriverFails();
		readsAllThatCame();
		receivesAgainAfterAnOverflow();
		takesWhatThereIsRoomFor();
		survivesAFullQueue();
		closesWhileBytesCome();
		staysClosed();
		isCollectedOnlyWithTheMachine();
	}
	if (lines > 1)
		opensBothLines();
	refusesALineThatIsNotThere();
	return 0;
}
