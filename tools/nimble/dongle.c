/*
 * gatt.c with the real NimBLE, for cases.py: what it needs of ESP-IDF and FreeRTOS on Linux, and the JavaScript that answers.
 *
 *     dongle PORT NAME SERVICE REQUESTS ANSWERS
 *
 * PORT: of a controller on 127.0.0.1, by HCI. Each request is answered with its bytes plus one. One that begins with 'b' keeps
 * the machine's task busy first, for as many hundredths of a second as its second byte says; 'd' drops the phone; 'c' closes.
 * Prints behind "told" what the machine is: "+" connected and its MTU at that moment, "-" gone, a number for a request's length.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "freertos/FreeRTOS.h"
#include "nimble/nimble_port.h"
#include "nimble/nimble_port_freertos.h"
#include "host/ble_hs.h"
#include "esp_bt.h"

#define MAX_VALUE (253)
#define MAX_MESSAGES (4)
#define UUID_BYTES (16)

void xs_gatt(xsMachine *the);
void xs_gatt_close(xsMachine *the);
void xs_gatt_next(xsMachine *the);
void xs_gatt_respond(xsMachine *the);
void xs_gatt_drop(xsMachine *the);
void xs_gatt_mtu(xsMachine *the);
void xs_gatt_destructor(void *data);

void ble_hci_sock_ack_handler(void *parameter);
void ble_hci_sock_set_device(int port);

static xsMachine *gThe;
static FakeObject *gRadio;
static int gIsClosed;

/* -- The machine's queue ---------------------------------------------------------------------------------------- */

static pthread_mutex_t gLock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gPosted = PTHREAD_COND_INITIALIZER;
static struct { modMessageDeliver deliver; void *refcon; } gMessages[MAX_MESSAGES];
static int gCount;

/* In the place of the SDK's. */
int postToMachine(xsMachine *the, modMessageDeliver deliver, void *refcon)
{
	int isFull;

	check(the == gThe);
	pthread_mutex_lock(&gLock);
	isFull = MAX_MESSAGES == gCount;
	if (!isFull) {
		gMessages[gCount].deliver = deliver;
		gMessages[gCount++].refcon = refcon;
		pthread_cond_signal(&gPosted);
	}
	pthread_mutex_unlock(&gLock);
	return isFull;
}

static void deliverNext(void)
{
	modMessageDeliver deliver;
	void *refcon;

	pthread_mutex_lock(&gLock);
	while (!gCount)
		pthread_cond_wait(&gPosted, &gLock);
	deliver = gMessages[0].deliver;
	refcon = gMessages[0].refcon;
	memmove(gMessages, gMessages + 1, --gCount * sizeof(gMessages[0]));
	pthread_mutex_unlock(&gLock);
	deliver(gThe, refcon, NULL, 0);
}

/* -- What ESP-IDF has of its own, as in its nimble_port.c -------------------------------------------------------- */

static pthread_t gTask, gController;
static struct ble_npl_event gStop;
static struct ble_npl_sem gStopped;
static struct ble_hs_stop_listener gListener;
static int gStopping;

static void *controllerTask(void *parameter)
{
	ble_hci_sock_ack_handler(parameter);
	return NULL;
}

#undef nimble_port_init
void nimble_port_init(void);

esp_err_t linuxStart(void)
{
	nimble_port_init();
	return pthread_create(&gController, NULL, controllerTask, NULL);
}

void linuxRun(void)
{
	while (!gStopping)
		ble_npl_event_run(ble_npl_eventq_get(nimble_port_get_dflt_eventq(), BLE_NPL_TIME_FOREVER));
}

static void onStopped(int status, void *argument)
{
	(void)status;
	(void)argument;
	ble_npl_sem_release(&gStopped);
}

static void onStop(struct ble_npl_event *event)
{
	(void)event;
	gStopping = 1;
}

