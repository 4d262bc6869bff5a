/* rs485.c on a UART that overflows, breaks, and is closed at every moment. */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "machine.h"

void xs_rs485(xsMachine *the);
void xs_rs485_close(xsMachine *the);
void xs_rs485_read(xsMachine *the);
void xs_rs485_write(xsMachine *the);
void xs_rs485_losses(xsMachine *the);
void xs_rs485_destructor(void *data);

enum { kPort, kTransmit, kReceive, kDirection, kBaud, kParity, kStopBits, kOnReadable, kArguments };

static xsMachine *gThe;
static FakeObject *gLine;
static xsSlot gArguments[kArguments];
/* What onReadable does: how often it ran, what it read, and whether it closes. */
static int gReadable;
static uint8_t gRead[4096];
static size_t gReadLength;
static int gClosesAfter;

static const char *lineWith(void (*function)(xsMachine *the), xsSlot argument)
{
	return fakeInvoke(gThe, function, gLine->reference, 1, &argument);
}

static void closeLine(void)
{
	check(!fakeInvoke(gThe, xs_rs485_close, gLine->reference, 0, NULL));
}

static int readLine(xsUnsignedValue length)
{
	FakeObject *buffer = fakeBuffer(gThe, NULL, length);
	int count;

	check(!lineWith(xs_rs485_read, buffer->reference));
	count = gThe->result.value.integer;
	check((count >= 0) && (count <= (int)length));
	memcpy(gRead + gReadLength, buffer->bytes, count);
	gReadLength += count;
	fakeCollect(gThe, gLine);
	return count;
}

static int writeLine(const void *bytes, xsUnsignedValue length)
{
	FakeObject *buffer = fakeBuffer(gThe, bytes, length);

	check(!lineWith(xs_rs485_write, buffer->reference));
	fakeCollect(gThe, gLine);
	return gThe->result.value.boolean;
}

static int losses(void)
{
	check(!fakeInvoke(gThe, xs_rs485_losses, gLine->reference, 0, NULL));
	return gThe->result.value.integer;
}

static void onReadable(xsMachine *the)
{
	gReadable++;
	check(the->self.value.object == gLine);
	if (gClosesAfter && (gReadable == gClosesAfter))
		closeLine();
	else
		while (readLine(7))
			;
}

static const char *openLine(void)
{
	gLine = fakeNewObject(gThe);
	/* As `extends Native('xs_rs485_destructor')` makes it. */
	gLine->destructor = xs_rs485_destructor;
	gArguments[kOnReadable] = fakeFunction(gThe, onReadable);
	return fakeInvoke(gThe, xs_rs485, gLine->reference, kArguments, gArguments);
}

static void begin(void)
{
	static const int numbers[] = {1, 4, 5, 6, 9600, 0, 1};
	int i;

	fakeResetBoard();
	gThe = fakeMachine();
	for (i = 0; i < kOnReadable; i++)
		gArguments[i] = fakeInteger(numbers[i]);
	gReadable = 0;
	gReadLength = 0;
	gClosesAfter = 0;
}

/* Nothing may be left: of memory the address sanitizer tells. */
static void end(void)
{
	fakeDeleteMachine(gThe);
	check(!gBoard.pinsInUse);
	check(!fakeUart(0)->installed && !fakeUart(1)->installed);
}

static void opensAsAsked(void)
{
	FakeUart *uart = fakeUart(1);

	begin();
	check(!openLine());
	check((9600 == uart->config.baud_rate) && (UART_DATA_8_BITS == uart->config.data_bits));
	check((UART_PARITY_DISABLE == uart->config.parity) && (UART_STOP_BITS_1 == uart->config.stop_bits));
	check(UART_MODE_RS485_HALF_DUPLEX == uart->mode);
	check((4 == uart->pins[0]) && (5 == uart->pins[1]) && (6 == uart->pins[2]) && (UART_PIN_NO_CHANGE == uart->pins[3]));
	check((64 == uart->full) && (3 == uart->timeout));
	check((1u << 4 | 1u << 5 | 1u << 6) == gBoard.pinsInUse);
	closeLine();
	end();

	begin();
	gArguments[kDirection] = fakeInteger(-1);
	gArguments[kParity] = fakeInteger(1);
	gArguments[kStopBits] = fakeInteger(2);
	check(!openLine());
	check((UART_MODE_UART == uart->mode) && (UART_PIN_NO_CHANGE == uart->pins[2]));
	check((UART_PARITY_EVEN == uart->config.parity) && (UART_STOP_BITS_2 == uart->config.stop_bits));
	closeLine();
	end();
}

