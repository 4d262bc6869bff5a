/* See nimble.h. */
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "machine.h"
#include "nimble.h"
#include "esp_bt.h"
#include "freertos/FreeRTOS.h"
#include "host/util/util.h"
#include "nimble/nimble_port.h"
#include "nimble/nimble_port_freertos.h"
#include "services/gap/ble_svc_gap.h"
#include "services/gatt/ble_svc_gatt.h"

#define MAX_CONNECTIONS (4)
#define MAX_EVENTS (8)
#define MAX_CALLOUTS (2)
#define MAX_VALUE (600)

typedef struct {
	uint16_t handle;
	int used, ending;
	ble_gap_event_fn *event;
	void *argument;
} Connection;

static FakeNimble gNimble;
static Connection gConnections[MAX_CONNECTIONS];
static ble_gap_event_fn *gAdvertised;
static void *gArgument;
static struct ble_npl_event *gEvents[MAX_EVENTS];
static int gEventCount;
static struct ble_npl_callout *gCallouts[MAX_CALLOUTS];
static int gCalloutCount;
static struct ble_npl_eventq gQueue;
static TaskFunction_t gTask;
static int gCritical;

struct ble_hs_cfg ble_hs_cfg;

void fakeEnterCritical(portMUX_TYPE *mux)
{
	check(!gCritical && !mux->entered);
	gCritical = mux->entered = 1;
}

void fakeExitCritical(portMUX_TYPE *mux)
{
	check(gCritical && mux->entered);
	gCritical = mux->entered = 0;
}

/* Each call of NimBLE: never inside a critical section. */
static int fails(const char *call)
{
	check(!gCritical);
	return gBoard.failing && !strcmp(gBoard.failing, call);
}

FakeNimble *fakeNimble(void)
{
	return &gNimble;
}

void fakeResetNimble(void)
{
	check(!gNimble.ready && !gNimble.running && !gEventCount && !gCalloutCount);
	memset(&gNimble, 0, sizeof(gNimble));
	memset(gConnections, 0, sizeof(gConnections));
	memset(&ble_hs_cfg, 0, sizeof(ble_hs_cfg));
}

static Connection *find(uint16_t handle)
{
	int i;

	for (i = 0; i < MAX_CONNECTIONS; i++)
		if (gConnections[i].used && (handle == gConnections[i].handle))
			return &gConnections[i];
	return NULL;
}

static int connectionCount(void)
{
	int i, count = 0;

	for (i = 0; i < MAX_CONNECTIONS; i++)
		count += gConnections[i].used;
	return count;
}

/* -- What a test does ------------------------------------------------------------------------------------------- */

void fakeSync(void)
{
	check(gNimble.running);
	ble_hs_cfg.sync_cb();
}

void fakeControllerFails(void)
{
	int i;

	gNimble.advertising = 0;
	for (i = 0; i < MAX_CONNECTIONS; i++)
		if (gConnections[i].used)
			fakeDisconnect(gConnections[i].handle);
	ble_hs_cfg.reset_cb(1);
	gNimble.advertising = 0;
}

void fakeRunNimble(void)
{
	int i, left = 100;

	while (gEventCount) {
		struct ble_npl_event *event = gEvents[0];

		check(--left);
		memmove(gEvents, gEvents + 1, (size_t)--gEventCount * sizeof(gEvents[0]));
		event->queued = 0;
		event->function(event);
	}
	for (i = 0; i < MAX_CONNECTIONS; i++)
		if (gConnections[i].used && gConnections[i].ending)
			fakeDisconnect(gConnections[i].handle);
}

void fakeLetTimePass(void)
{
	int i;

	for (i = 0; i < gCalloutCount; i++) {
		if (!gCallouts[i]->active)
			continue;
		gCallouts[i]->active = 0;
		ble_npl_eventq_put(gCallouts[i]->queue, &gCallouts[i]->event);
	}
	fakeRunNimble();
}

