/* host.c of Linux: clock, random bytes, environment. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

void xs_host_monotonicMs(xsMachine *the);
void xs_host_fillRandom(xsMachine *the);
void xs_host_environment(xsMachine *the);

int main(void)
{
	xsMachine *the = fakeMachine();
	xsSlot argument = fakeString("WATTBEAT_TEST");
	FakeObject *buffer = fakeBuffer(the, NULL, 4096);
	xsUnsignedValue i, changed = 0;
	double before;

	check(!fakeInvoke(the, xs_host_monotonicMs, (xsSlot){0}, 0, NULL));
	before = the->result.value.number;
	check(!fakeInvoke(the, xs_host_monotonicMs, (xsSlot){0}, 0, NULL) && (the->result.value.number >= before));

	check(!fakeInvoke(the, xs_host_fillRandom, (xsSlot){0}, 1, &buffer->reference));
	for (i = 0; i < buffer->length; i++)
		changed += 0xEE != buffer->bytes[i];
	check(changed > 4000);

	unsetenv("WATTBEAT_TEST");
	check(!fakeInvoke(the, xs_host_environment, (xsSlot){0}, 1, &argument) && (kFakeUndefined == the->result.kind));
	setenv("WATTBEAT_TEST", "", 1);
	check(!fakeInvoke(the, xs_host_environment, (xsSlot){0}, 1, &argument) && (kFakeUndefined == the->result.kind));
	setenv("WATTBEAT_TEST", "value", 1);
	check(!fakeInvoke(the, xs_host_environment, (xsSlot){0}, 1, &argument) && !strcmp(the->result.value.string, "value"));
	fakeDeleteMachine(the);
	return 0;
}
