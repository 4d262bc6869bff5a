/** What the factory writes to a device: the blob for NVS, namespace `wattbeat`, key `factory`. */
import { utf8 } from '../../firmware/core/bytes'
import { seal } from '../../firmware/core/sealed'
import {
  FACTORY_VERSION,
  type FactoryData,
  isSerial,
  LABEL_SECRET_BYTES,
} from '../../firmware/settings/factory'
import { describeFound } from '../../firmware/settings/found'

/** Throws if a field is not valid. */
export function sealFactoryData({ serial, labelSecret }: FactoryData): Uint8Array {
  if (!isSerial(serial))
    throw new RangeError(
      `serial: expected 1 to 15 letters and digits, found ${describeFound(serial)}`,
    )
  if (labelSecret.length !== LABEL_SECRET_BYTES)
    throw new RangeError(
      `labelSecret: expected ${LABEL_SECRET_BYTES} bytes, found ${labelSecret.length} bytes`,
    )
  const payload = new Uint8Array(LABEL_SECRET_BYTES + serial.length)
  payload.set(labelSecret)
  payload.set(utf8(serial), LABEL_SECRET_BYTES)
  return seal({ version: FACTORY_VERSION, sequence: 0, payload })
}
