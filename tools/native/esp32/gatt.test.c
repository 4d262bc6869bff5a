/* gatt.c with phones that write halves, too much and too fast, that vanish, and with a radio that is closed at every moment. */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "machine.h"
#include "nimble.h"

void xs_gatt(xsMachine *the);
void xs_gatt_close(xsMachine *the);
void xs_gatt_next(xsMachine *the);
void xs_gatt_mtu(xsMachine *the);
void xs_gatt_respond(xsMachine *the);
void xs_gatt_drop(xsMachine *the);
void xs_gatt_release(xsMachine *the);
void xs_gatt_destructor(void *data);

enum { kName, kService, kRequests, kAnswers, kOnEvent, kArguments };
#define MAX_VALUE (253)
/* In no other test is a connection numbered so. */
#define A (3)
#define B (4)

static xsMachine *gThe;
static FakeObject *gRadio;
static xsSlot gArguments[kArguments];
/* What onEvent took: "+" connected, "-" gone, a number for the length of a request. */
static char gLog[4096];
static uint8_t gTaken[MAX_VALUE];
/* It answers each request with what it was; it closes when it has taken so many things. */
static int gEchoes, gClosesAfter, gThings;

static void closeRadio(void)
{
	check(!fakeInvoke(gThe, xs_gatt_close, gRadio->reference, 0, NULL));
}

static const char *radioWith(void (*function)(xsMachine *the), xsSlot argument)
{
	return fakeInvoke(gThe, function, gRadio->reference, 1, &argument);
}

static const char *respond(const void *bytes, xsUnsignedValue length)
{
	const char *thrown = radioWith(xs_gatt_respond, fakeBuffer(gThe, bytes, length)->reference);

	fakeCollect(gThe, gRadio);
	return thrown;
}

static int mtu(void)
{
	check(!fakeInvoke(gThe, xs_gatt_mtu, gRadio->reference, 0, NULL));
	return gThe->result.value.integer;
}

static int next(void)
{
	FakeObject *buffer = fakeBuffer(gThe, NULL, MAX_VALUE);
	int what;

	check(!radioWith(xs_gatt_next, buffer->reference));
	what = gThe->result.value.integer;
	check((what >= -3) && (what <= MAX_VALUE));
	if (what >= 0)
		memcpy(gTaken, buffer->bytes, MAX_VALUE);
	fakeCollect(gThe, gRadio);
	return what;
}

static void onEvent(xsMachine *the)
{
	int what;

	check(the->self.value.object == gRadio);
	while (-1 != (what = next())) {
		char *end = gLog + strlen(gLog);

		check(end < gLog + sizeof(gLog) - 8);
		if (what >= 0)
			sprintf(end, "%d ", what);
		else
			strcpy(end, (-2 == what) ? "+ " : "- ");
		if (gEchoes && (what >= 0))
			check(!respond(gTaken, (xsUnsignedValue)what));
		if (gClosesAfter && (++gThings == gClosesAfter)) {
			closeRadio();
			return;
		}
	}
}

static void logged(const char *what)
{
	if (strcmp(gLog, what))
		fprintf(stderr, "taken: %s; expected: %s\n", gLog, what);
	check(!strcmp(gLog, what));
	gLog[0] = 0;
}

static void deliverAll(void)
{
	while (fakeDeliver(gThe))
		;
}

static const char *openRadio(void)
{
	gRadio = fakeNewObject(gThe);
	/* As `extends Native('xs_gatt_destructor')` makes it. */
	gRadio->destructor = xs_gatt_destructor;
	gArguments[kOnEvent] = fakeFunction(gThe, onEvent);
	return fakeInvoke(gThe, xs_gatt, gRadio->reference, kArguments, gArguments);
}

static void describe(void)
{
	uint8_t uuid[16];
	int i, k;

	gArguments[kName] = fakeString("Wattbeat 100042");
	for (i = 0; i < 3; i++) {
		for (k = 0; k < 16; k++)
			uuid[k] = (uint8_t)(16 * i + k);
		gArguments[kService + i] = fakeBuffer(gThe, uuid, 16)->reference;
	}
}

