/**
 * npm run check:memory: the firmware on XS in a heap that cannot grow, the smallest that holds
 * (memory/manifest.json): 11 streams of 11 devices through mosquitto, over TLS, through an outage and 30 cuts of the
 * connection. Fails if the machine runs out of memory, does not come back, or holds more at the end than when it was warm
 * (memory/held.ts). Takes half an hour.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../firmware/dongle/report'
import { settingsOf } from '../bench/board'
import { fail } from '../moddable/sdk'
import { Peaks } from './peaks'
import { buildSimulator, startSimulator } from './simulator'
import { surroundSimulator } from './surroundings'

const STREAMS = 11
const CUTS = 30
/**
 * Before it counts, the broker is away for longer than samples stay fresh: all that waits for it has waited, every buffer has
 * its size, and the log is full. It comes back as after any other cut.
 */
const OUTAGE_MS = 75_000
/** To find the loss, to wait for its turn, which is up to 64 s, and to shake hands: on a busy machine. */
const MAX_RETURN_MS = 120_000
/** Streaming again, it sends what waited and goes through two more ticks. */
const SETTLE_MS = 8000
const MAX_GROWTH_SHARE = 0.02

const simulator = buildSimulator('tools/simulator/memory/manifest.json')
const peaks = new Peaks()
const traces: string[] = []
let state = ''
let missed = 0
const surroundings = await surroundSimulator(settingsOf(STREAMS))
const { relay } = surroundings
const child = startSimulator(simulator, surroundings, {
  onReport(report: Report) {
    if (report.kind === 'state') state = report.state
    if (report.kind === 'missed') missed++
  },
  onInstruments: (values) => peaks.note(values),
  onHeld: (held) => peaks.hold(held),
  onText: (text) => traces.push(text),
})

async function end(why?: string): Promise<never> {
  child.kill()
  await surroundings.stop()
  console.log(peaks.lines().join('\n'))
  if (why) fail([...traces.slice(-20), why].join('\n'))
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end('interrupted'))

async function comesBack(connections: number, when: string): Promise<void> {
  const deadline = Date.now() + MAX_RETURN_MS
  while (state !== 'streaming' || relay.connections < connections) {
    if (child.exitCode !== null) await end(`${when}: the simulator ended with ${child.exitCode}`)
    if (Date.now() > deadline) await end(`${when}: not streaming after ${MAX_RETURN_MS} ms`)
    await sleep(100)
  }
  await sleep(SETTLE_MS)
}

await comesBack(1, 'at the start')
peaks.streaming = true
relay.isRefusing = true
relay.cut()
await sleep(OUTAGE_MS)
relay.isRefusing = false
await comesBack(2, 'after the outage')
peaks.warm()
for (let i = 1; i <= CUTS; i++) {
  relay.cut()
  await comesBack(i + 2, `cut ${i}`)
}
const grown = peaks.growth()
console.log(
  `memory: ${STREAMS} streams, ${CUTS} connections cut, ${missed} samples missed; least held since it was warm: ` +
    `${grown.map(({ name, early, late }) => `${name} ${early} -> ${late}`).join(', ')}`,
)
const leaks = grown.filter(({ early, late }) => late > early * (1 + MAX_GROWTH_SHARE))
await end(leaks.length > 0 ? `${leaks.map(({ name }) => name).join(' and ')} grew` : undefined)
