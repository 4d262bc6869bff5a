/* See machine.h. */
#include <stdio.h>
#include <string.h>

#include "machine.h"

static int gFailCalloc;

void fakeFail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
	abort();
}

xsMachine *fakeMachine(void)
{
	xsMachine *the = calloc(1, sizeof(xsMachine));

	if (!the)
		abort();
	return the;
}

static void fakeFreeObject(FakeObject *object)
{
	if (object->hooks)
		object->hooks->destructor(object->data);
	else if (object->destructor)
		object->destructor(object->data);
	free(object->bytes);
	free(object);
}

void fakeDeleteMachine(xsMachine *the)
{
	int i;

	for (i = 0; i < the->objectCount; i++)
		fakeFreeObject(the->objects[i]);
	free(the);
}

FakeObject *fakeNewObject(xsMachine *the)
{
	FakeObject *object = calloc(1, sizeof(FakeObject));

	if (!object)
		abort();
	check(the->objectCount < MAX_FAKE_OBJECTS);
	object->reference = fakeObject(object);
	the->objects[the->objectCount++] = object;
	return object;
}

xsSlot fakeObject(FakeObject *object)
{
	return (xsSlot){.kind = kFakeReference, .value.object = object};
}

xsSlot fakeFunction(xsMachine *the, void (*function)(xsMachine *the))
{
	FakeObject *object = fakeNewObject(the);

	object->function = function;
	return object->reference;
}

FakeObject *fakeBuffer(xsMachine *the, const void *bytes, xsUnsignedValue length)
{
	FakeObject *object = fakeNewObject(the);

	/* To the byte, so that what reads or writes beyond it is seen. */
	object->bytes = malloc(length ? length : 1);
	if (!object->bytes)
		abort();
	if (bytes)
		memcpy(object->bytes, bytes, length);
	else
		memset(object->bytes, 0xEE, length);
	object->length = length;
	return object;
}

xsSlot fakeInteger(xsIntegerValue it)
{
	return (xsSlot){.kind = kFakeInteger, .value.integer = it};
}

xsSlot fakeNumber(xsNumberValue it)
{
	return (xsSlot){.kind = kFakeNumber, .value.number = it};
}

xsSlot fakeString(const char *it)
{
	return (xsSlot){.kind = kFakeString, .value.string = (char *)it};
}

const char *fakeInvoke(xsMachine *the, void (*function)(xsMachine *the), xsSlot self, int count, const xsSlot *arguments)
{
	xsMachine *volatile machine = the;
	const xsSlot outerSelf = the->self;
	jmp_buf *outer = the->catcher;
	jmp_buf catcher;

	check(count <= MAX_FAKE_ARGUMENTS);
	the->self = self;
	the->result = (xsSlot){0};
	the->argumentCount = count;
	if (count)
		memcpy(the->arguments, arguments, count * sizeof(xsSlot));
	the->catcher = &catcher;
	the->thrown = NULL;
	if (0 == setjmp(catcher))
		function(the);
	machine->catcher = outer;
	machine->self = outerSelf;
	return machine->thrown;
}

int fakeDeliver(xsMachine *the)
{
	FakeCallback deliver = the->messages[0].deliver;
	void *refcon = the->messages[0].refcon;

	if (!the->messageCount)
		return 0;
	memmove(the->messages, the->messages + 1, --the->messageCount * sizeof(the->messages[0]));
	deliver(the, refcon, NULL, 0);
	return 1;
}

static void fakeMark(xsMachine *the, xsSlot *reference)
{
	FakeObject *object = reference->value.object;

	if (!object || object->marked)
		return;
	object->marked = 1;
	if (object->hooks && object->hooks->marker)
		object->hooks->marker(the, object->data, fakeMark);
}

void fakeCollect(xsMachine *the, FakeObject *kept)
{
	int i, left = 0;

	for (i = 0; i < the->objectCount; i++)
		the->objects[i]->marked = 0;
	if (kept)
		fakeMark(the, &kept->reference);
	for (i = 0; i < the->rootCount; i++)
		fakeMark(the, the->roots[i]);
	for (i = 0; i < the->objectCount; i++) {
		if (the->objects[i]->marked)
			the->objects[left++] = the->objects[i];
		else
			fakeFreeObject(the->objects[i]);
	}
	the->objectCount = left;
}

void fakeFailCalloc(int failing)
{
	gFailCalloc = failing;
}

xsSlot *fakeArgument(xsMachine *the, int index)
{
	check(index < the->argumentCount);
	return &the->arguments[index];
}

xsIntegerValue fakeToInteger(xsMachine *the, const xsSlot *slot)
{
	return (xsIntegerValue)fakeToNumber(the, slot);
}