static void begin(void)
{
	fakeResetBoard();
	fakeResetNimble();
	gThe = fakeMachine();
	describe();
	gLog[0] = 0;
	gEchoes = gClosesAfter = gThings = 0;
}

/* Open, found, and nothing more is allocated. */
static void beginOpen(void)
{
	begin();
	check(!openRadio());
	fakeFailCalloc(1);
	fakeSync();
	fakeRunNimble();
	check(fakeNimble()->advertising);
}

static void beginConnected(void)
{
	beginOpen();
	fakeConnect(A);
	deliverAll();
	logged("+ ");
}

/* Nothing may be left: of memory the address sanitizer tells. */
static void end(void)
{
	fakeFailCalloc(0);
	fakeDeleteMachine(gThe);
	check(!fakeNimble()->ready && !fakeNimble()->running);
}

static void closeAndEnd(void)
{
	closeRadio();
	deliverAll();
	logged("");
	end();
}

static void opensAsAsked(void)
{
	const FakeNimble *nimble = fakeNimble();
	const struct ble_gatt_chr_def *it;
	int k;

	begin();
	check(!openRadio());
	check(nimble->running && !nimble->advertising && (256 == nimble->preferredMtu));
	check(!strcmp(nimble->deviceName, "Wattbeat 100042"));
	check(nimble->services[0].type && !nimble->services[1].type);
	it = nimble->services[0].characteristics;
	check((BLE_GATT_CHR_F_WRITE | BLE_GATT_CHR_F_WRITE_NO_RSP) == it[0].flags);
	check((BLE_GATT_CHR_F_READ == it[1].flags) && !it[2].uuid);
	for (k = 0; k < 16; k++) {
		check(((const ble_uuid128_t *)nimble->services[0].uuid)->value[k] == k);
		check(((const ble_uuid128_t *)it[0].uuid)->value[k] == 16 + k);
		check(((const ble_uuid128_t *)it[1].uuid)->value[k] == 32 + k);
	}
	fakeSync();
	check(nimble->advertising && !strcmp(nimble->name, "Wattbeat 100042"));
	for (k = 0; k < 16; k++)
		check(nimble->uuid[k] == k);
	closeAndEnd();
}

static void refuses(int argument, xsSlot value, const char *why)
{
	const char *thrown;

	gArguments[argument] = value;
	thrown = openRadio();
	check(thrown && !strcmp(thrown, why));
	check(!fakeNimble()->ready && !gThe->rootCount);
	end();
}

static void refusesWhatCannotWork(void)
{
	int i;

	begin();
	refuses(kName, fakeString(""), "invalid name");
	begin();
	refuses(kName, fakeString("A name of no less than 30 bytes"), "invalid name");
	for (i = kService; i <= kAnswers; i++) {
		begin();
		refuses(i, fakeBuffer(gThe, NULL, 15)->reference, "invalid UUID");
		begin();
		refuses(i, fakeString("text"), "no object");
	}
	begin();
	check(!openRadio());
	{
		FakeObject *first = gRadio;

		check(!strcmp(openRadio(), "radio in use"));
		gRadio = first;
	}
	closeAndEnd();
}

static void leaksNothingIfBluetoothBreaks(void)
{
	static const char *const calls[] = {
		"nimble_port_init", "ble_att_set_preferred_mtu", "ble_gatts_count_cfg", "ble_gatts_add_svcs", "ble_svc_gap_device_name_set"
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		begin();
		gBoard.failing = calls[i];
		check(!strcmp(openRadio(), i ? "Bluetooth refuses" : "no Bluetooth"));
		check(!fakeNimble()->ready && !gThe->rootCount);
		gBoard.failing = NULL;
		check(!openRadio());
		closeAndEnd();
	}
	begin();
	fakeFailCalloc(1);
	check(!strcmp(openRadio(), "no memory"));
	check(!fakeNimble()->ready);
	end();
}