void fakeConnect(uint16_t handle)
{
	struct ble_gap_event event = {.type = BLE_GAP_EVENT_CONNECT};
	Connection *connection = gConnections;

	while (connection->used)
		check(++connection < gConnections + MAX_CONNECTIONS);
	*connection = (Connection){.handle = handle, .used = 1, .event = gAdvertised, .argument = gArgument};
	gNimble.advertising = 0;
	event.connect.conn_handle = handle;
	connection->event(&event, connection->argument);
}

void fakeFailToConnect(void)
{
	struct ble_gap_event event = {.type = BLE_GAP_EVENT_CONNECT};

	check(gNimble.advertising);
	gNimble.advertising = 0;
	event.connect.status = 13;
	gAdvertised(&event, gArgument);
}

void fakeStopAdvertising(void)
{
	struct ble_gap_event event = {.type = BLE_GAP_EVENT_ADV_COMPLETE};

	check(gNimble.advertising);
	gNimble.advertising = 0;
	gAdvertised(&event, gArgument);
}

void fakeDisconnect(uint16_t handle)
{
	struct ble_gap_event event = {.type = BLE_GAP_EVENT_DISCONNECT};
	Connection *connection = find(handle);

	check(connection);
	connection->used = 0;
	event.disconnect.conn.conn_handle = handle;
	connection->event(&event, connection->argument);
}

int fakeIsConnected(uint16_t handle)
{
	return find(handle) != NULL;
}

void fakeAgreeOnMtu(uint16_t handle, uint16_t mtu)
{
	struct ble_gap_event event = {.type = BLE_GAP_EVENT_MTU};
	Connection *connection = find(handle);

	check(connection);
	event.mtu.conn_handle = handle;
	event.mtu.value = mtu;
	connection->event(&event, connection->argument);
}

static const struct ble_gatt_chr_def *characteristic(uint16_t flag)
{
	const struct ble_gatt_chr_def *it = gNimble.services->characteristics;

	while (it->uuid && !(it->flags & flag))
		it++;
	check(it->uuid);
	return it;
}

int fakeWrite(uint16_t handle, const void *bytes, size_t length, size_t part)
{
	const struct ble_gatt_chr_def *it = characteristic(BLE_GATT_CHR_F_WRITE);
	struct ble_gatt_access_ctxt context = {.op = BLE_GATT_ACCESS_OP_WRITE_CHR};
	struct os_mbuf *first = NULL, **last = &first;
	size_t at = 0;
	int rc;

	do {
		size_t count = (length - at < part) ? length - at : part;
		uint8_t *copy = malloc(count ? count : 1);
		struct os_mbuf *om = calloc(1, sizeof(*om));

		if (!copy || !om)
			abort();
		/* To the byte, so that what is read beyond it is seen. */
		memcpy(copy, (const uint8_t *)bytes + at, count);
		om->data = om->room = copy;
		om->length = (uint16_t)count;
		*last = om;
		last = &om->next;
		at += count;
	} while (at < length);
	first->packetLength = (uint16_t)length;
	context.om = first;
	rc = it->access_cb(handle, 7, &context, it->arg);
	while (first) {
		struct os_mbuf *next = first->next;

		free(first->room);
		free(first);
		first = next;
	}
	return rc;
}

int fakeRead(uint16_t handle, size_t offset, uint8_t *bytes, size_t room)
{
	const struct ble_gatt_chr_def *it = characteristic(BLE_GATT_CHR_F_READ);
	struct ble_gatt_access_ctxt context = {.op = BLE_GATT_ACCESS_OP_READ_CHR};
	uint8_t value[MAX_VALUE];
	struct os_mbuf om = {.data = value, .room = value, .capacity = sizeof(value)};
	size_t count;
	int rc;

	context.om = &om;
	rc = it->access_cb(handle, 9, &context, it->arg);
	if (rc)
		return -rc;
	if (offset > om.length)
		return -BLE_ATT_ERR_INVALID_OFFSET;
	count = om.length - offset;
	if (count > room)
		count = room;
	memcpy(bytes, value + offset, count);
	return (int)count;
}

