/*
 * One GATT service with two characteristics on ESP-IDF's NimBLE (components/bt/host/nimble, v6.0), for gatt.ts: requests are
 * written, answers are read; nothing is notified.
 *
 * Everything of ours is one record, allocated at open. NimBLE has a task of its own, which never waits for JavaScript and never
 * calls it: requests go into a ring, reads are served from a buffer, and one message to the machine says that there is something
 * to be taken. What both tasks touch is under the record's lock, which nothing is called in. A peer that writes too much at once,
 * or more than the ring holds, is disconnected.
 */
#include <string.h>

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "freertos/FreeRTOS.h"
#include "nimble/nimble_port.h"
#include "nimble/nimble_port_freertos.h"
#include "host/ble_hs.h"
#include "host/util/util.h"
#include "services/gap/ble_svc_gap.h"
#include "services/gatt/ble_svc_gatt.h"
#include "esp_bt.h"

/* firmware/provisioning/gatt.ts has the same. */
#define kMaxValue (253)
#define kWantedMtu (256)
#define kDefaultMtu (23)
/* A peer that reads the answer to each request has one on its way, and perhaps the same once more. */
#define kRequests (4)
#define kMaxName (29)
#define kUuidBytes (16)
/* Until what NimBLE had no memory for is tried again. */
#define kAgainMs (500)

/* What next() answers if it is no request's length. */
enum { kNothing = -1, kConnected = -2, kGone = -3 };

typedef struct {
	uint16_t length;
	uint8_t bytes[kMaxValue];
} Value;

typedef struct GattRecord GattRecord;
typedef struct GattRecord *Gatt;

struct GattRecord {
	xsMachine *the;
	xsSlot obj;
	xsSlot *onEvent;
	uint8_t holds;			/* one for the object, one for a message on its way */
	portMUX_TYPE lock;

	/* Under the lock. */
	uint8_t posted;
	uint8_t closing;
	uint8_t connected;
	uint8_t doomed;			/* the peer is to be disconnected */
	uint16_t handle;
	uint16_t mtu;
	uint32_t connection;	/* number of the newest one */
	uint32_t told;			/* the one that JavaScript knows of; 0 if none */
	uint8_t first, count;
	Value requests[kRequests];
	Value answer;

	/* Of NimBLE's task. */
	uint8_t synced;
	uint8_t addressType;
	Value taken;
	Value served;
	struct ble_npl_event tend;
	struct ble_npl_callout again;

	/* NimBLE keeps pointers to these. */
	char name[kMaxName + 1];
	ble_uuid128_t uuids[3];	/* service, requests, answers */
	struct ble_gatt_chr_def characteristics[3];
	struct ble_gatt_svc_def services[2];
};

/* There is one radio, and its callbacks before a connection carry nothing of ours. */
static Gatt gGatt;

void xs_gatt_destructor(void *data);
static void gattMark(xsMachine *the, void *it, xsMarkRoot markRoot);
static void gattDeliver(void *the, void *refcon, uint8_t *message, uint16_t messageLength);
static void gattTend(struct ble_npl_event *event);

static const xsHostHooks kHooks ICACHE_RODATA_ATTR = {
	xs_gatt_destructor,
	gattMark,
	NULL
};

static void gattRelease(Gatt gatt)
{
	if (0 == __atomic_sub_fetch(&gatt->holds, 1, __ATOMIC_SEQ_CST))
		c_free(gatt);
}

/* -- On NimBLE's task ------------------------------------------------------------------------------------------- */

static void gattAgain(Gatt gatt)
{
	(void)ble_npl_callout_reset(&gatt->again, ble_npl_time_ms_to_ticks32(kAgainMs));
}