static void takesRequestsOfEveryLength(void)
{
	static const size_t parts[] = {1, 18, 100, MAX_VALUE};
	uint8_t value[MAX_VALUE], back[MAX_VALUE];
	size_t length, part, offset;
	char line[16];

	beginConnected();
	gEchoes = 1;
	for (length = 1; length <= MAX_VALUE; length++) {
		for (offset = 0; offset < length; offset++)
			value[offset] = (uint8_t)(7 * offset + length);
		for (part = 0; part < 4; part++) {
			check(0 == fakeWrite(A, value, length, parts[part]));
			deliverAll();
			sprintf(line, "%d ", (int)length);
			logged(line);
			check(!memcmp(gTaken, value, length));
		}
		/* The answer, from every offset, as a long read of an MTU of 23 takes it, and all at once. */
		for (offset = 0; offset <= length; offset++) {
			size_t left = length - offset;
			check(fakeRead(A, offset, back, 22) == (int)((left < 22) ? left : 22));
			check(!memcmp(back, value + offset, (left < 22) ? left : 22));
		}
		check(-BLE_ATT_ERR_INVALID_OFFSET == fakeRead(A, length + 1, back, 22));
		check((fakeRead(A, 0, back, sizeof(back)) == (int)length) && !memcmp(back, value, length));
	}
	fakeDisconnect(A);
	deliverAll();
	logged("- ");
	closeAndEnd();
}

static void tellsTheMtu(void)
{
	beginConnected();
	check(23 == mtu());
	fakeAgreeOnMtu(A, 256);
	check(256 == mtu());
	fakeDisconnect(A);
	fakeConnect(B);
	deliverAll();
	check(23 == mtu());
	logged("- + ");
	closeAndEnd();
}

/* The phone is gone, JavaScript hears so, and the next one finds the dongle. */
static void hasLost(uint16_t connection, const char *taken)
{
	fakeRunNimble();
	check(!fakeIsConnected(connection) && (1 == fakeNimble()->terminations) && fakeNimble()->advertising);
	deliverAll();
	logged(taken);
	fakeConnect(B);
	check(!fakeWrite(B, "abc", 3, 3));
	deliverAll();
	logged("+ 3 ");
	closeAndEnd();
}

static void disconnectsWhoWritesTooMuch(void)
{
	static const uint8_t much[512];

	beginConnected();
	check(BLE_ATT_ERR_INVALID_ATTR_VALUE_LEN == fakeWrite(A, much, MAX_VALUE + 1, 244));
	/* Nothing of it is heard any more. */
	check(BLE_ATT_ERR_INSUFFICIENT_RES == fakeWrite(A, much, 3, 3));
	hasLost(A, "- ");
	beginConnected();
	check(BLE_ATT_ERR_INVALID_ATTR_VALUE_LEN == fakeWrite(A, much, 512, 18));
	hasLost(A, "- ");
	beginConnected();
	check(BLE_ATT_ERR_INVALID_ATTR_VALUE_LEN == fakeWrite(A, much, 0, 18));
	hasLost(A, "- ");
	/* NimBLE has no memory for it. */
	beginConnected();
	gBoard.failing = "ble_hs_mbuf_to_flat";
	check(fakeWrite(A, much, 3, 3));
	gBoard.failing = NULL;
	hasLost(A, "- ");
}

static void disconnectsWhoFloods(void)
{
	int i;

	beginConnected();
	for (i = 0; i < 4; i++)
		check(!fakeWrite(A, "abcd", (size_t)i + 1, 1));
	for (i = 0; i < 1000; i++)
		check(BLE_ATT_ERR_INSUFFICIENT_RES == fakeWrite(A, "abcde", 5, 1));
	/* One message for all of it. */
	check(1 == gThe->messageCount);
	hasLost(A, "- ");

	/* Whoever waits until it is heard may write for ever. */
	beginConnected();
	for (i = 0; i < 500; i++) {
		check(!fakeWrite(A, "ab", 2, 1) && !fakeWrite(A, "a", 1, 1));
		deliverAll();
		logged("2 1 ");
	}
	closeAndEnd();
}

