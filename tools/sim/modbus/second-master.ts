/** A second master on the dongle's line, such as an inverter that polls its own meter: it hears nobody but its meter. */
import { seal } from '../../../firmware/modbus/crc16'
import type { Schedule } from '../agenda'
import type { Random } from '../random'
import type { Rs485Line } from './rs485'
import { READ_INPUT } from './slave'

/** What it asks a meter for: the voltage, whose reply is as long as that of the power, three currents, all of a block. */
const READS = [
  { address: 0x00, count: 2 },
  { address: 0x00, count: 2 },
  { address: 0x06, count: 6 },
  { address: 0x00, count: 18 },
] as const

export interface SecondMasterOptions {
  agenda: Schedule
  random: Random
  /** The line as it is now; undefined while the dongle has none open. */
  line: () => Rs485Line | undefined
  units: readonly number[]
}

/** Asks until the function that it answers is called. */
export function startSecondMaster({
  agenda,
  random,
  line,
  units,
}: SecondMasterOptions): () => void {
  let isRunning = true
  const unit = units[random.below(units.length)]
  const reads = Array.from({ length: 1 + random.below(3) }, () => READS[random.below(READS.length)])
  const everyMs = 200 * 10 ** random.next()
  // Its meter has answered by then, unless something is wrong with it.
  const gapMs = 130 + 100 * random.next()
  let next = 0
  const ask = (): void => {
    if (!isRunning) return
    const { address, count } = reads[next]
    next = (next + 1) % reads.length
    const frame = Uint8Array.of(unit, READ_INPUT, 0, address, 0, count, 0, 0)
    seal(frame, 6)
    line()?.ask(frame)
    agenda.after(next === 0 ? everyMs : gapMs, ask)
  }
  agenda.after(random.next() * everyMs, ask)
  return () => {
    isRunning = false
  }
}
