/* NimBLE's host, as far as the C of firmware/xs uses it: https://mynewt.apache.org/latest/network/ble_hs/ble_hs.html */
#pragma once

#include <stdint.h>

/* -- Buffers: a chain, of which the first knows the length of all. */
struct os_mbuf { const uint8_t *data; uint16_t length, packetLength; struct os_mbuf *next; uint8_t *room; uint16_t capacity; };
#define OS_MBUF_PKTLEN(om) ((om)->packetLength)
int os_mbuf_append(struct os_mbuf *om, const void *bytes, uint16_t length);
int ble_hs_mbuf_to_flat(const struct os_mbuf *om, void *flat, uint16_t max, uint16_t *copied);

/* -- UUIDs */
enum { BLE_UUID_TYPE_128 = 128 };
typedef struct { uint8_t type; } ble_uuid_t;
typedef struct { ble_uuid_t u; uint8_t value[16]; } ble_uuid128_t;

/* -- Errors */
#define BLE_HS_EALREADY (2)
#define BLE_HS_ENOMEM (6)
#define BLE_HS_ENOTCONN (7)
#define BLE_HS_EDISABLED (30)
#define BLE_ATT_ERR_INVALID_OFFSET (0x07)
#define BLE_ATT_ERR_INVALID_ATTR_VALUE_LEN (0x0d)
#define BLE_ATT_ERR_UNLIKELY (0x0e)
#define BLE_ATT_ERR_INSUFFICIENT_RES (0x11)
#define BLE_ERR_CONN_LIMIT (0x09)
#define BLE_ERR_REM_USER_CONN_TERM (0x13)

/* -- ATT and GATT */
int ble_att_set_preferred_mtu(uint16_t mtu);

#define BLE_GATT_ACCESS_OP_READ_CHR (0)
#define BLE_GATT_ACCESS_OP_WRITE_CHR (1)
#define BLE_GATT_CHR_F_READ (0x0002)
#define BLE_GATT_CHR_F_WRITE_NO_RSP (0x0004)
#define BLE_GATT_CHR_F_WRITE (0x0008)
#define BLE_GATT_SVC_TYPE_PRIMARY (1)

struct ble_gatt_access_ctxt { uint8_t op; struct os_mbuf *om; };
typedef int ble_gatt_access_fn(uint16_t connection, uint16_t attribute, struct ble_gatt_access_ctxt *context, void *argument);
struct ble_gatt_chr_def { const ble_uuid_t *uuid; ble_gatt_access_fn *access_cb; void *arg; uint16_t flags; };
struct ble_gatt_svc_def { uint8_t type; const ble_uuid_t *uuid; const struct ble_gatt_chr_def *characteristics; };
int ble_gatts_count_cfg(const struct ble_gatt_svc_def *services);
/* They are not copied. */
int ble_gatts_add_svcs(const struct ble_gatt_svc_def *services);

/* -- GAP */
#define BLE_GAP_EVENT_CONNECT (0)
#define BLE_GAP_EVENT_DISCONNECT (1)
#define BLE_GAP_EVENT_CONN_UPDATE (3)
#define BLE_GAP_EVENT_ADV_COMPLETE (9)
#define BLE_GAP_EVENT_MTU (15)
#define BLE_GAP_CONN_MODE_UND (2)
#define BLE_GAP_DISC_MODE_GEN (2)
#define BLE_HS_FOREVER (INT32_MAX)
#define BLE_HS_ADV_F_DISC_GEN (0x02)
#define BLE_HS_ADV_F_BREDR_UNSUP (0x04)

struct ble_gap_event {
	uint8_t type;
	union {
		struct { int status; uint16_t conn_handle; } connect;
		struct { int reason; struct { uint16_t conn_handle; } conn; } disconnect;
		struct { uint16_t conn_handle, channel_id, value; } mtu;
	};
};
typedef int ble_gap_event_fn(struct ble_gap_event *event, void *argument);
typedef struct { uint8_t type, val[6]; } ble_addr_t;
struct ble_gap_adv_params { uint8_t conn_mode, disc_mode; uint16_t itvl_min, itvl_max; };
struct ble_hs_adv_fields {
	uint8_t flags;
	const ble_uuid128_t *uuids128;
	uint8_t num_uuids128;
	unsigned uuids128_is_complete:1;
	const uint8_t *name;
	uint8_t name_len;
	unsigned name_is_complete:1;
};
int ble_gap_adv_set_fields(const struct ble_hs_adv_fields *fields);
int ble_gap_adv_rsp_set_fields(const struct ble_hs_adv_fields *fields);
/* Not while a connection has the only place. */
int ble_gap_adv_start(
	uint8_t ownType, const ble_addr_t *direct, int32_t ms, const struct ble_gap_adv_params *parameters, ble_gap_event_fn *event, void *argument);
int ble_gap_adv_active(void);
/* A disconnect event follows. */
int ble_gap_terminate(uint16_t connection, uint8_t reason);

/* -- The host. Its callbacks run on its task. */
struct ble_hs_cfg { void (*sync_cb)(void); void (*reset_cb)(int reason); };
extern struct ble_hs_cfg ble_hs_cfg;
int ble_hs_id_infer_auto(int privacy, uint8_t *type);