static void dropsAsAsked(void)
{
	beginConnected();
	check(!fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL));
	check(!fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL));
	check(fakeIsConnected(A));
	hasLost(A, "- ");

	/* One that is gone by then, and nobody is connected: nothing happens. */
	beginConnected();
	fakeDisconnect(A);
	check(!fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL));
	fakeRunNimble();
	deliverAll();
	logged("- ");
	/* One that JavaScript does not know of yet is not the one that it means. */
	fakeConnect(A);
	check(!fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL));
	fakeRunNimble();
	check(fakeIsConnected(A) && !fakeNimble()->terminations);
	deliverAll();
	logged("+ ");
	closeAndEnd();

	/* NimBLE has no memory for it at first. */
	beginConnected();
	gBoard.failing = "ble_gap_terminate";
	check(!fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL));
	fakeRunNimble();
	check(fakeIsConnected(A));
	gBoard.failing = NULL;
	fakeLetTimePass();
	hasLost(A, "- ");
}

static void keepsPhonesApart(void)
{
	uint8_t back[MAX_VALUE];

	/* A phone vanishes before it is heard, and another one comes. */
	beginConnected();
	check(!fakeWrite(A, "abcde", 5, 5));
	fakeDisconnect(A);
	fakeConnect(B);
	check(!fakeWrite(B, "ab", 2, 2));
	/* The answer to what the first one had asked. */
	check(!respond("secret", 6));
	check(0 == fakeRead(B, 0, back, sizeof(back)));
	deliverAll();
	logged("- + 2 ");
	check(!respond("mine", 4));
	check((4 == fakeRead(B, 0, back, sizeof(back))) && !memcmp(back, "mine", 4));
	/* One whose connection is over can neither read nor write. */
	check(0 == fakeRead(A, 0, back, sizeof(back)));
	check(fakeWrite(A, "x", 1, 1));
	fakeAgreeOnMtu(B, 100);
	check(100 == mtu());
	fakeDisconnect(B);
	check(0 == fakeRead(B, 0, back, sizeof(back)));
	deliverAll();
	logged("- ");

	/* One comes and goes and nobody noticed. */
	fakeConnect(A);
	fakeDisconnect(A);
	deliverAll();
	logged("");
	fakeConnect(A);
	check(!fakeWrite(A, "a", 1, 1));
	fakeDisconnect(A);
	fakeConnect(A);
	deliverAll();
	logged("+ ");
	closeAndEnd();
}

static void refusesASecondPhone(void)
{
	uint8_t back[MAX_VALUE];

	beginConnected();
	check(!respond("for A", 5));
	check(!fakeNimble()->advertising);
	/* NimBLE has room for one only; if it had more: */
	fakeConnect(B);
	check((1 == fakeNimble()->terminations) && (BLE_ERR_CONN_LIMIT == fakeNimble()->reason));
	check(fakeWrite(B, "x", 1, 1) && (0 == fakeRead(B, 0, back, sizeof(back))));
	fakeAgreeOnMtu(A, 100);
	fakeAgreeOnMtu(B, 200);
	check(100 == mtu());
	fakeRunNimble();
	check(!fakeIsConnected(B) && fakeIsConnected(A) && !fakeNimble()->advertising);
	check(5 == fakeRead(A, 0, back, sizeof(back)));
	check(!fakeWrite(A, "ab", 2, 2));
	deliverAll();
	logged("2 ");
	closeAndEnd();
}

