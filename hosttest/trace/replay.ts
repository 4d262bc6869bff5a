/**
 * Plays a trace back: the firmware in virtual time on a board whose ports answer as they did when it was recorded, each
 * answer so long after what called for it as then. What the firmware does this time is traced too.
 */
import { putU32, u32 } from '../../firmware/core/bytes'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { boot } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import { explain, parseSettings } from '../../firmware/settings/parse'
import { saveSettings } from '../../firmware/settings/record'
import { Agenda, cancel, type Planned } from '../../tools/sim/agenda'
import { Flash } from '../../tools/sim/flash'
import { plainLayer } from '../../tools/sim/plain'
import { random } from '../../tools/sim/random'
import { tracedBoard } from '../../tools/trace/board'
import type { TraceEntry } from '../../tools/trace/entry'
import type { TracedMessage } from '../../tools/trace/mqtt'

export interface Replayed {
  entries: TraceEntry[]
  messages: TracedMessage[]
  reports: Report[]
}

/** `settings`: as JSON, of the site that was recorded, with `*` for user name and password as the trace has them. */
export function replay(
  recorded: readonly TraceEntry[],
  { settings, serial }: { settings: unknown; serial: string },
): Replayed {
  const replayed: Replayed = { entries: [], messages: [], reports: [] }
  const agenda = new Agenda()
  const begin = Date.parse(recorded[0].time)
  const end = Date.parse(recorded[recorded.length - 1].time)
  const utc = () => (begin + agenda.now) as UnixMs
  const ports = new ScriptedPorts(agenda, recorded, utc)
  const board = tracedBoard(scriptedBoard(agenda, ports, settings, serial), {
    utc,
    onEntry(entry) {
      replayed.entries.push(entry)
      if (entry.direction === 'out') ports.answer(entry)
    },
    onMessage: (message) => replayed.messages.push(message),
  })
  const running = boot(board, (report) => replayed.reports.push(report))
  agenda.runUntil(end - begin, () => {})
  running.stop()
  return replayed
}

/** What comes back on a port, by the recorded entries that lie between one that went out and the next. */
class ScriptedPorts {
  readonly #agenda: Agenda
  readonly utc: () => UnixMs
  readonly #waiting: Record<TraceEntry['port'], TraceEntry[]>
  readonly deliver: Record<TraceEntry['port'], (entry: TraceEntry, bytes: Uint8Array) => void> = {
    line() {},
    udp() {},
    broker() {},
  }

  constructor(agenda: Agenda, recorded: readonly TraceEntry[], utc: () => UnixMs) {
    const of = (port: TraceEntry['port']) => recorded.filter((entry) => entry.port === port)
    this.#agenda = agenda
    this.utc = utc
    this.#waiting = { line: of('line'), udp: of('udp'), broker: of('broker') }
  }

  answer(sent: TraceEntry): void {
    const waiting = this.#waiting[sent.port]
    const asked = waiting.shift()
    if (!asked) return
    const laterMs = this.utc() - Date.parse(asked.time)
    while (waiting[0]?.direction === 'in') {
      const answer = waiting.shift() as TraceEntry
      const bytes = fromHex(answer.bytes)
      if (answer.port === 'udp') moveTime(bytes, fromHex(sent.bytes), laterMs)
      const afterMs = Date.parse(answer.time) - Date.parse(asked.time)
      this.#agenda.after(afterMs, () => this.deliver[answer.port](answer, bytes))
    }
  }
}

function scriptedBoard(
  agenda: Agenda,
  { deliver, utc }: ScriptedPorts,
  settings: unknown,
  serial: string,
): Board {
  const parsed = parseSettings(settings)
  if ('wrong' in parsed) throw new Error(parsed.wrong.map(explain).join('\n'))
  const store = new Flash()
  saveSettings(store, parsed.settings)
  const silent = { write() {}, close() {} }
  let planned: Planned | undefined
  return {
    clock: { now: () => agenda.now as MonotonicMs, setSystemTime() {} },
    alarm: {
      set(due, run) {
        cancel(planned)
        planned = agenda.at(due, run)
      },
      clear: () => cancel(planned),
    },
    serialLine: {
      open(_settings, events) {
        deliver.line = ({ event, words }, bytes) =>
          event ? events.onClosed(words) : events.onBytes(bytes)
        return silent
      },
    },
    secureLayer: plainLayer,
    tcp: {
      connect(_address, _port, events) {
        deliver.broker = ({ event, words }, bytes) => {
          if (event === 'opened') events.onOpen()
          else if (event === 'closed') events.onClosed(words)
          else events.onBytes(bytes)
        }
        return { ...silent, write: () => Number.POSITIVE_INFINITY }
      },
    },
    datagrams: (events) => ({
      ask(slot, _localPort, address, port) {
        deliver.udp = (_entry, bytes) => events.onDatagram(slot, bytes, address, port)
      },
      closeSocket() {},
    }),
    network: {
      join: (_wifi, events) => events.onJoined(),
      leave() {},
      resolve: (host, onAnswer) => onAnswer(host, ''),
    },
    store,
    entropy: random(1),
    system: {
      serial,
      // A time far from it would not be believed.
      builtAt: utc(),
      lastReset: () => ({ cause: 'power on', words: '' }),
      restart(why) {
        throw new Error(why)
      },
    },
  }
}

/** A time server's answer to a request that is a random one, and so many milliseconds later than the recorded one. */
function moveTime(answer: Uint8Array, request: Uint8Array, laterMs: number): void {
  answer.set(request.subarray(40, 48), 24)
  for (const stamp of [32, 40]) {
    const fraction = u32(answer, stamp + 4) + (laterMs / 1000) * 2 ** 32
    putU32(answer, stamp, u32(answer, stamp) + Math.floor(fraction / 2 ** 32))
    putU32(answer, stamp + 4, fraction - Math.floor(fraction / 2 ** 32) * 2 ** 32)
  }
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
