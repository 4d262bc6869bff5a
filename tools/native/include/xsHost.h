/* What the SDK's xsHost.h and xs.h give beside xsmc.h: objects with hooks, roots, messages, memory. */
#ifndef XSHOST_H
#define XSHOST_H

#include "xsmc.h"

#define ICACHE_RODATA_ATTR
#define c_calloc(count, size) fakeCalloc((count), (size))
#define c_free(it) free(it)

typedef void (*xsMarkRoot)(xsMachine *the, xsSlot *reference);
typedef struct {
	void (*destructor)(void *data);
	void (*marker)(xsMachine *the, void *data, xsMarkRoot markRoot);
	void (*sweeper)(xsMachine *the, void *data, xsMarkRoot markRoot);
} xsHostHooks;

#define xsSetHostHooks(slot, hooks) fakeSetHostHooks(the, &(slot), (hooks))
#define xsRemember(slot) fakeRemember(the, &(slot))
#define xsForget(slot) fakeForget(the, &(slot))
#define xsCallFunction0(function, it) fakeCall(the, (function), (it))
#define xsBeginHost(machine) { fakeBeginHost(machine);
#define xsEndHost(machine) fakeEndHost(machine); }

typedef FakeCallback modMessageDeliver;
/* Not 0 if the machine's queue is full. */
int modMessagePostToMachineFromISR(xsMachine *the, modMessageDeliver deliver, void *refcon);

void *fakeCalloc(size_t count, size_t size);
void fakeSetHostHooks(xsMachine *the, const xsSlot *slot, const xsHostHooks *hooks);
void fakeRemember(xsMachine *the, xsSlot *slot);
void fakeForget(xsMachine *the, xsSlot *slot);
void fakeCall(xsMachine *the, xsSlot function, xsSlot self);
void fakeBeginHost(xsMachine *the);
void fakeEndHost(xsMachine *the);

#endif
