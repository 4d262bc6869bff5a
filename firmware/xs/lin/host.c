/* What only C can do on Linux, for host.ts. */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "xsmc.h"
#include "mc.xs.h"

void xs_host_monotonicMs(xsMachine *the)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	xsmcSetNumber(xsResult, (double)now.tv_sec * 1000.0 + (double)now.tv_nsec / 1e6);
}

void xs_host_fillRandom(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length, filled = 0;

	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	while (filled < length) {
		ssize_t got = getrandom((uint8_t *)bytes + filled, length - filled, 0);
		if (got <= 0)
			xsUnknownError("no random bytes");
		filled += got;
	}
}

void xs_host_environment(xsMachine *the)
{
	char *value = getenv(xsmcToString(xsArg(0)));

	if (value && *value)
		xsmcSetString(xsResult, value);
}

void xs_host_restart(xsMachine *the)
{
	(void)the;
	exit(75);
}