static void refuses(int argument, int value, const char *why)
{
	const char *thrown;

	begin();
	gArguments[argument] = fakeInteger(value);
	thrown = openLine();
	check(thrown && !strcmp(thrown, why));
	end();
}

static void refusesWhatCannotWork(void)
{
	refuses(kPort, -1, "invalid port");
	refuses(kPort, 2, "invalid port");
	refuses(kTransmit, -1, "invalid pins");
	refuses(kTransmit, 22, "invalid pin");
	refuses(kReceive, -2, "invalid pin");
	refuses(kReceive, 4, "invalid pins");
	refuses(kDirection, 5, "invalid pins");
	refuses(kBaud, 1199, "invalid baud");
	refuses(kBaud, 115201, "invalid baud");
	refuses(kParity, 3, "invalid parity");
	refuses(kParity, -1, "invalid parity");
	refuses(kStopBits, 0, "invalid stop bits");
	refuses(kStopBits, 3, "invalid stop bits");
}

static void refusesWhatIsInUse(void)
{
	FakeObject *first;

	begin();
	check(!openLine());
	first = gLine;
	check(!strcmp(openLine(), "port in use"));
	gArguments[kPort] = fakeInteger(0);
	check(!strcmp(openLine(), "pin in use"));
	gLine = first;
	closeLine();
	end();
}

static void leaksNothingIfTheUartBreaks(void)
{
	static const char *const calls[] = {
		"uart_driver_install", "uart_param_config", "uart_set_mode", "uart_set_pin",
		"uart_set_rx_full_threshold", "uart_set_rx_timeout"
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		begin();
		gBoard.failing = calls[i];
		check(!strcmp(openLine(), i ? "UART refuses" : "no UART driver"));
		check(!gBoard.pinsInUse && !fakeUart(1)->installed && !gThe->rootCount);
		gBoard.failing = NULL;
		check(!openLine());
		closeLine();
		end();
	}
	begin();
	fakeFailCalloc(1);
	check(!strcmp(openLine(), "no memory"));
	fakeFailCalloc(0);
	end();
}

static void readsFramesAtEveryOffset(void)
{
	uint8_t frame[256];
	size_t i, first;

	for (i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)(i * 7);
	for (first = 0; first <= sizeof(frame); first++) {
		begin();
		check(!openLine());
		fakeReceive(1, frame, first);
		fakeReceive(1, frame + first, sizeof(frame) - first);
		/* One message however often bytes came. */
		check(fakeDeliver(gThe) && !fakeDeliver(gThe));
		check((1 == gReadable) && (sizeof(frame) == gReadLength) && !memcmp(frame, gRead, sizeof(frame)));
		closeLine();
		end();
	}
}

static void countsWhatIsLost(void)
{
	static const uint8_t bytes[1500];

	begin();
	check(!openLine());
	fakeReceive(1, bytes, 1500);
	fakeReceive(1, bytes, 8);
	fakeDisturb(1);
	check((2 == losses()) && (0 == losses()));
	check(fakeDeliver(gThe) && (1024 == gReadLength));
	/* The ring was read: it receives again. */
	fakeReceive(1, bytes, 8);
	check(fakeDeliver(gThe) && (1032 == gReadLength));
	closeLine();
	end();
}

static void receivesAgainAfterAQuestion(void)
{
	static const uint8_t bytes[1500];

	begin();
	check(!openLine());
	fakeReceive(1, bytes, 1500);
	check(writeLine("ask", 3));
	/* What came before it is gone. */
	check(fakeDeliver(gThe) && !gReadLength);
	fakeReceive(1, "reply", 5);
	check(fakeDeliver(gThe) && (5 == gReadLength) && !memcmp(gRead, "reply", 5));
	closeLine();
	end();
}

