/*
 * Runs a Moddable simulator library (mc.so) without a window: traces go to stdout, an XS abort ends the process with
 * 100 + its status. Contract: txScreen of the SDK's build/simulators/modules/screen.h.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"

/* More than XS leaves itself on any target. */
#define STACK_BYTES (512 * 1024)
#define PAINT 0xa5

static GMainLoop *gLoop;
static guint gTicker;
static int gStatus;

static unsigned char *gStackLow, *gStackTop;

/* Fills the stack below the caller, so that what was used of it can be told. */
static __attribute__((noinline)) void paintStack(void)
{
	unsigned char area[STACK_BYTES];

	memset(area, PAINT, sizeof area);
	__asm__ volatile("" : : "r"(area) : "memory");
	gStackLow = area;
	gStackTop = area + sizeof area;
}

/* The most bytes of native stack so far, each time that they are more: GLib's own are among them. */
static void tellStack(void)
{
	static long told;
	unsigned char *low = gStackLow;

	while (low < gStackTop && *low == PAINT)
		low++;
	if (gStackTop - low > told) {
		told = gStackTop - low;
		printf("native: %ld\n", told);
	}
}

static void screenAbort(txScreen *screen, int status)
{
	(void)screen;
	fflush(stdout);
	_Exit(100 + status);
}

static void screenIgnore(txScreen *screen)
{
	(void)screen;
}

static gboolean screenTick(gpointer data)
{
	txScreen *screen = data;

	tellStack();
	fflush(stdout);
	if (screen->idle)
		screen->idle(screen);
	return G_SOURCE_CONTINUE;
}

/* The SDK asks for idling every 5 ms for its display; ours only samples the instruments, once a second. */
static void screenStart(txScreen *screen, double interval)
{
	(void)interval;
	if (!gTicker)
		gTicker = g_timeout_add(100, screenTick, screen);
}

static void screenStop(txScreen *screen)
{
	(void)screen;
	if (gTicker)
		g_source_remove(gTicker);
	gTicker = 0;
}

static void screenPost(txScreen *screen, char *message, int size)
{
	(void)screen;
	(void)size;
	if (1 == sscanf(message, "exit:%d", &gStatus))
		g_main_loop_quit(gLoop);
}

int main(int argc, char **argv)
{
	txScreenLaunchProc launch = NULL;
	txScreen *screen = calloc(1, sizeof(txScreen));
	void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;

	if (library)
		launch = (txScreenLaunchProc)dlsym(library, "fxScreenLaunch");
	if (!launch || !screen) {
		fprintf(stderr, "usage: host path/to/mc.so: %s\n", argc == 2 ? dlerror() : "one argument");
		return 2;
	}
	/* A peer's reset must not end the device: the SDK's Linux sockets write without MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	screen->width = screen->height = 1;
	screen->abort = screenAbort;
	screen->bufferChanged = screen->formatChanged = screenIgnore;
	screen->post = screenPost;
	screen->start = screenStart;
	screen->stop = screenStop;
	mxCreateMutex(&screen->workersMutex);
	gLoop = g_main_loop_new(NULL, FALSE);
	paintStack();
	launch(screen);
	g_main_loop_run(gLoop);
	fflush(stdout);
	return gStatus;
}