/* -- NimBLE ----------------------------------------------------------------------------------------------------- */

esp_err_t nimble_port_init(void)
{
	check(!gNimble.ready);
	if (fails("nimble_port_init"))
		return ESP_FAIL;
	gNimble.ready = 1;
	return ESP_OK;
}

esp_err_t nimble_port_deinit(void)
{
	(void)fails("");
	check(gNimble.ready && !gNimble.running);
	gNimble.ready = 0;
	return ESP_OK;
}

void nimble_port_freertos_init(TaskFunction_t task)
{
	(void)fails("");
	check(gNimble.ready && !gNimble.running);
	gTask = task;
	gNimble.running = 1;
}

void nimble_port_run(void)
{
}

void nimble_port_freertos_deinit(void)
{
	gNimble.running = 0;
}

int nimble_port_stop(void)
{
	int i;

	check(gNimble.running);
	if (fails("nimble_port_stop"))
		return 1;
	gNimble.advertising = 0;
	for (i = 0; i < MAX_CONNECTIONS; i++)
		if (gConnections[i].used)
			fakeDisconnect(gConnections[i].handle);
	check(!gNimble.advertising);
	gEventCount = 0;
	gTask(NULL);
	return 0;
}

struct ble_npl_eventq *nimble_port_get_dflt_eventq(void)
{
	return &gQueue;
}

void ble_npl_event_init(struct ble_npl_event *event, ble_npl_event_fn *function, void *argument)
{
	*event = (struct ble_npl_event){function, argument, 0};
}

void ble_npl_event_deinit(struct ble_npl_event *event)
{
	check(!event->queued || !gEventCount);
	event->function = NULL;
}

void ble_npl_eventq_put(struct ble_npl_eventq *queue, struct ble_npl_event *event)
{
	(void)fails("");
	check((queue == &gQueue) && event->function);
	if (event->queued)
		return;
	check(gEventCount < MAX_EVENTS);
	event->queued = 1;
	gEvents[gEventCount++] = event;
}

int ble_npl_callout_init(struct ble_npl_callout *callout, struct ble_npl_eventq *queue, ble_npl_event_fn *function, void *argument)
{
	check(gCalloutCount < MAX_CALLOUTS);
	*callout = (struct ble_npl_callout){{function, argument, 0}, queue, 0};
	gCallouts[gCalloutCount++] = callout;
	return 0;
}

ble_npl_error_t ble_npl_callout_reset(struct ble_npl_callout *callout, ble_npl_time_t ticks)
{
	(void)fails("");
	check(callout->event.function && ticks);
	callout->active = 1;
	return 0;
}

void ble_npl_callout_stop(struct ble_npl_callout *callout)
{
	callout->active = 0;
}

void ble_npl_callout_deinit(struct ble_npl_callout *callout)
{
	check(!callout->active && (1 == gCalloutCount) && (callout == gCallouts[0]));
	gCalloutCount = 0;
}

ble_npl_time_t ble_npl_time_ms_to_ticks32(uint32_t ms)
{
	return ms / 10;
}

int os_mbuf_append(struct os_mbuf *om, const void *bytes, uint16_t length)
{
	if (fails("os_mbuf_append"))
		return BLE_HS_ENOMEM;
	check(om->length + length <= om->capacity);
	memcpy(om->room + om->length, bytes, length);
	om->length += length;
	return 0;
}

int ble_hs_mbuf_to_flat(const struct os_mbuf *om, void *flat, uint16_t max, uint16_t *copied)
{
	uint16_t at = 0;

	if (fails("ble_hs_mbuf_to_flat"))
		return BLE_HS_ENOMEM;
	for (; om; om = om->next) {
		check(at + om->length <= max);
		memcpy((uint8_t *)flat + at, om->data, om->length);
		at += om->length;
	}
	*copied = at;
	return 0;
}

