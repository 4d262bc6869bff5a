/* A machine for tests of C that XS calls: what a test sets up, calls and asks. */
#ifndef MACHINE_H
#define MACHINE_H

#include "xsHost.h"

struct FakeObject {
	xsSlot reference;		/* to itself */
	void *data;
	void (*destructor)(void *data);
	const xsHostHooks *hooks;
	uint8_t *bytes;			/* if it is a buffer */
	xsUnsignedValue length;
	void (*function)(xsMachine *the);	/* if it is one */
	int marked;
};

#define check(it) do { if (!(it)) fakeFail(__FILE__, __LINE__, #it); } while (0)
_Noreturn void fakeFail(const char *file, int line, const char *what);

xsMachine *fakeMachine(void);
/* As when the machine is deleted: every object is collected. */
void fakeDeleteMachine(xsMachine *the);

FakeObject *fakeNewObject(xsMachine *the);
xsSlot fakeObject(FakeObject *object);
xsSlot fakeFunction(xsMachine *the, void (*function)(xsMachine *the));
/* The machine owns a copy. */
FakeObject *fakeBuffer(xsMachine *the, const void *bytes, xsUnsignedValue length);
xsSlot fakeInteger(xsIntegerValue it);
xsSlot fakeNumber(xsNumberValue it);
xsSlot fakeString(const char *it);

/* Calls C as JavaScript would; what it threw, or NULL. */
const char *fakeInvoke(xsMachine *the, void (*function)(xsMachine *the), xsSlot self, int count, const xsSlot *arguments);
/* Delivers the oldest message; 0 if there is none. */
int fakeDeliver(xsMachine *the);
/* A garbage collection: what neither a root nor a hook holds is gone; `kept` is a local variable, or NULL. */
void fakeCollect(xsMachine *the, FakeObject *kept);
/* The next allocations of C fail. */
void fakeFailCalloc(int failing);

#endif
