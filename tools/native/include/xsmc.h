/*
 * The part of XS in C that the C of firmware/xs uses, on a machine for tests (../machine.c): the SDK's names and
 * meanings (https://github.com/Moddable-OpenSource/moddable/blob/public/documentation/xs/XS%20in%20C.md), none of its code.
 */
#ifndef XSMC_H
#define XSMC_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef int32_t xsIntegerValue;
typedef uint32_t xsUnsignedValue;
typedef double xsNumberValue;
typedef struct xsMachine xsMachine;
typedef struct FakeObject FakeObject;

typedef enum { kFakeUndefined, kFakeBoolean, kFakeInteger, kFakeNumber, kFakeString, kFakeReference } FakeKind;

typedef struct {
	FakeKind kind;
	union {
		int boolean;
		xsIntegerValue integer;
		xsNumberValue number;
		char *string;
		FakeObject *object;
	} value;
} xsSlot;

#define MAX_FAKE_ARGUMENTS (8)
#define MAX_FAKE_ROOTS (4)
#define MAX_FAKE_MESSAGES (4)
#define MAX_FAKE_OBJECTS (32)
#define MAX_FAKE_STRING_BYTES (128)

typedef void (*FakeCallback)(void *refcon, void *owner, uint8_t *message, uint16_t length);

struct xsMachine {
	xsSlot self;
	xsSlot result;
	xsSlot arguments[MAX_FAKE_ARGUMENTS];
	int argumentCount;
	char string[MAX_FAKE_STRING_BYTES];	/* the result's, if it is one */
	xsSlot *roots[MAX_FAKE_ROOTS];
	int rootCount;
	FakeObject *objects[MAX_FAKE_OBJECTS];
	int objectCount;
	struct { FakeCallback deliver; void *refcon; } messages[MAX_FAKE_MESSAGES];
	int messageCount;
	jmp_buf *catcher;
	const char *thrown;
};

#define xsThis (the->self)
#define xsResult (the->result)
#define xsArg(index) (*fakeArgument(the, (index)))
#define xsReference(reference) (*(reference))

#define xsUndefinedType (kFakeUndefined)
#define xsmcTypeOf(slot) ((slot).kind)
#define xsmcToInteger(slot) fakeToInteger(the, &(slot))
#define xsmcToNumber(slot) fakeToNumber(the, &(slot))
#define xsmcToString(slot) fakeToString(the, &(slot))
#define xsmcToReference(slot) fakeToReference(&(slot))
#define xsmcSetBoolean(slot, it) fakeSetBoolean(&(slot), (it))
#define xsmcSetFalse(slot) fakeSetBoolean(&(slot), 0)
#define xsmcSetInteger(slot, it) fakeSetInteger(&(slot), (it))
#define xsmcSetNumber(slot, it) fakeSetNumber(&(slot), (it))
#define xsmcSetString(slot, it) fakeSetString(the, &(slot), (it))
#define xsmcSetArrayBuffer(slot, bytes, length) fakeSetArrayBuffer(the, &(slot), (bytes), (length))
#define xsmcGetBufferReadable(slot, bytes, length) fakeGetBuffer(the, &(slot), (bytes), (length))
#define xsmcGetBufferWritable(slot, bytes, length) fakeGetBuffer(the, &(slot), (bytes), (length))
#define xsmcGetHostData(slot) fakeGetHostData(the, &(slot))
#define xsmcGetHostDataValidate(slot, hooks) fakeGetHostDataValidate(the, &(slot), (hooks))
#define xsmcSetHostData(slot, it) fakeSetHostData(the, &(slot), (it))
#define xsmcSetHostDestructor(slot, it) fakeSetHostDestructor(the, &(slot), (it))

#define xsRangeError(text) fakeThrow(the, (text))
#define xsUnknownError(text) fakeThrow(the, (text))

xsSlot *fakeArgument(xsMachine *the, int index);
xsIntegerValue fakeToInteger(xsMachine *the, const xsSlot *slot);
xsNumberValue fakeToNumber(xsMachine *the, const xsSlot *slot);
char *fakeToString(xsMachine *the, const xsSlot *slot);
xsSlot *fakeToReference(const xsSlot *slot);
void fakeSetBoolean(xsSlot *slot, int it);
void fakeSetInteger(xsSlot *slot, xsIntegerValue it);
void fakeSetNumber(xsSlot *slot, xsNumberValue it);
void fakeSetString(xsMachine *the, xsSlot *slot, const char *it);
void fakeSetArrayBuffer(xsMachine *the, xsSlot *slot, const void *bytes, xsIntegerValue length);
void fakeGetBuffer(xsMachine *the, const xsSlot *slot, void **bytes, xsUnsignedValue *length);
void *fakeGetHostData(xsMachine *the, const xsSlot *slot);
void *fakeGetHostDataValidate(xsMachine *the, const xsSlot *slot, const void *hooks);
void fakeSetHostData(xsMachine *the, const xsSlot *slot, void *it);
void fakeSetHostDestructor(xsMachine *the, const xsSlot *slot, void (*it)(void *));
_Noreturn void fakeThrow(xsMachine *the, const char *text);

#endif
