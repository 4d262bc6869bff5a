/**
 * npm run simulator -- --held: what the firmware holds on XS behind a collection, in a heap that cannot grow (memory/manifest.json),
 * in each mode: without settings, with a site and its radio on, and streaming; before an installer's channel is open by the cable,
 * and while it is and its calls have been answered. docs/performance.md has the figures. Takes three minutes.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { leaveErrand } from '../../firmware/dongle/errand'
import type { StateName } from '../../firmware/dongle/report'
import { Dongle } from '../cli/wattbeat/dongle'
import { Failure } from '../cli/wattbeat/failure'
import { openPort } from '../cli/wattbeat/surroundings'
import { sealFactoryData } from '../factory/seal'
import { fail } from '../moddable/sdk'
import { FileStore } from '../node/store'
import { scratchFolder } from '../peers/peer'
import { SerialCable } from '../peers/socat'
import { SIMULATED_SITE } from '../sim/site/installation'
import type { Held } from './peaks'
import { buildSimulator, startSimulator } from './simulator'
import { type Surroundings, surroundSimulator } from './surroundings'

/** Told once in each tick: in some of them samples and requests wait, so the least counts. */
const TICKS = 4
const MAX_START_MS = 90_000
const label = { serial: 'SIM0001', labelSecret: new Uint8Array(16).fill(7) }
const ONE_STREAM = { ...SIMULATED_SITE, devices: SIMULATED_SITE.devices.slice(0, 1) }

interface Mode {
  name: string
  state: StateName
  site?: object
  /** It begins without settings. */
  isNew?: boolean
  /** Its button asked for the radio. */
  waitsForPhone?: boolean
}

const MODES: readonly Mode[] = [
  { name: 'no settings, radio on', state: 'unprovisioned', isNew: true },
  { name: 'site of 3 streams, radio on', state: 'provisioning', waitsForPhone: true },
  { name: 'streaming, 1 stream', state: 'streaming', site: ONE_STREAM },
  { name: 'streaming, 3 streams', state: 'streaming' },
]

const simulator = buildSimulator('tools/simulator/memory/manifest.json')
for (const mode of MODES) await weigh(mode)

async function weigh(mode: Mode): Promise<void> {
  const scratch = scratchFolder()
  const options = mode.isNew ? { keptStore: join(scratch.path, 'store') } : {}
  const surroundings = await surroundSimulator(mode.site ?? SIMULATED_SITE, options)
  const cable = await SerialCable.start()
  const stop = async (): Promise<void> => {
    await cable.stop()
    await surroundings.stop()
    scratch.remove()
  }
  try {
    if (mode.waitsForPhone) leaveErrand(new FileStore(surroundings.store), { kind: 'provisioning' })
    await weighAmid(mode, surroundings, cable)
  } finally {
    await stop()
  }
}

async function weighAmid(
  { name, state }: Mode,
  { store, line }: Surroundings,
  cable: SerialCable,
): Promise<void> {
  const [dongleEnd, end] = cable.ends
  let current: StateName | undefined
  let held: Held[] = []
  const traces: string[] = []
  const { serial } = label
  const child = startSimulator(
    simulator,
    {
      store,
      line,
      serial,
      cable: dongleEnd,
      factoryRecord: sealFactoryData(label),
      hasRadio: true,
    },
    {
      onReport(report) {
        if (report.kind === 'state') current = report.state
      },
      onInstruments() {},
      onHeld: (one) => held.push(one),
      onText: (text) => traces.push(text),
    },
  )
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    const deadline = Date.now() + MAX_START_MS
    while (!isSo()) {
      const why = child.exitCode === null ? current : `it ended with ${child.exitCode}`
      if (child.exitCode !== null || Date.now() > deadline)
        fail([...traces.slice(-20), `${name}: not ${what}: ${why}`].join('\n'))
      await sleep(100)
    }
  }
  const least = async (): Promise<Held> => {
    held = []
    await until('weighed', () => held.length >= TICKS)
    const minimum = (key: keyof Held) => Math.min(...held.map((one) => one[key]))
    return { slots: minimum('slots'), chunkBytes: minimum('chunkBytes') }
  }
  try {
    await until(state, () => current === state)
    const before = await least()
    const port = await openPort(end)
    const connected = port instanceof Failure ? port : await Dongle.connect(port, label)
    if (connected instanceof Failure) return fail(`${name}: ${connected.message}`)
    const { dongle } = connected
    const answer = await dongle.call('status')
    if (answer instanceof Failure) return fail(`${name}: ${answer.message}`)
    const open = await least()
    dongle.close()
    console.log(`${name}: ${text(before)}; with an open channel ${text(open)}`)
  } finally {
    child.kill()
  }
}

function text({ slots, chunkBytes }: Held): string {
  return `${slots} slots, ${chunkBytes} chunk bytes`
}