/* As from an interrupt: a full queue is not waited for, because close may be waiting for this task. */
static void gattPost(Gatt gatt)
{
	int posts;

	portENTER_CRITICAL(&gatt->lock);
	posts = !gatt->posted && !gatt->closing;
	if (posts)
		gatt->posted = 1;
	portEXIT_CRITICAL(&gatt->lock);
	if (!posts)
		return;
	__atomic_add_fetch(&gatt->holds, 1, __ATOMIC_SEQ_CST);
	if (modMessagePostToMachineFromISR(gatt->the, gattDeliver, gatt)) {
		portENTER_CRITICAL(&gatt->lock);
		gatt->posted = 0;
		portEXIT_CRITICAL(&gatt->lock);
		__atomic_sub_fetch(&gatt->holds, 1, __ATOMIC_SEQ_CST);
		gattAgain(gatt);
	}
}

static int gattEvent(struct ble_gap_event *event, void *argument);

static int gattAdvertise(Gatt gatt)
{
	struct ble_hs_adv_fields fields = {0}, more = {0};
	struct ble_gap_adv_params parameters = {0};

	fields.flags = BLE_HS_ADV_F_DISC_GEN | BLE_HS_ADV_F_BREDR_UNSUP;
	fields.uuids128 = &gatt->uuids[0];
	fields.num_uuids128 = 1;
	fields.uuids128_is_complete = 1;
	more.name = (const uint8_t *)gatt->name;
	more.name_len = (uint8_t)strlen(gatt->name);
	more.name_is_complete = 1;
	parameters.conn_mode = BLE_GAP_CONN_MODE_UND;
	parameters.disc_mode = BLE_GAP_DISC_MODE_GEN;
	return !ble_gap_adv_set_fields(&fields) && !ble_gap_adv_rsp_set_fields(&more) &&
		!ble_gap_adv_start(gatt->addressType, NULL, BLE_HS_FOREVER, &parameters, gattEvent, gatt);
}

/* What is to be done by NimBLE's task, or could not be when it was: to disconnect, to advertise, to post. */
static void gattTend(struct ble_npl_event *event)
{
	Gatt gatt = gGatt;
	int connected, doomed, closing, waits, rc;
	uint16_t handle;

	(void)event;
	portENTER_CRITICAL(&gatt->lock);
	connected = gatt->connected;
	doomed = gatt->doomed;
	closing = gatt->closing;
	handle = gatt->handle;
	waits = gatt->count || (gatt->told != (connected ? gatt->connection : 0));
	portEXIT_CRITICAL(&gatt->lock);
	if (closing)
		return;
	if (connected && doomed) {
		rc = ble_gap_terminate(handle, BLE_ERR_REM_USER_CONN_TERM);
		if (rc && (BLE_HS_EALREADY != rc) && (BLE_HS_ENOTCONN != rc))
			gattAgain(gatt);
	}
	if (!connected && gatt->synced && !ble_gap_adv_active() && !gattAdvertise(gatt))
		gattAgain(gatt);
	if (waits)
		gattPost(gatt);
}

static void gattDoom(Gatt gatt)
{
	portENTER_CRITICAL(&gatt->lock);
	gatt->doomed = gatt->connected;
	portEXIT_CRITICAL(&gatt->lock);
	/* Not from here: NimBLE is in the midst of the peer's request. */
	ble_npl_eventq_put(nimble_port_get_dflt_eventq(), &gatt->tend);
}

static void gattConnected(Gatt gatt, uint16_t handle)
{
	int isSecond;

	portENTER_CRITICAL(&gatt->lock);
	isSecond = gatt->connected;
	if (!isSecond) {
		gatt->connected = 1;
		gatt->handle = handle;
		gatt->mtu = kDefaultMtu;
		/* 0 is none. */
		if (0 == ++gatt->connection)
			gatt->connection = 1;
	}
	portEXIT_CRITICAL(&gatt->lock);
	if (isSecond)
		(void)ble_gap_terminate(handle, BLE_ERR_CONN_LIMIT);
	else
		gattPost(gatt);
}

static void gattDisconnected(Gatt gatt, uint16_t handle)
{
	int isOurs;

	portENTER_CRITICAL(&gatt->lock);
	isOurs = gatt->connected && (handle == gatt->handle);
	if (isOurs) {
		/* Nothing is left for the next one. */
		gatt->connected = gatt->doomed = 0;
		gatt->first = gatt->count = 0;
		gatt->answer.length = 0;
	}
	portEXIT_CRITICAL(&gatt->lock);
	if (isOurs)
		gattTend(NULL);
}

