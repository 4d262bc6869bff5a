/** The firmware on XS against the simulated site, with everything it traces, until Ctrl-C. */
import { buildSimulator, startSimulator } from './simulator'
import { surroundSimulator } from './surroundings'

const simulator = buildSimulator()
if (simulator.unfrozen.length) console.warn(`warning: not frozen: ${simulator.unfrozen.join(', ')}`)
const surroundings = await surroundSimulator()
surroundings.subscriber.onMessage = ({ topic, payload }) => console.log(topic, payload)
const child = startSimulator(simulator, surroundings, {
  onReport: (report) => console.log(JSON.stringify(report)),
  onInstruments() {},
  onText: console.log,
})
process.once('SIGINT', () => child.kill())
process.once('SIGTERM', () => child.kill())
child.once('exit', async (status) => {
  await surroundings.stop()
  process.exitCode = status ?? 0
})
