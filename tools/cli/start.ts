/** `npm start`: the virtual dongle. Gathers its parts, runs it, shows what it does, and sums up at the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { printedExamples } from '../settings/examples'
import { type Arguments, HELP, parseArguments } from './arguments'
import { engineNamed } from './engine'
import { Lives } from './lives'
import { Refusal } from './refusal'
import { gather, type Sources } from './sources'
import { openTracing } from './tracing'
import { coloured, plain } from './view'

/** Room for the acknowledgements of the last tick. */
const LAST_ACKNOWLEDGEMENTS_MS = 5000
/** For a DISCONNECT to go out before the broker is stopped. */
const FAREWELL_MS = 200
/** How often the dongle is asked what it waits for. */
const ASK_MS = 4000
/** Timers take no more than 24.8 days. */
const MAX_SLEEP_MS = 86_400_000
const WRONG_ARGUMENTS = 2
/** Why a run ended early, if not by a signal: nobody reads its lines any more, or its firmware would restart. */
const UNREAD = 'unread'
const GAVE_UP = 'gave up'

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
  // From the beginning: what is started and written until then is stopped and removed all the same.
  const end = endOfRun()
  try {
    const sources = await gather(asked.arguments)
    try {
      return await run(asked.arguments, sources, end)
    } finally {
      await sources.stop()
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    return WRONG_ARGUMENTS
  }
}

/** Aborted by whatever ends a run early. A terminal's Ctrl-C comes twice: from the terminal, and passed on by npm. */
function endOfRun(): AbortController {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => end.abort(signal))
  process.stdout.on('error', () => end.abort(UNREAD))
  return end
}

/** Answers the exit code. */
async function run(asked: Arguments, sources: Sources, end: AbortController): Promise<number> {
  const { about, lookOn } = sources
  const paint = process.stdout.isTTY ? coloured : plain
  const engine = await engineNamed(asked.engine, (line) => about.push(line))
  const tracing = await openTracing(asked, (line) => print([line]))
  if (typeof asked.trace === 'string') about.push(`writes  ${asked.trace}: the trace`)
  print([...about, ...lookOn, ''])

  const onGaveUp = () => end.abort(GAVE_UP)
  const lives = new Lives({ ...sources, engine, tracing, paint, print, onGaveUp })
  const asking = setInterval(() => {
    const health = lives.health()
    if (health) print(lives.view.waits(health))
  }, ASK_MS)
  await lasting(asked.forSeconds, end.signal)
  clearInterval(asking)
  const { view } = lives
  view.ledger.close()
  const patience = Date.now() + LAST_ACKNOWLEDGEMENTS_MS
  while (!view.ledger.settled && Date.now() < patience && end.signal.reason !== GAVE_UP) {
    await sleep(50)
  }
  lives.stop()
  await sleep(FAREWELL_MS)
  tracing.close()
  const { lines, complete } = view.summary(lives.board.traffic)
  const summary = ['', ...lines, ...lives.cost]
  if (end.signal.reason === UNREAD) console.error(summary.join('\n'))
  else print(summary)
  return complete && end.signal.reason !== GAVE_UP ? 0 : 1
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

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line)
}

// A reader that is gone, such as `head`, is no error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.exitCode = await main(process.argv.slice(2))