static int gattEvent(struct ble_gap_event *event, void *argument)
{
	Gatt gatt = argument;

	switch (event->type) {
	case BLE_GAP_EVENT_CONNECT:
		if (event->connect.status)
			gattTend(NULL);
		else
			gattConnected(gatt, event->connect.conn_handle);
		break;
	case BLE_GAP_EVENT_DISCONNECT:
		gattDisconnected(gatt, event->disconnect.conn.conn_handle);
		break;
	case BLE_GAP_EVENT_MTU:
		portENTER_CRITICAL(&gatt->lock);
		if (gatt->connected && (event->mtu.conn_handle == gatt->handle))
			gatt->mtu = event->mtu.value;
		portEXIT_CRITICAL(&gatt->lock);
		break;
	case BLE_GAP_EVENT_ADV_COMPLETE:
		gattTend(NULL);
		break;
	default:
		break;
	}
	return 0;
}

/* A write of any kind; of a long one all parts at once. */
static int gattWritten(Gatt gatt, uint16_t handle, const struct os_mbuf *om)
{
	uint16_t length = OS_MBUF_PKTLEN(om);
	int isOurs, isTaken = 0;

	if (!length || (length > kMaxValue) || ble_hs_mbuf_to_flat(om, gatt->taken.bytes, kMaxValue, &gatt->taken.length)) {
		gattDoom(gatt);
		return BLE_ATT_ERR_INVALID_ATTR_VALUE_LEN;
	}
	portENTER_CRITICAL(&gatt->lock);
	isOurs = gatt->connected && !gatt->doomed && (handle == gatt->handle);
	if (isOurs && (gatt->count < kRequests)) {
		Value *request = &gatt->requests[(gatt->first + gatt->count++) % kRequests];

		request->length = gatt->taken.length;
		memcpy(request->bytes, gatt->taken.bytes, gatt->taken.length);
		isTaken = 1;
	}
	portEXIT_CRITICAL(&gatt->lock);
	if (isTaken)
		gattPost(gatt);
	else if (isOurs)
		gattDoom(gatt);
	return isTaken ? 0 : BLE_ATT_ERR_INSUFFICIENT_RES;
}

/* NimBLE cuts out what a long read asks for. */
static int gattRead(Gatt gatt, uint16_t handle, struct os_mbuf *om)
{
	int isOurs;

	portENTER_CRITICAL(&gatt->lock);
	isOurs = gatt->connected && (handle == gatt->handle);
	gatt->served.length = isOurs ? gatt->answer.length : 0;
	memcpy(gatt->served.bytes, gatt->answer.bytes, gatt->served.length);
	portEXIT_CRITICAL(&gatt->lock);
	return os_mbuf_append(om, gatt->served.bytes, gatt->served.length) ? BLE_ATT_ERR_INSUFFICIENT_RES : 0;
}

static int gattAccess(uint16_t handle, uint16_t attribute, struct ble_gatt_access_ctxt *context, void *argument)
{
	Gatt gatt = argument;

	(void)attribute;
	switch (context->op) {
	case BLE_GATT_ACCESS_OP_WRITE_CHR:
		return gattWritten(gatt, handle, context->om);
	case BLE_GATT_ACCESS_OP_READ_CHR:
		return gattRead(gatt, handle, context->om);
	default:
		return BLE_ATT_ERR_UNLIKELY;
	}
}

/* The controller is ready: at the start, and after each of its resets. */
static void gattSynced(void)
{
	Gatt gatt = gGatt;

	if (ble_hs_util_ensure_addr(0) || ble_hs_id_infer_auto(0, &gatt->addressType))
		return;
	gatt->synced = 1;
	gattTend(NULL);
}

/* The controller failed. NimBLE has told each connection's end before. */
static void gattReset(int reason)
{
	(void)reason;
	gGatt->synced = 0;
}

