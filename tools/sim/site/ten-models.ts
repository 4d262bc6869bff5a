/** As many streams as a site may have, from ten devices of ten models: what takes the most memory of a dongle. */
import { ENTRIES } from '../../../firmware/devices/catalogue/makers'
import { random } from '../random'
import { uuid } from './drawn'
import { imageOf } from './fleet'
import { HandWrittenImage } from './hand-written'
import type { DeviceImage } from './image'
import { isSimulated } from './registers'
import { BATTERY } from './signal'

const SEED = 1
/** None has a register between two of its map, so that they are asked in as many reads as there can be. */
const MANNER = { absent: 'exception', maxGap: 0 } as const

const resource = (i: number) => ({ role: 'resource', resource: uuid(SEED, i) })

export const TEN_MODELS = {
  site: uuid(SEED, 0),
  line: { baud: 9600, parity: 'none', stopBits: 1 },
  devices: [
    // Three phases.
    { model: 'schneider-iem3000', unit: 1, role: 'site' },
    { model: 'eastron-sdm120', unit: 2, ...resource(1) },
    { model: 'pace-modbus', unit: 3, ...resource(2), capacityWh: BATTERY.capacityWh },
    // The model with the most registers, as two streams.
    { model: 'deye-3p', unit: 4, ...resource(3), part: 'battery', capacityWh: BATTERY.capacityWh },
    { model: 'deye-3p', unit: 4, ...resource(4), part: 'pv' },
    // Its map has to be walked.
    { model: 'sunspec', unit: 5, ...resource(5) },
    // It tells its ratios.
    { model: 'chint-dtsu666', unit: 6, ...resource(6) },
    { model: 'seplos-v3', unit: 7, ...resource(7) },
    { model: 'huawei-sun2000', unit: 8, ...resource(8), part: 'pv' },
    { model: 'cg-em24-rs485', unit: 9, ...resource(9) },
    // Two registers a read.
    { model: 'jk-pb', unit: 10, ...resource(10) },
  ],
}

/** For metersOf(). */
export function imageOfModel(model: string): DeviceImage {
  if (isSimulated(model)) return new HandWrittenImage(model)
  const index = ENTRIES.findIndex(({ id }) => id === model)
  return imageOf(index, MANNER, random(SEED))
}