static void advertisesUntilItWorks(void)
{
	static const char *const calls[] = {"ble_gap_adv_set_fields", "ble_gap_adv_rsp_set_fields", "ble_gap_adv_start"};
	size_t i;

	for (i = 0; i < 3; i++) {
		begin();
		check(!openRadio());
		gBoard.failing = calls[i];
		fakeSync();
		fakeLetTimePass();
		fakeLetTimePass();
		check(!fakeNimble()->advertising);
		gBoard.failing = NULL;
		fakeLetTimePass();
		check(fakeNimble()->advertising);
		/* After a connection, too, and after one that came to nothing. */
		fakeConnect(A);
		gBoard.failing = calls[i];
		fakeDisconnect(A);
		check(!fakeNimble()->advertising);
		gBoard.failing = NULL;
		fakeLetTimePass();
		check(fakeNimble()->advertising);
		fakeFailToConnect();
		check(fakeNimble()->advertising);
		fakeStopAdvertising();
		check(fakeNimble()->advertising);
		deliverAll();
		logged("");
		closeAndEnd();
	}
	/* A controller that has no address is not started: its reset brings another one. */
	begin();
	check(!openRadio());
	gBoard.failing = "ble_hs_util_ensure_addr";
	fakeSync();
	check(!fakeNimble()->advertising);
	gBoard.failing = NULL;
	fakeSync();
	check(fakeNimble()->advertising);
	closeAndEnd();
}

static void outlivesAControllerThatFails(void)
{
	beginConnected();
	check(!fakeWrite(A, "abc", 3, 1));
	/* It is not asked for anything until it is ready again. */
	gBoard.failing = "ble_gap_adv_start";
	fakeControllerFails();
	gBoard.failing = NULL;
	fakeLetTimePass();
	check(!fakeNimble()->advertising);
	deliverAll();
	logged("- ");
	fakeSync();
	check(fakeNimble()->advertising);
	fakeConnect(B);
	deliverAll();
	logged("+ ");
	closeAndEnd();
}

static void survivesAFullQueue(void)
{
	beginConnected();
	gThe->messageCount = MAX_FAKE_MESSAGES;
	check(!fakeWrite(A, "abc", 3, 3));
	gThe->messageCount = 0;
	deliverAll();
	logged("");
	fakeLetTimePass();
	deliverAll();
	logged("3 ");
	/* The end of a connection, too. */
	gThe->messageCount = MAX_FAKE_MESSAGES;
	fakeDisconnect(A);
	gThe->messageCount = 0;
	fakeLetTimePass();
	deliverAll();
	logged("- ");
	/* Closed after a failed attempt: nothing is held for a message that never was. */
	fakeConnect(A);
	deliverAll();
	logged("+ ");
	gThe->messageCount = MAX_FAKE_MESSAGES;
	check(!fakeWrite(A, "abc", 3, 3));
	gThe->messageCount = 0;
	closeAndEnd();
}

static void closesAtEveryMoment(void)
{
	int things;

	/* Before the controller is ready; while it advertises; connected; with requests that were not heard. */
	begin();
	check(!openRadio());
	closeAndEnd();
	beginOpen();
	closeAndEnd();
	beginConnected();
	check(!fakeWrite(A, "abc", 3, 3));
	closeAndEnd();
	check(!fakeIsConnected(A));

	/* With a message on its way, and open again before it is delivered. */
	beginConnected();
	check(!fakeWrite(A, "abc", 3, 3));
	closeRadio();
	fakeFailCalloc(0);
	describe();
	check(!openRadio());
	fakeSync();
	deliverAll();
	logged("");
	fakeConnect(B);
	deliverAll();
	logged("+ ");
	closeAndEnd();

	/* With a peer that is to be disconnected, and a retry that waits. */
	beginConnected();
	check(fakeWrite(A, "", 0, 1));
	closeAndEnd();
	beginConnected();
	gBoard.failing = "ble_gap_terminate";
	check(fakeWrite(A, "", 0, 1));
	fakeRunNimble();
	gBoard.failing = NULL;
	closeAndEnd();

	/* In its own callback, at each of the things that it takes. */
	for (things = 1; things <= 5; things++) {
		beginOpen();
		gClosesAfter = things;
		fakeConnect(A);
		check(!fakeWrite(A, "a", 1, 1) && !fakeWrite(A, "ab", 2, 1));
		deliverAll();
		if (things > 3) {
			fakeDisconnect(A);
			fakeConnect(B);
			deliverAll();
		}
		check(!fakeNimble()->ready);
		gLog[0] = 0;
		end();
	}
}

