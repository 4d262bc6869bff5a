/** A house's meters on a line in the host's time: what a process or a pseudo-terminal finds at its serial port. */
import type { UnixMs } from '../../../firmware/core/time'
import type { LineSettings, SerialLine } from '../../../firmware/ports/bytestream'
import { faultlessLine, type LineConditions } from '../conditions'
import { Rs485Line } from '../modbus/rs485'
import { random } from '../random'
import { House, longitudeAtHour } from '../site/house'
import type { DeviceImage } from '../site/image'
import type { SimulatedMeter } from '../site/meter'
import { metersOf } from '../site/site'
import { realTime } from './real-time'

export interface HouseLine {
  line: SerialLine
  meters: SimulatedMeter[]
  /** May be changed at any time. */
  conditions: LineConditions
}

/** It is ten in the morning at the house, whenever this runs: sun and battery are at work. */
const HOUR = 10
const SEED = 1

/** `devices`: of models that `imageOf` knows, as metersOf() takes it. `meterSettings`: how the meters are set. */
export function houseLine(
  devices: readonly { model: string; unit: number }[],
  meterSettings: Pick<LineSettings, 'baud' | 'parity'>,
  imageOf?: (model: string) => DeviceImage,
): HouseLine {
  const utc = () => Date.now() as UnixMs
  const startsAt = utc()
  const house = new House({ seed: SEED, startsAt, longitudeDeg: longitudeAtHour(HOUR, startsAt) })
  const meters = metersOf(devices, () => house, imageOf)
  const conditions = faultlessLine(meters.map(({ unit }) => unit))
  const line = new Rs485Line({
    ...{ agenda: realTime, random: random(SEED), utc },
    ...{ conditions, meters, meterSettings },
  })
  return { line, meters, conditions }
}
