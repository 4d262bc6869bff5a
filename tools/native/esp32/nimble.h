/* NimBLE for tests of C, with phones that do as the test says. Whatever a phone does runs as on NimBLE's task. */
#ifndef NIMBLE_H
#define NIMBLE_H

#include <stddef.h>
#include <stdint.h>

#include "host/ble_hs.h"

typedef struct {
	int ready;		/* between nimble_port_init and nimble_port_deinit */
	int running;	/* its task */
	int advertising;
	uint8_t uuid[16];
	char name[40], deviceName[40];
	uint16_t preferredMtu;
	const struct ble_gatt_svc_def *services;
	int callouts;	/* that are waiting */
	int terminations;
	uint8_t reason;	/* of the last one */
	int released;
} FakeNimble;

FakeNimble *fakeNimble(void);
void fakeResetNimble(void);
/* The controller is ready. */
void fakeSync(void);
/* The controller failed: connections are lost, then the host knows. */
void fakeControllerFails(void);
/* Everything that is queued for NimBLE's task, and the ends of connections that were asked for. */
void fakeRunNimble(void);
/* So long that whatever waits for a time has its turn. */
void fakeLetTimePass(void);
void fakeConnect(uint16_t connection);
/* NimBLE had to stop advertising. */
void fakeStopAdvertising(void);
/* The connection came to nothing. */
void fakeFailToConnect(void);
void fakeDisconnect(uint16_t connection);
int fakeIsConnected(uint16_t connection);
void fakeAgreeOnMtu(uint16_t connection, uint16_t mtu);
/* In buffers of at most `part` bytes, as a long write or small buffers leave it. 0, or the error of ATT. */
int fakeWrite(uint16_t connection, const void *bytes, size_t length, size_t part);
/* As a (long) read from `offset`; how many bytes there are, at most `room`, or the error of ATT as a negative number. */
int fakeRead(uint16_t connection, size_t offset, uint8_t *bytes, size_t room);

#endif
