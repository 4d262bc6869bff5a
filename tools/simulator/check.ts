/**
 * npm run simulator -- --check: the firmware on XS streams the simulated site through mosquitto. Passes when 60
 * consecutive ticks brought every stream's message, each valid and true; prints what the machine used.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '../../firmware/dongle/report'
import { Peaks } from './peaks'
import { SampleCheck } from './sample-check'
import { buildSimulator, startSimulator } from './simulator'
import { surroundSimulator } from './surroundings'

const TICKS = 60
const PERIOD_MS = 4000
/** To join, to synchronise, to shake hands: on a busy machine. */
const START_MS = 90_000

const simulator = buildSimulator()
if (simulator.unfrozen.length) console.warn(`warning: not frozen: ${simulator.unfrozen.join(', ')}`)
const peaks = new Peaks()
const traces: string[] = []
const surroundings = await surroundSimulator()
const check = new SampleCheck(surroundings.streams)
surroundings.subscriber.onMessage = (message) => check.message(message)
const child = startSimulator(simulator, surroundings, {
  onReport(report: Report) {
    if (report.kind === 'state') console.log(`${report.state} ${report.why}`)
    if (report.kind === 'state' && report.state === 'streaming') peaks.streaming = true
    check.report(report)
  },
  onInstruments: (values) => peaks.note(values),
  onText: (text) => traces.push(text),
})
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    child.kill()
    await surroundings.stop()
    process.exit(1)
  })
const deadline = Date.now() + START_MS + (TICKS + 1) * PERIOD_MS
while (check.ticksWhole < TICKS && child.exitCode === null && Date.now() < deadline)
  await sleep(200)
const wrong = check.wrong(TICKS)
if (child.exitCode !== null) wrong.push(`the simulator ended with ${child.exitCode}`)
child.kill()
await surroundings.stop()
console.log(peaks.lines().join('\n'))
if (wrong.length) {
  console.error([...traces.slice(-20), ...wrong].join('\n'))
  process.exit(1)
}
console.log(
  `simulator: ${check.ticksWhole} consecutive ticks, ${check.messages} messages, none missing, each valid`,
)
