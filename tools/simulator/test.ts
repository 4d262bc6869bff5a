/**
 * npm run test:simulator: the firmware on XS streams the simulated site through mosquitto. Passes when 60 consecutive
 * ticks brought every stream's message, each valid and true; prints what the machine used.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../firmware/dongle/report'
import { Peaks } from './peaks'
import { Judge } from './sample-check'
import { buildSimulator, startSimulator } from './simulator'
import { World } from './surroundings'

const TICKS = 60
const PERIOD_MS = 4000
/** To join, to synchronise, to shake hands: on a busy machine. */
const START_MS = 90_000

const simulator = buildSimulator()
if (simulator.unfrozen.length) console.warn(`warning: not frozen: ${simulator.unfrozen.join(', ')}`)
const world = await World.start()
const judge = new Judge(world.newSite())
const peaks = new Peaks()
const traces: string[] = []
world.observer.on('message', (topic, payload, { qos, retain }) =>
  judge.message({ topic, payload: payload.toString(), qos, retain }),
)
const child = startSimulator(simulator, world.surroundings, {
  onReport(report: Report) {
    if (report.kind === 'state') console.log(`${report.state} ${report.why}`)
    if (report.kind === 'state' && report.state === 'streaming') peaks.streaming = true
    judge.report(report)
  },
  onInstruments: (values) => peaks.note(values),
  onText: (text) => traces.push(text),
})
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    child.kill()
    await world.stop()
    process.exit(1)
  })
const deadline = Date.now() + START_MS + (TICKS + 1) * PERIOD_MS
while (judge.ticksWhole < TICKS && child.exitCode === null && Date.now() < deadline)
  await sleep(200)
const wrong = judge.verdict(TICKS)
if (child.exitCode !== null) wrong.push(`the simulator ended with ${child.exitCode}`)
child.kill()
await world.stop()
console.log(peaks.lines().join('\n'))
if (wrong.length) {
  console.error([...traces.slice(-20), ...wrong].join('\n'))
  process.exit(1)
}
console.log(
  `simulator: ${judge.ticksWhole} consecutive ticks, ${judge.messages} messages, none missing, each valid`,
)
