import { describe, expect, test } from '@jest/globals'
import { findDevice } from '../../firmware/devices/catalogue/find'
import type { Quantity } from '../../firmware/devices/model'
import { decodeNumber } from '../../firmware/devices/value'
import { decodeReply, encodeRequest, MAX_FRAME_BYTES } from '../../firmware/modbus/rtu'
import { bytes } from '../../tools/sim/modbus/scripted'
import { VECTORS } from '../vectors/modbus'

describe('frames of real devices', () => {
  test.each(VECTORS.map((vector) => [vector.source, vector] as const))('%s', (_, vector) => {
    const { model, request, sent, reply, values } = vector
    if (sent) {
      const frame = new Uint8Array(MAX_FRAME_BYTES)
      expect(frame.slice(0, encodeRequest(request, frame))).toEqual(bytes(sent))
    }
    const received = bytes(reply)
    const decoded = decodeReply(request, received, 0, received.length)
    if (typeof decoded !== 'object' || decoded.kind !== 'data') throw new Error(`${decoded}`)
    for (const what of Object.keys(values) as Quantity[]) {
      const register = findDevice(model)?.registers.find((one) => one.what === what)
      if (!register) throw new Error(`${model} has no ${what}`)
      const at = decoded.start + 2 * (register.at - request.address)
      expect(decodeNumber(received, at, register)).toBeCloseTo(values[what] ?? Number.NaN, 2)
    }
  })
})