static void gattTask(void *parameter)
{
	(void)parameter;
	nimble_port_run();
	nimble_port_freertos_deinit();
}

/* -- On the machine's task -------------------------------------------------------------------------------------- */

static void gattDescribe(Gatt gatt)
{
	gatt->characteristics[0].uuid = &gatt->uuids[1].u;
	gatt->characteristics[0].access_cb = gattAccess;
	gatt->characteristics[0].arg = gatt;
	gatt->characteristics[0].flags = BLE_GATT_CHR_F_WRITE | BLE_GATT_CHR_F_WRITE_NO_RSP;
	gatt->characteristics[1].uuid = &gatt->uuids[2].u;
	gatt->characteristics[1].access_cb = gattAccess;
	gatt->characteristics[1].arg = gatt;
	gatt->characteristics[1].flags = BLE_GATT_CHR_F_READ;
	gatt->services[0].type = BLE_GATT_SVC_TYPE_PRIMARY;
	gatt->services[0].uuid = &gatt->uuids[0].u;
	gatt->services[0].characteristics = gatt->characteristics;
}

static int gattSetUp(Gatt gatt)
{
	ble_hs_cfg.sync_cb = gattSynced;
	ble_hs_cfg.reset_cb = gattReset;
	ble_svc_gap_init();
	ble_svc_gatt_init();
	return !ble_att_set_preferred_mtu(kWantedMtu) && !ble_gatts_count_cfg(gatt->services) &&
		!ble_gatts_add_svcs(gatt->services) && !ble_svc_gap_device_name_set(gatt->name);
}

void xs_gatt(xsMachine *the)
{
	const char *name = xsmcToString(xsArg(0));
	size_t nameLength = strlen(name);
	Gatt gatt;
	void *bytes;
	xsUnsignedValue length;
	int i;

	if (gGatt)
		xsRangeError("radio in use");
	if (!nameLength || (nameLength > kMaxName))
		xsRangeError("invalid name");
	for (i = 0; i < 3; i++) {
		xsmcGetBufferReadable(xsArg(1 + i), &bytes, &length);
		if (kUuidBytes != length)
			xsRangeError("invalid UUID");
	}
	gatt = c_calloc(1, sizeof(GattRecord));
	if (!gatt)
		xsUnknownError("no memory");
	memcpy(gatt->name, name, nameLength);
	for (i = 0; i < 3; i++) {
		xsmcGetBufferReadable(xsArg(1 + i), &bytes, &length);
		gatt->uuids[i].u.type = BLE_UUID_TYPE_128;
		memcpy(gatt->uuids[i].value, bytes, kUuidBytes);
	}
	gattDescribe(gatt);
	portMUX_INITIALIZE(&gatt->lock);
	if (ESP_OK != nimble_port_init()) {
		c_free(gatt);
		xsUnknownError("no Bluetooth");
	}
	if (!gattSetUp(gatt)) {
		(void)nimble_port_deinit();
		c_free(gatt);
		xsUnknownError("Bluetooth refuses");
	}
	ble_npl_event_init(&gatt->tend, gattTend, NULL);
	(void)ble_npl_callout_init(&gatt->again, nimble_port_get_dflt_eventq(), gattTend, NULL);

	gatt->the = the;
	gatt->obj = xsThis;
	gatt->onEvent = xsmcToReference(xsArg(4));
	gatt->holds = 1;
	xsmcSetHostData(xsThis, gatt);
	xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
	xsRemember(gatt->obj);
	gGatt = gatt;
	nimble_port_freertos_init(gattTask);
}

void xs_gatt_destructor(void *data)
{
	Gatt gatt = data;

	if (!gatt)
		return;
	portENTER_CRITICAL(&gatt->lock);
	gatt->closing = 1;
	portEXIT_CRITICAL(&gatt->lock);
	/* It waits for NimBLE's task, which waits for nothing of ours. If it fails the task lives on, and with it what it uses. */
	if (nimble_port_stop())
		return;
	ble_npl_callout_stop(&gatt->again);
	ble_npl_callout_deinit(&gatt->again);
	ble_npl_event_deinit(&gatt->tend);
	(void)nimble_port_deinit();
	gGatt = NULL;
	gatt->the = NULL;
	gattRelease(gatt);
}