static void staysClosed(void)
{
	FakeObject *buffer;

	beginConnected();
	closeRadio();
	closeRadio();
	fakeFailCalloc(0);
	buffer = fakeBuffer(gThe, NULL, MAX_VALUE);
	check(!strcmp(radioWith(xs_gatt_next, buffer->reference), "invalid host data"));
	check(!strcmp(radioWith(xs_gatt_respond, buffer->reference), "invalid host data"));
	check(!strcmp(fakeInvoke(gThe, xs_gatt_drop, gRadio->reference, 0, NULL), "invalid host data"));
	check(!strcmp(fakeInvoke(gThe, xs_gatt_mtu, gRadio->reference, 0, NULL), "invalid host data"));
	end();
}

static void refusesWhatDoesNotFit(void)
{
	static const uint8_t much[MAX_VALUE + 1];
	uint8_t back[MAX_VALUE];

	beginConnected();
	check(!strcmp(respond(much, MAX_VALUE + 1), "answer too large"));
	check(!respond("a", 1));
	check(!strcmp(radioWith(xs_gatt_next, fakeBuffer(gThe, NULL, MAX_VALUE - 1)->reference), "buffer too small"));
	fakeCollect(gThe, gRadio);
	gBoard.failing = "os_mbuf_append";
	check(-BLE_ATT_ERR_INSUFFICIENT_RES == fakeRead(A, 0, back, sizeof(back)));
	gBoard.failing = NULL;
	check(1 == fakeRead(A, 0, back, sizeof(back)));
	/* An empty answer is none. */
	check(!respond("", 0));
	check(0 == fakeRead(A, 0, back, sizeof(back)));
	closeAndEnd();
}

static void isCollectedOnlyWithTheMachine(void)
{
	beginOpen();
	/* Nobody in JavaScript holds it: it is remembered, and its callback is marked by it. */
	fakeCollect(gThe, NULL);
	fakeConnect(A);
	deliverAll();
	logged("+ ");
	closeRadio();
	fakeCollect(gThe, NULL);
	check(!gThe->objectCount);
	end();

	/* The machine is deleted with the radio open. */
	beginConnected();
	end();
}

static int release(void)
{
	check(!fakeInvoke(gThe, xs_gatt_release, (xsSlot){0}, 0, NULL));
	return gThe->result.value.boolean;
}

static void releasesMemoryOfARadioThatIsNotUsed(void)
{
	beginOpen();
	check(!release() && !fakeNimble()->released);
	closeRadio();
	check(release() && fakeNimble()->released && !release());
	end();
}

/* Last: that radio is never closed. */
static void keepsWhatATaskUsesThatDoesNotEnd(void)
{
	beginConnected();
	gBoard.failing = "nimble_port_stop";
	closeRadio();
	gBoard.failing = NULL;
	check(fakeNimble()->running);
	check(!fakeWrite(A, "abc", 3, 3));
	fakeDisconnect(A);
	fakeLetTimePass();
	deliverAll();
	logged("");
	check(!fakeNimble()->advertising);
	fakeFailCalloc(0);
	check(!strcmp(openRadio(), "radio in use"));
	fakeDeleteMachine(gThe);
}

int main(void)
{
	opensAsAsked();
	refusesWhatCannotWork();
	leaksNothingIfBluetoothBreaks();
	takesRequestsOfEveryLength();
	tellsTheMtu();
	disconnectsWhoWritesTooMuch();
	disconnectsWhoFloods();
	dropsAsAsked();
	keepsPhonesApart();
	refusesASecondPhone();
	advertisesUntilItWorks();
	outlivesAControllerThatFails();
	survivesAFullQueue();
	closesAtEveryMoment();
	staysClosed();
	refusesWhatDoesNotFit();
	isCollectedOnlyWithTheMachine();
	releasesMemoryOfARadioThatIsNotUsed();
	keepsWhatATaskUsesThatDoesNotEnd();
	return 0;
}
