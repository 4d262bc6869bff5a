/**
 * npm run check:memory: the firmware on XS in a heap that cannot grow, the smallest that holds (memory/manifest.json): 11
 * streams of ten devices, each of another model, through mosquitto, over TLS, through an outage and 30 cuts of the connection.
 * Fails if the machine runs out of memory, if a stream does not come back, or if it holds more at the end than when it was warm
 * (memory/held.ts). Takes a quarter of an hour, most of which it sleeps.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../firmware/dongle/report'
import { fail } from '../moddable/sdk'
import { imageOfModel, TEN_MODELS } from '../sim/site/ten-models'
import { Peaks } from './peaks'
import { buildSimulator, startSimulator } from './simulator'
import { surroundSimulator } from './surroundings'

const CUTS = 30
/**
 * Before it counts, the broker is away for longer than samples stay fresh: all that waits for it has waited, every buffer has
 * its size, and the log is full. It comes back as after any other cut.
 */
const OUTAGE_MS = 75_000
/** To find the loss, to wait for its turn, which is up to 64 s, to shake hands and to read all devices: on a busy machine. */
const MAX_RETURN_MS = 120_000
/** What waited was sent with the first tick after it came back; one more follows. */
const SETTLE_MS = 4500
const MAX_GROWTH_SHARE = 0.02

const simulator = buildSimulator('tools/simulator/memory/manifest.json')
const peaks = new Peaks()
const traces: string[] = []
let state = ''
let missed = 0
/** Streams, since the last cut. */
const acknowledged = new Set<number>()
const surroundings = await surroundSimulator(TEN_MODELS, { imageOf: imageOfModel })
const { relay, streams } = surroundings
const child = startSimulator(simulator, surroundings, {
  onReport(report: Report) {
    if (report.kind === 'state') state = report.state
    if (report.kind === 'missed') missed++
    if (report.kind === 'acknowledged') acknowledged.add(report.stream)
  },
  onInstruments: (values) => peaks.note(values),
  onHeld: (held) => peaks.hold(held),
  onNative: (bytes) => {
    peaks.nativeBytes = bytes
  },
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

/** Until it streams again, and the broker has acknowledged every stream. */
async function comesBack(connections: number, when: string): Promise<void> {
  acknowledged.clear()
  const deadline = Date.now() + MAX_RETURN_MS
  const isBack = () =>
    state === 'streaming' && relay.connections >= connections && acknowledged.size === streams.size
  while (!isBack()) {
    if (child.exitCode !== null) await end(`${when}: the simulator ended with ${child.exitCode}`)
    if (Date.now() > deadline)
      await end(
        `${when}: ${state} after ${MAX_RETURN_MS} ms, ${acknowledged.size} of ${streams.size} streams acknowledged`,
      )
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
  `memory: ${streams.size} streams, ${CUTS} connections cut, ${missed} samples missed; least held since it was warm: ` +
    `${grown.map(({ name, early, late }) => `${name} ${early} -> ${late}`).join(', ')}`,
)
const leaks = grown.filter(({ early, late }) => late > early * (1 + MAX_GROWTH_SHARE))
await end(leaks.length > 0 ? `${leaks.map(({ name }) => name).join(' and ')} grew` : undefined)