int linuxStop(void)
{
	ble_npl_sem_init(&gStopped, 0);
	if (ble_hs_stop(&gListener, onStopped, NULL))
		return 1;
	ble_npl_sem_pend(&gStopped, BLE_NPL_TIME_FOREVER);
	ble_npl_event_init(&gStop, onStop, NULL);
	ble_npl_eventq_put(nimble_port_get_dflt_eventq(), &gStop);
	return pthread_join(gTask, NULL);
}

/* Apache's has no end: the process ends. */
esp_err_t linuxEnd(void)
{
	return ESP_OK;
}

static void *task(void *function)
{
	((void (*)(void *))function)(NULL);
	return NULL;
}

void nimble_port_freertos_init(void (*function)(void *parameter))
{
	check(!pthread_create(&gTask, NULL, task, (void *)function));
}

void nimble_port_freertos_deinit(void)
{
}

esp_err_t esp_bt_mem_release(esp_bt_mode_t mode)
{
	(void)mode;
	return ESP_OK;
}

/* -- JavaScript ------------------------------------------------------------------------------------------------- */

static void call(void (*function)(xsMachine *the), xsSlot argument)
{
	check(!fakeInvoke(gThe, function, gRadio->reference, 1, &argument));
}

static void answer(uint8_t *bytes, xsUnsignedValue length)
{
	xsUnsignedValue i;

	for (i = 0; i < length; i++)
		bytes[i]++;
	call(xs_gatt_respond, fakeBuffer(gThe, bytes, length)->reference);
}

static void onEvent(xsMachine *the)
{
	uint8_t bytes[MAX_VALUE];
	int what;

	for (;;) {
		FakeObject *buffer = fakeBuffer(the, NULL, MAX_VALUE);

		call(xs_gatt_next, buffer->reference);
		what = the->result.value.integer;
		memcpy(bytes, buffer->bytes, MAX_VALUE);
		fakeCollect(the, gRadio);
		if (-1 == what)
			return;
		if (-3 == what) {
			puts("told -");
			continue;
		}
		if (-2 == what) {
			call(xs_gatt_mtu, (xsSlot){0});
			printf("told +%d\n", the->result.value.integer);
			continue;
		}
		check((what > 0) && (what <= MAX_VALUE));
		printf("told %d\n", what);
		if ('b' == bytes[0])
			usleep(10000 * bytes[1]);
		if ('d' == bytes[0])
			call(xs_gatt_drop, (xsSlot){0});
		if ('c' == bytes[0]) {
			call(xs_gatt_close, (xsSlot){0});
			gIsClosed = 1;
			return;
		}
		answer(bytes, (xsUnsignedValue)what);
	}
}

/* As it is written, into 16 bytes of which the last is first. */
static xsSlot uuid(const char *text)
{
	FakeObject *buffer = fakeBuffer(gThe, NULL, UUID_BYTES);
	int i = UUID_BYTES;
	unsigned byte;

	while (i && (1 == sscanf(text += ('-' == *text), "%2x", &byte))) {
		buffer->bytes[--i] = (uint8_t)byte;
		text += 2;
	}
	check(!i);
	return buffer->reference;
}

int main(int argc, char **argv)
{
	xsSlot arguments[5];
	const char *thrown;
	int i;

	check(6 == argc);
	setvbuf(stdout, NULL, _IOLBF, 0);
	ble_hci_sock_set_device(atoi(argv[1]));
	gThe = fakeMachine();
	arguments[0] = fakeString(argv[2]);
	for (i = 1; i <= 3; i++)
		arguments[i] = uuid(argv[2 + i]);
	gRadio = fakeNewObject(gThe);
	gRadio->destructor = xs_gatt_destructor;
	arguments[4] = fakeFunction(gThe, onEvent);
	thrown = fakeInvoke(gThe, xs_gatt, gRadio->reference, 5, arguments);
	if (thrown) {
		fprintf(stderr, "not open: %s\n", thrown);
		return 1;
	}
	while (!gIsClosed)
		deliverNext();
	/* Messages that were on their way. */
	while (gCount)
		deliverNext();
	fakeDeleteMachine(gThe);
	puts("told closed");
	return 0;
}
