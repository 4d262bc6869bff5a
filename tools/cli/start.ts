/** `npm start`: the virtual dongle. Gathers its parts, runs it, shows what it does, and sums up at the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { streams } from '../../firmware/telemetry/site'
import { nodeBoard } from '../node/board'
import { printedExamples } from '../settings/examples'
import { Flash } from '../sim/flash'
import { type Arguments, HELP, parseArguments } from './arguments'
import { engineNamed } from './engine'
import { gather, Refusal, type Sources } from './sources'
import { coloured, plain, View } from './view'

/** Room for the acknowledgements of the last tick. */
const LAST_ACKNOWLEDGEMENTS_MS = 5000
/** For a DISCONNECT to go out before the broker is stopped. */
const FAREWELL_MS = 200
/** Where no tick comes, why not is asked for so often. */
const ASK_MS = 4000
/** Timers take no more than 24.8 days. */
const MAX_SLEEP_MS = 86_400_000
const WRONG_ARGUMENTS = 2

async function main(words: readonly string[]): Promise<number> {
  const asked = parseArguments(words)
  if (asked.kind === 'help') {
    console.log(`${HELP}\n\n${printedExamples()}`)
    return 0
  }
  if (asked.kind === 'wrong') {
    console.error(asked.why)
    return WRONG_ARGUMENTS
  }
  try {
    const sources = await gather(asked.arguments)
    try {
      return await run(asked.arguments, sources)
    } finally {
      await sources.stop()
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    return WRONG_ARGUMENTS
  }
}

/** Answers the exit code. */
async function run({ engine, forSeconds }: Arguments, sources: Sources): Promise<number> {
  const { settings, serial, serialLine, about } = sources
  const paint = process.stdout.isTTY ? coloured : plain
  const view = new View({ ...names(settings), paint })
  const boot = await engineNamed(engine, (line) => about.push(line))
  print([...about, ''])

  const end = new AbortController()
  const store = new Flash()
  saveSettings(store, settings)
  const onRestart = (why: string) => {
    print([paint('bad', `the firmware gave up, and would start anew on a device: ${why}`)])
    end.abort('gave up')
  }
  const board = nodeBoard({ serial, serialLine, store, onRestart })
  let running = true
  const dongle = boot(board, (report) => {
    if (running) print(view.show(report))
  })

  const asking = setInterval(() => {
    const health = dongle.health()
    if (health) print(view.waits(health))
  }, ASK_MS)
  // A terminal's Ctrl-C comes twice: from the terminal, and passed on by npm.
  process.on('SIGINT', () => end.abort('interrupted'))
  process.on('SIGTERM', () => end.abort('terminated'))
  process.stdout.on('error', () => end.abort('unread'))
  await lasting(forSeconds, end.signal)
  clearInterval(asking)
  view.ledger.close()
  const patience = Date.now() + LAST_ACKNOWLEDGEMENTS_MS
  while (!view.ledger.settled && Date.now() < patience && end.signal.reason !== 'gave up') {
    await sleep(50)
  }
  running = false
  dongle.stop()
  await sleep(FAREWELL_MS)
  const { lines, complete } = view.summary(board.traffic)
  print(['', ...lines, ...(dongle.cost ?? [])])
  return complete && end.signal.reason !== 'gave up' ? 0 : 1
}

/** Until `seconds` are over, or for ever, or until `signal`. */
async function lasting(seconds = Number.POSITIVE_INFINITY, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + seconds * 1000
  try {
    for (let now = performance.now(); now < untilMs; now = performance.now()) {
      await sleep(Math.min(untilMs - now, MAX_SLEEP_MS), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function names({ site, devices }: Settings): { devices: string[]; streams: string[] } {
  return {
    devices: devices.map(({ model, unit }) => `${model}@${unit}`),
    streams: streams(site, devices).map(({ topic }) => topic),
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line)
}

// Whoever read our lines may be gone, such as `head`: that ends a run, and is no error.
process.stdout.on('error', () => {})
process.exitCode = await main(process.argv.slice(2))
