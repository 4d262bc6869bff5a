/** A second master on the dongle's line, such as an inverter that polls its own meter: it hears nobody but its meter. */
import { seal } from '../../../firmware/modbus/crc16'
import type { Schedule } from '../agenda'
import type { Random } from '../random'
import type { RegisterAddress } from '../site/image'
import type { Rs485Line } from './rs485'
import { READ_INPUT } from './slave'

/** What it asks a meter for: the voltage, whose reply is as long as that of the power, three currents, all of a block. */
const READS = [
  { code: READ_INPUT, at: 0x00, count: 2 },
  { code: READ_INPUT, at: 0x00, count: 2 },
  { code: READ_INPUT, at: 0x06, count: 6 },
  { code: READ_INPUT, at: 0x00, count: 18 },
]
const COUNTS = [1, 2, 2, 4, 6]

export interface SecondMasterOptions {
  agenda: Schedule
  random: Random
  /** The line as it is now; undefined while the dongle has none open. */
  line: () => Rs485Line | undefined
  units: readonly number[]
  /** Registers of its meter's map; READS if there are none. */
  addressesOf?: (unit: number) => readonly RegisterAddress[]
}

/** Asks until the function that it answers is called. */
export function startSecondMaster({
  agenda,
  random,
  line,
  units,
  addressesOf = () => [],
}: SecondMasterOptions): () => void {
  let isRunning = true
  const unit = units[random.below(units.length)]
  const addresses = addressesOf(unit)
  const reads = Array.from({ length: 1 + random.below(3) }, () => {
    if (addresses.length === 0) return READS[random.below(READS.length)]
    const { code, at } = addresses[random.below(addresses.length)]
    return { code, at, count: COUNTS[random.below(COUNTS.length)] }
  })
  const everyMs = 200 * 10 ** random.next()
  // Its meter has answered by then, unless something is wrong with it.
  const gapMs = 130 + 100 * random.next()
  let next = 0
  const ask = (): void => {
    if (!isRunning) return
    const { code, at, count } = reads[next]
    next = (next + 1) % reads.length
    const frame = Uint8Array.of(unit, code, at >> 8, at & 0xff, 0, count, 0, 0)
    seal(frame, 6)
    line()?.ask(frame)
    agenda.after(next === 0 ? everyMs : gapMs, ask)
  }
  agenda.after(random.next() * everyMs, ask)
  return () => {
    isRunning = false
  }
}