xsNumberValue fakeToNumber(xsMachine *the, const xsSlot *slot)
{
	if (kFakeNumber == slot->kind)
		return slot->value.number;
	if (kFakeInteger != slot->kind)
		fakeThrow(the, "no number");
	return slot->value.integer;
}

char *fakeToString(xsMachine *the, const xsSlot *slot)
{
	if (kFakeString != slot->kind)
		fakeThrow(the, "no string");
	return slot->value.string;
}

xsSlot *fakeToReference(const xsSlot *slot)
{
	return (kFakeReference == slot->kind) ? &slot->value.object->reference : NULL;
}

void fakeSetBoolean(xsSlot *slot, int it)
{
	*slot = (xsSlot){.kind = kFakeBoolean, .value.boolean = it ? 1 : 0};
}

void fakeSetInteger(xsSlot *slot, xsIntegerValue it)
{
	*slot = fakeInteger(it);
}

void fakeSetNumber(xsSlot *slot, xsNumberValue it)
{
	*slot = fakeNumber(it);
}

void fakeSetString(xsMachine *the, xsSlot *slot, const char *it)
{
	check(strlen(it) < sizeof(the->string));
	*slot = fakeString(strcpy(the->string, it));
}

void fakeSetArrayBuffer(xsMachine *the, xsSlot *slot, const void *bytes, xsIntegerValue length)
{
	*slot = fakeObject(fakeBuffer(the, bytes, (xsUnsignedValue)length));
}

static FakeObject *fakeObjectOf(xsMachine *the, const xsSlot *slot)
{
	if (kFakeReference != slot->kind)
		fakeThrow(the, "no object");
	return slot->value.object;
}

void fakeGetBuffer(xsMachine *the, const xsSlot *slot, void **bytes, xsUnsignedValue *length)
{
	FakeObject *object = fakeObjectOf(the, slot);

	if (!object->bytes)
		fakeThrow(the, "no buffer");
	*bytes = object->bytes;
	*length = object->length;
}

void *fakeGetHostData(xsMachine *the, const xsSlot *slot)
{
	return fakeObjectOf(the, slot)->data;
}

void *fakeGetHostDataValidate(xsMachine *the, const xsSlot *slot, const void *hooks)
{
	FakeObject *object = fakeObjectOf(the, slot);

	if (object->hooks != hooks)
		fakeThrow(the, "invalid host data");
	return object->data;
}

void fakeSetHostData(xsMachine *the, const xsSlot *slot, void *it)
{
	fakeObjectOf(the, slot)->data = it;
}

void fakeSetHostDestructor(xsMachine *the, const xsSlot *slot, void (*it)(void *))
{
	FakeObject *object = fakeObjectOf(the, slot);

	object->hooks = NULL;
	object->destructor = it;
}

void fakeThrow(xsMachine *the, const char *text)
{
	check(the->catcher);
	the->thrown = text;
	longjmp(*the->catcher, 1);
}

void *fakeCalloc(size_t count, size_t size)
{
	return gFailCalloc ? NULL : calloc(count, size);
}

void fakeSetHostHooks(xsMachine *the, const xsSlot *slot, const xsHostHooks *hooks)
{
	fakeObjectOf(the, slot)->hooks = hooks;
}

void fakeRemember(xsMachine *the, xsSlot *slot)
{
	check(the->rootCount < MAX_FAKE_ROOTS);
	the->roots[the->rootCount++] = slot;
}

void fakeForget(xsMachine *the, xsSlot *slot)
{
	int i;

	for (i = 0; i < the->rootCount; i++) {
		if (slot == the->roots[i]) {
			the->roots[i] = the->roots[--the->rootCount];
			return;
		}
	}
	fakeFail(__FILE__, __LINE__, "a root that is remembered");
}

void fakeCall(xsMachine *the, xsSlot function, xsSlot self)
{
	/* An exception here would end the program on XS, too. */
	check(the->catcher);
	check((kFakeReference == function.kind) && function.value.object->function);
	check(!fakeInvoke(the, function.value.object->function, self, 0, NULL));
}

void fakeBeginHost(xsMachine *the)
{
	static jmp_buf unhandled;

	check(!the->catcher);
	the->catcher = &unhandled;
}

void fakeEndHost(xsMachine *the)
{
	the->catcher = NULL;
}

int modMessagePostToMachineFromISR(xsMachine *the, modMessageDeliver deliver, void *refcon)
{
	if (MAX_FAKE_MESSAGES == the->messageCount)
		return -1;
	the->messages[the->messageCount].deliver = deliver;
	the->messages[the->messageCount++].refcon = refcon;
	return 0;
}
