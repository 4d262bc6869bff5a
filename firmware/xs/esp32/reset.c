/*
 * How a run ends, for reset.ts: the watchdog that ends it if it hangs (ESP-IDF, Watchdogs), and why the last one ended, which
 * is the chip's own reason (ESP-IDF, Miscellaneous System APIs) and what XS could still say. RTC memory keeps that over every
 * reset but a loss of power, after which it holds anything: hence the sum.
 */
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"

#include "sdkconfig.h"
#include "esp_attr.h"
#include "esp_system.h"
#include "esp_task_wdt.h"

/*
 * The timeout is the configuration's, and so it bites from the start: of whoever is watched. The SDK watches the task of XS
 * and feeds it whenever XS comes back from a timer or a message; the pump is watched beside it, as a user of its own.
 */
#define kMaxUnfedSeconds (10)	/* MAX_UNFED_MS in dongle/pump.ts */
#if !CONFIG_ESP_TASK_WDT_EN || !CONFIG_ESP_TASK_WDT_INIT || !CONFIG_ESP_TASK_WDT_PANIC
	#error "sdkconfig: the task watchdog is off, or only warns"
#elif CONFIG_ESP_TASK_WDT_TIMEOUT_S < 3 * kMaxUnfedSeconds
	#error "sdkconfig: the task watchdog does not wait for the pump"
#endif

#define kMagic (0x57425231)	/* WBR1 */
#define kWordsBytes (120)

enum { kNothing, kRestart, kAbort };

typedef struct {
	uint32_t magic;
	uint32_t kind;
	char words[kWordsBytes];
	uint32_t sum;
} Kept;

static RTC_NOINIT_ATTR Kept gKept;

/* What the run before left, read once. */
static Kept gLast;
static uint8_t gRead;

static uint32_t resetSum(const Kept *kept)
{
	const uint8_t *bytes = (const uint8_t *)kept;
	uint32_t sum = 0x811C9DC5;	/* FNV-1a */
	size_t i;

	for (i = 0; i < offsetof(Kept, sum); i++)
		sum = (sum ^ bytes[i]) * 0x01000193;
	return sum;
}

static void resetKeep(uint32_t kind, const char *words)
{
	size_t i;

	memset(&gKept, 0, sizeof(gKept));
	gKept.magic = kMagic;
	gKept.kind = kind;
	/* Printable ASCII only: cut anywhere it is still a text. */
	for (i = 0; words[i] && (i < kWordsBytes - 1); i++)
		gKept.words[i] = ((words[i] >= ' ') && (words[i] <= '~')) ? words[i] : '?';
	gKept.sum = resetSum(&gKept);
}

static const Kept *resetLast(void)
{
	if (!gRead) {
		gRead = 1;
		if ((kMagic == gKept.magic) && (resetSum(&gKept) == gKept.sum))
			gLast = gKept;
		/* It belongs to one reset, not to the next one as well. */
		memset(&gKept, 0, sizeof(gKept));
	}
	return &gLast;
}

static const char *resetCause(void)
{
	switch (esp_reset_reason()) {
		case ESP_RST_POWERON:
			return "power on";
		case ESP_RST_SW:
			return (kRestart == resetLast()->kind) ? "restart" : "abort";
		case ESP_RST_PANIC:
		case ESP_RST_CPU_LOCKUP:
		case ESP_RST_EFUSE:
			return "panic";
		case ESP_RST_INT_WDT:
			return "interrupt watchdog";
		case ESP_RST_TASK_WDT:
			return "task watchdog";
		case ESP_RST_WDT:
			return "watchdog";
		case ESP_RST_BROWNOUT:
		case ESP_RST_PWR_GLITCH:
			return "brownout";
		default:
			return "outside";
	}
}

void xs_reset_cause(xsMachine *the)
{
	xsmcSetString(xsResult, (char *)resetCause());
}

void xs_reset_words(xsMachine *the)
{
	const Kept *last = resetLast();
	const char *words = "";

	if (ESP_RST_SW == esp_reset_reason()) {
		if (kAbort == last->kind)
			words = last->words;
		else if (kRestart != last->kind)
			/* XS calls no hook for a stack that is full, and nothing else ends without one. */
			words = "stack overflow";
	}
	xsmcSetString(xsResult, (char *)words);
}

/*
 * The SDK's abort hook: XS is about to restart the device because of `xsArg(0)`. Kept at once, for a text of the exception
 * may need memory that there is not, and then XS comes back here.
 */
void xs_reset_keepWords(xsMachine *the)
{
	static uint8_t dying;

	if (dying)
		return;
	dying = 1;
	resetKeep(kAbort, xsmcToString(xsArg(0)));
	if (xsUndefinedType != xsmcTypeOf(xsArg(1)))
		resetKeep(kAbort, xsmcToString(xsArg(1)));
}

void xs_reset_restart(xsMachine *the)
{
	(void)the;
	resetKeep(kRestart, "");
	esp_restart();
}

void xs_reset_feedWatchdog(xsMachine *the)
{
	static esp_task_wdt_user_handle_t pump;

	(void)the;
	if (pump)
		(void)esp_task_wdt_reset_user(pump);
	else if (ESP_OK != esp_task_wdt_add_user("pump", &pump))
		/* No memory: the task is watched all the same, and the next turn asks again. */
		pump = NULL;
}
