/* reset.c: the watchdog, and what is kept over resets: each run is a process of its own, and the RTC memory is carried from one to the next. */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "machine.h"

void xs_reset_cause(xsMachine *the);
void xs_reset_words(xsMachine *the);
void xs_reset_keepWords(xsMachine *the);
void xs_reset_restart(xsMachine *the);
void xs_reset_feedWatchdog(xsMachine *the);

extern uint8_t __start_rtc_noinit[], __stop_rtc_noinit[];

static xsMachine *gThe;
static uint8_t *gRtc;

static void told(const char *cause, const char *words)
{
	check(!fakeInvoke(gThe, xs_reset_cause, (xsSlot){0}, 0, NULL) && !strcmp(gThe->result.value.string, cause));
	check(!fakeInvoke(gThe, xs_reset_words, (xsSlot){0}, 0, NULL) && !strcmp(gThe->result.value.string, words));
}

/* XS gives up. */
static const char *aborts(const char *why, xsSlot exception)
{
	xsSlot arguments[] = {fakeString(why), exception};

	return fakeInvoke(gThe, xs_reset_keepWords, (xsSlot){0}, 2, arguments);
}

static void run(esp_reset_reason_t reason, const char *cause, const char *words, void (*end)(void))
{
	const size_t length = (size_t)(__stop_rtc_noinit - __start_rtc_noinit);
	pid_t child = fork();
	int status;

	check((length <= 4096) && (child >= 0));
	if (!child) {
		memcpy(__start_rtc_noinit, gRtc, length);
		gBoard.resetReason = reason;
		gThe = gBoard.machine = fakeMachine();
		told(cause, words);
		/* As often as it is asked. */
		told(cause, words);
		if (end)
			end();
		memcpy(gRtc, __start_rtc_noinit, length);
		fakeDeleteMachine(gThe);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && !WEXITSTATUS(status));
}

static void ours(void)
{
	check(!strcmp(fakeInvoke(gThe, xs_reset_restart, (xsSlot){0}, 0, NULL), "restart") && (1 == gBoard.restarts));
}

static void fullMemory(void)
{
	check(!aborts("memory full", (xsSlot){0}));
	/* The text of something needs memory, too: the first words stay. */
	check(!aborts("memory full again", (xsSlot){0}));
}

static void nobodysException(void)
{
	check(!aborts("unhandled exception", fakeString("RangeError: in a timer\n\x01\xC3\xA9")));
}

static void exceptionWithoutText(void)
{
	check(aborts("unhandled exception", fakeNewObject(gThe)->reference));
}

static void longWords(void)
{
	char words[1000];

	memset(words, 'w', sizeof(words));
	words[sizeof(words) - 1] = 0;
	check(!aborts(words, (xsSlot){0}));
}

static void feed(int times)
{
	while (times--)
		check(!fakeInvoke(gThe, xs_reset_feedWatchdog, (xsSlot){0}, 0, NULL));
}

static void watchesThePump(void)
{
	check(!gBoard.watched);
	gBoard.failing = "esp_task_wdt_add_user";
	feed(2);
	check(!gBoard.watched && !gBoard.fed);
	gBoard.failing = NULL;
	/* To be watched begins with a whole timeout. */
	feed(1);
	check(!strcmp(gBoard.watched, "pump") && !gBoard.fed);
	feed(3);
	check(3 == gBoard.fed);
}

int main(void)
{
	char longest[120];
	size_t i;

	memset(longest, 'w', 119);
	longest[119] = 0;
	gRtc = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(MAP_FAILED != (void *)gRtc);
	/* What the memory holds after power was lost is anything. */
	memset(gRtc, 0xA5, 4096);
	run(ESP_RST_POWERON, "power on", "", ours);
	run(ESP_RST_SW, "restart", "", fullMemory);
	run(ESP_RST_SW, "abort", "memory full", nobodysException);
	run(ESP_RST_SW, "abort", "RangeError: in a timer????", exceptionWithoutText);
	run(ESP_RST_SW, "abort", "unhandled exception", longWords);
	run(ESP_RST_SW, "abort", longest, ours);
	/* Said once; a reset without a word of XS or of ours is a stack that was full. */
	run(ESP_RST_SW, "restart", "", NULL);
	run(ESP_RST_SW, "abort", "stack overflow", fullMemory);
	/* Words of before are not those of a supply that sagged. */
	run(ESP_RST_BROWNOUT, "brownout", "", ours);
	run(ESP_RST_TASK_WDT, "task watchdog", "", NULL);
	run(ESP_RST_INT_WDT, "interrupt watchdog", "", NULL);
	run(ESP_RST_WDT, "watchdog", "", NULL);
	run(ESP_RST_PANIC, "panic", "", NULL);
	run(ESP_RST_CPU_LOCKUP, "panic", "", NULL);
	run(ESP_RST_PWR_GLITCH, "brownout", "", NULL);
	run(ESP_RST_EXT, "outside", "", NULL);
	run(ESP_RST_USB, "outside", "", watchesThePump);
	/* A bit of it has changed. */
	for (i = 0; i < (size_t)(__stop_rtc_noinit - __start_rtc_noinit); i++) {
		run(ESP_RST_EXT, "outside", "", fullMemory);
		gRtc[i] ^= 0x10;
		run(ESP_RST_SW, "abort", "stack overflow", NULL);
	}
	return 0;
}
