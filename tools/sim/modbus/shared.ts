/** A grid meter that a second master polls too: how many of the dongle's readings are wrong, and how many are missed. */
import type { MonotonicMs, UnixMs } from '../../../firmware/core/time'
import { Bus } from '../../../firmware/devices/poll/bus'
import { Agenda } from '../agenda'
import { faultlessLine } from '../conditions'
import { playMachine } from '../play'
import { random } from '../random'
import { RandomSignal } from '../site/random-signal'
import { metersOf } from '../site/site'
import { Rs485Line } from './rs485'
import { startSecondMaster } from './second-master'

const BEGIN = Date.UTC(2026, 5, 1, 12)
const ROUND_MS = 4000

export interface SharedTally {
  due: number
  measured: number
  wrong: number
  /** Requests of the second master that the dongle knows of. */
  noticed: number
}

/** Of one seed, in so many rounds of four seconds. */
export function tallyShared(seed: number, rounds: number, isShared = true): SharedTally {
  const agenda = new Agenda()
  const draw = random(seed)
  const devices = [{ model: 'eastron-sdm630', unit: 1, role: 'site' as const }]
  const [meter] = metersOf(devices, (unit) => new RandomSignal(seed, unit))
  const conditions = faultlessLine([1])
  const utc = (): UnixMs => (BEGIN + agenda.now) as UnixMs
  const line = new Rs485Line({ agenda, random: draw, conditions, meters: [meter], utc })
  const settings = { baud: 9600, parity: 'none', stopBits: 1 } as const
  const bus = new Bus({ line: settings, devices })
  const stream = line.open(settings, {
    onBytes: (bytes) => bus.receive(bytes, agenda.now as MonotonicMs),
    onClosed: () => {},
  })
  if (isShared) startSecondMaster({ agenda, random: draw, line: () => line, units: [1] })
  const total: SharedTally = { due: rounds, measured: 0, wrong: 0, noticed: 0 }
  for (let round = 0; round < rounds; round++) {
    bus.measure(agenda.now as MonotonicMs)
    playMachine(bus, agenda, (round + 1) * ROUND_MS, (output) => {
      if (output.kind === 'send') stream.write(output.bytes)
      if (output.kind !== 'measured') return
      total.measured++
      const second = Math.floor((BEGIN + output.at) / 1000)
      if (!meter.powersAround(second).some((powerW) => Math.abs(powerW - output.powerW) < 1))
        total.wrong++
    })
  }
  total.noticed = bus.otherMaster?.requests ?? 0
  return total
}