static void gattMark(xsMachine *the, void *it, xsMarkRoot markRoot)
{
	Gatt gatt = it;

	if (gatt->onEvent)
		(*markRoot)(the, gatt->onEvent);
}

void xs_gatt_close(xsMachine *the)
{
	Gatt gatt = xsmcGetHostData(xsThis);

	if (!gatt)
		return;
	xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	xsForget(gatt->obj);
	xsmcSetHostData(xsThis, NULL);
	xsmcSetHostDestructor(xsThis, NULL);
	xs_gatt_destructor(gatt);
}

void xs_gatt_next(xsMachine *the)
{
	Gatt gatt = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *buffer;
	xsUnsignedValue length;
	xsIntegerValue result = kNothing;

	xsmcGetBufferWritable(xsArg(0), &buffer, &length);
	if (length < kMaxValue)
		xsRangeError("buffer too small");
	portENTER_CRITICAL(&gatt->lock);
	if (gatt->told && (!gatt->connected || (gatt->told != gatt->connection))) {
		gatt->told = 0;
		result = kGone;
	}
	else if (gatt->connected && !gatt->told) {
		gatt->told = gatt->connection;
		result = kConnected;
	}
	else if (gatt->count) {
		const Value *request = &gatt->requests[gatt->first];

		result = request->length;
		memcpy(buffer, request->bytes, request->length);
		gatt->first = (gatt->first + 1) % kRequests;
		gatt->count--;
	}
	portEXIT_CRITICAL(&gatt->lock);
	xsmcSetInteger(xsResult, result);
}

void xs_gatt_mtu(xsMachine *the)
{
	Gatt gatt = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	uint16_t mtu;

	portENTER_CRITICAL(&gatt->lock);
	mtu = gatt->mtu;
	portEXIT_CRITICAL(&gatt->lock);
	xsmcSetInteger(xsResult, mtu);
}

/* To the connection that JavaScript knows of: what it says to one that is gone is not for the next. */
void xs_gatt_respond(xsMachine *the)
{
	Gatt gatt = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	void *bytes;
	xsUnsignedValue length;

	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	if (length > kMaxValue)
		xsRangeError("answer too large");
	portENTER_CRITICAL(&gatt->lock);
	if (gatt->connected && (gatt->told == gatt->connection)) {
		gatt->answer.length = (uint16_t)length;
		memcpy(gatt->answer.bytes, bytes, length);
	}
	portEXIT_CRITICAL(&gatt->lock);
}

void xs_gatt_drop(xsMachine *the)
{
	Gatt gatt = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
	int drops;

	portENTER_CRITICAL(&gatt->lock);
	drops = gatt->connected && (gatt->told == gatt->connection);
	if (drops)
		gatt->doomed = 1;
	portEXIT_CRITICAL(&gatt->lock);
	if (drops)
		ble_npl_eventq_put(nimble_port_get_dflt_eventq(), &gatt->tend);
}

/* In a boot without the radio: what controller and host would use goes to the heap, and they cannot be started any more. */
void xs_gatt_release(xsMachine *the)
{
	if (!gGatt)
		xsmcSetBoolean(xsResult, ESP_OK == esp_bt_mem_release(ESP_BT_MODE_BTDM));
	else
		xsmcSetFalse(xsResult);
}

static void gattDeliver(void *theIn, void *refcon, uint8_t *message, uint16_t messageLength)
{
	xsMachine *the = theIn;
	Gatt gatt = refcon;

	(void)message;
	(void)messageLength;
	portENTER_CRITICAL(&gatt->lock);
	gatt->posted = 0;
	portEXIT_CRITICAL(&gatt->lock);
	/* Closed while the message was on its way: only the record is left. */
	if (gatt->the) {
		xsBeginHost(the);
			xsCallFunction0(xsReference(gatt->onEvent), gatt->obj);
		xsEndHost(the);
	}
	gattRelease(gatt);
}