static void writesWholeOrNotAtAll(void)
{
	static const uint8_t bytes[1025];

	begin();
	check(!openLine());
	check(!writeLine(bytes, 1025) && !fakeUart(1)->sentLength);
	check(writeLine(bytes, 1000) && (1000 == fakeUart(1)->sentLength));
	check(!writeLine(bytes, 25) && (1000 == fakeUart(1)->sentLength));
	check(writeLine(bytes, 24) && writeLine(bytes, 0) && !writeLine(bytes, 1));
	fakeSendAll(1);
	check(writeLine("\1\2", 2) && !memcmp(fakeUart(1)->sent, "\1\2", 2));
	gBoard.failing = "uart_write_bytes";
	check(!writeLine(bytes, 8));
	gBoard.failing = "uart_get_tx_buffer_free_size";
	check(!writeLine(bytes, 8));
	gBoard.failing = "uart_read_bytes";
	fakeReceive(1, bytes, 8);
	check(fakeDeliver(gThe) && !gReadLength);
	gBoard.failing = NULL;
	closeLine();
	end();
}

static void survivesAFullQueue(void)
{
	begin();
	check(!openLine());
	gThe->messageCount = MAX_FAKE_MESSAGES;
	fakeReceive(1, "abc", 3);
	gThe->messageCount = 0;
	check(!gReadable);
	/* The bytes were kept, and the next ones try again. */
	fakeReceive(1, "de", 2);
	check(fakeDeliver(gThe) && (5 == gReadLength) && !memcmp(gRead, "abcde", 5));
	closeLine();
	end();

	/* Closed after a failed attempt: nothing is held for a message that never was. */
	begin();
	check(!openLine());
	gThe->messageCount = MAX_FAKE_MESSAGES;
	fakeReceive(1, "abc", 3);
	gThe->messageCount = 0;
	closeLine();
	end();
}

static void closesWhileBytesCome(void)
{
	/* While a message is on its way, and anew before it is delivered. */
	begin();
	check(!openLine());
	fakeReceive(1, "abc", 3);
	closeLine();
	check(!openLine());
	check(fakeDeliver(gThe) && !gReadable);
	fakeReceive(1, "de", 2);
	check(fakeDeliver(gThe) && (1 == gReadable) && (2 == gReadLength));
	closeLine();
	end();

	/* In its own callback. */
	begin();
	gClosesAfter = 1;
	check(!openLine());
	fakeReceive(1, "abc", 3);
	check(fakeDeliver(gThe) && (1 == gReadable));
	check(!fakeDeliver(gThe));
	end();

	/* In its own callback, after which more came. */
	begin();
	gClosesAfter = 2;
	check(!openLine());
	fakeReceive(1, "abc", 3);
	check(fakeDeliver(gThe));
	fakeReceive(1, "d", 1);
	check(fakeDeliver(gThe) && (2 == gReadable));
	end();
}

static void staysClosed(void)
{
	FakeObject *buffer;

	begin();
	check(!openLine());
	closeLine();
	closeLine();
	buffer = fakeBuffer(gThe, "a", 1);
	check(!strcmp(lineWith(xs_rs485_read, buffer->reference), "invalid host data"));
	check(!strcmp(lineWith(xs_rs485_write, buffer->reference), "invalid host data"));
	check(!strcmp(lineWith(xs_rs485_losses, buffer->reference), "invalid host data"));
	end();
}

static void isCollectedOnlyWithTheMachine(void)
{
	begin();
	check(!openLine());
	/* Nobody in JavaScript holds it: it is remembered, and its callback is marked by it. */
	fakeCollect(gThe, NULL);
	fakeReceive(1, "abc", 3);
	check(fakeDeliver(gThe) && (3 == gReadLength));
	closeLine();
	fakeCollect(gThe, NULL);
	check(!gThe->objectCount);
	end();

	/* The machine is deleted with the line open. */
	begin();
	check(!openLine());
	end();
}

int main(void)
{
	opensAsAsked();
	refusesWhatCannotWork();
	refusesWhatIsInUse();
	leaksNothingIfTheUartBreaks();
	readsFramesAtEveryOffset();
	countsWhatIsLost();
	receivesAgainAfterAQuestion();
	writesWholeOrNotAtAll();
	survivesAFullQueue();
	closesWhileBytesCome();
	staysClosed();
	isCollectedOnlyWithTheMachine();
	return 0;
}
