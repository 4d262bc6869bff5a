/**
 * npm run simulator -- --provision: a simulator that begins without settings, with a pseudo-terminal as its cable. What it keeps in
 * flash and its label are files that the next run finds; the broker is another in each run.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stateFolder } from '../cli/state'
import { keptLabel, lockOf, quoted } from '../cli/virtual'
import { labelText } from '../factory/label'
import { sealFactoryData } from '../factory/seal'
import { SerialCable } from '../peers/socat'
import { SIMULATED_SITE } from '../sim/site/installation'
import { buildSimulator, startSimulator } from './simulator'
import { surroundSimulator } from './surroundings'

/** EX_TEMPFAIL: the firmware wants to start anew (firmware/xs/lin/reset.ts). */
const RESTART = 75
/** As a chip starts. */
const BOOT_MS = 300

const folder = join(stateFolder(), 'simulator')
const file = (name: string): string => join(folder, name)
mkdirSync(folder, { recursive: true, mode: 0o700 })
const release = lockOf(folder)
const label = keptLabel(file('label'))
const simulator = buildSimulator()
const cable = await SerialCable.start()
const [dongleEnd, end] = cable.ends
const surroundings = await surroundSimulator(SIMULATED_SITE, { keptStore: file('store') })
writeFileSync(file('site.json'), `${JSON.stringify(surroundings.settings, null, 2)}\n`, {
  mode: 0o600,
})
console.log(
  [
    `cable   ${end}`,
    `label   ${labelText(label)} (simulated, so it may be shown: it opens this simulator alone)`,
    `writes  ${folder}: what it keeps in flash, its label, and settings for the simulated site`,
    'To set it up, in another terminal and this folder:',
    `npx wattbeat provision ${quoted(file('site.json'))} --port ${quoted(end)} --label-file ${quoted(file('label'))}`,
    '',
  ].join('\n'),
)

let isOver = false
let child = start()
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    isOver = true
    child.kill()
  })
surroundings.subscriber.onMessage = ({ topic, payload }) => console.log(topic, payload)

function start(): ReturnType<typeof startSimulator> {
  const { store, line } = surroundings
  const parts = { store, line, serial: label.serial, cable: dongleEnd }
  const running = startSimulator(
    simulator,
    { ...parts, factoryRecord: sealFactoryData(label) },
    {
      onReport(report) {
        if (report.kind === 'state' || report.kind === 'log') console.log(JSON.stringify(report))
      },
      onInstruments() {},
      onText: console.log,
    },
  )
  running.once('exit', (status) => void ended(status))
  return running
}

async function ended(status: number | null): Promise<void> {
  if (status === RESTART) await sleep(BOOT_MS)
  if (status === RESTART && !isOver) {
    child = start()
    return
  }
  await surroundings.stop()
  await cable.stop()
  release()
  process.exitCode = status ?? 0
}