int ble_att_set_preferred_mtu(uint16_t mtu)
{
	gNimble.preferredMtu = mtu;
	return fails("ble_att_set_preferred_mtu");
}

int ble_gatts_count_cfg(const struct ble_gatt_svc_def *services)
{
	check(services->type && services->uuid);
	return fails("ble_gatts_count_cfg");
}

int ble_gatts_add_svcs(const struct ble_gatt_svc_def *services)
{
	gNimble.services = services;
	return fails("ble_gatts_add_svcs");
}

void ble_svc_gap_init(void)
{
	check(gNimble.ready && !gNimble.running);
}

void ble_svc_gatt_init(void)
{
	check(gNimble.ready && !gNimble.running);
}

int ble_svc_gap_device_name_set(const char *name)
{
	check(strlen(name) < sizeof(gNimble.deviceName));
	strcpy(gNimble.deviceName, name);
	return fails("ble_svc_gap_device_name_set");
}

int ble_hs_util_ensure_addr(int preferRandom)
{
	check(!preferRandom);
	return fails("ble_hs_util_ensure_addr");
}

int ble_hs_id_infer_auto(int privacy, uint8_t *type)
{
	check(!privacy);
	*type = 1;
	return fails("ble_hs_id_infer_auto");
}

/* Length, type and content of each field; an advertisement and a scan response have 31 bytes. */
int ble_gap_adv_set_fields(const struct ble_hs_adv_fields *fields)
{
	check((1 == fields->num_uuids128) && fields->uuids128_is_complete && !fields->name_len);
	check((BLE_HS_ADV_F_DISC_GEN | BLE_HS_ADV_F_BREDR_UNSUP) == fields->flags);
	memcpy(gNimble.uuid, fields->uuids128->value, 16);
	return fails("ble_gap_adv_set_fields");
}

int ble_gap_adv_rsp_set_fields(const struct ble_hs_adv_fields *fields)
{
	check(!fields->num_uuids128 && !fields->flags && fields->name_is_complete && (fields->name_len <= 29));
	memcpy(gNimble.name, fields->name, fields->name_len);
	gNimble.name[fields->name_len] = 0;
	return fails("ble_gap_adv_rsp_set_fields");
}

int ble_gap_adv_start(
	uint8_t ownType, const ble_addr_t *direct, int32_t ms, const struct ble_gap_adv_params *parameters, ble_gap_event_fn *event, void *argument)
{
	check((1 == ownType) && !direct && (BLE_HS_FOREVER == ms));
	check((BLE_GAP_CONN_MODE_UND == parameters->conn_mode) && (BLE_GAP_DISC_MODE_GEN == parameters->disc_mode));
	if (fails("ble_gap_adv_start"))
		return BLE_HS_ENOMEM;
	if (connectionCount())
		return BLE_HS_ENOMEM;
	check(gNimble.running && !gNimble.advertising);
	gNimble.advertising = 1;
	gAdvertised = event;
	gArgument = argument;
	return 0;
}

int ble_gap_adv_active(void)
{
	(void)fails("");
	return gNimble.advertising;
}

int ble_gap_terminate(uint16_t handle, uint8_t reason)
{
	Connection *connection = find(handle);

	if (fails("ble_gap_terminate"))
		return BLE_HS_ENOMEM;
	if (!connection)
		return BLE_HS_ENOTCONN;
	if (connection->ending)
		return BLE_HS_EALREADY;
	connection->ending = 1;
	gNimble.terminations++;
	gNimble.reason = reason;
	return 0;
}

esp_err_t esp_bt_mem_release(esp_bt_mode_t mode)
{
	check((ESP_BT_MODE_BTDM == mode) && !gNimble.ready);
	if (gNimble.released)
		return ESP_FAIL;
	gNimble.released = 1;
	return ESP_OK;
}
