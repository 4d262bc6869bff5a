/** No device is taken for another model because of a single number: what is certain for `auto` and for the scan alike. */
import { describe, expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import type { Device } from '../../../firmware/devices/model'
import { random } from '../../../tools/sim/random'
import { matchingOf, OwnMap } from './maps'
import { alone, scanLine } from './scanning'

const MODELS = listDevices().map((id) => findDevice(id) as Device)
const LINE_9600 = { baud: 9600, parity: 'none', stopBits: 1 } as const

describe('a device of the catalogue', () => {
  test.each([1, 2, 3, 4])(
    'is never certain as another, whichever of its readings is by chance the number of that (seed %d)',
    (seed) => {
      const draw = random(seed)
      let coincidences = 0
      const wrong: string[] = []
      for (const device of MODELS)
        for (let i = 0; i < 5; i++) {
          const map = new OwnMap(device, draw)
          if (map.coincide(device, draw)) coincidences++
          const { certain } = matchingOf(map.wordAt)
          if (certain && certain.device.id !== device.id)
            wrong.push(`${device.id} as ${certain.device.id}, ${certain.matchedBy}`)
        }
      expect(wrong).toEqual([])
      expect(coincidences).toBeGreaterThan(50)
    },
  )

  test('is certain as itself if it has what identifies it', () => {
    const missed: string[] = []
    for (const device of MODELS)
      for (let seed = 0; device.identification.length > 0 && seed < 5; seed++) {
        const { certain, why } = matchingOf(new OwnMap(device, random(seed)).wordAt)
        if (certain?.device.id !== device.id) missed.push(`${device.id}, seed ${seed}: ${why}`)
      }
    expect(missed).toEqual([])
  })

  test.each(['growatt-tlxh', 'sungrow-sh'])(
    'is certain as itself with an empty battery, or without one: %s',
    (id) => {
      const map = new OwnMap(findDevice(id) as Device, random(1), { stateOfCharge: 0 })
      expect(matchingOf(map.wordAt).certain?.device.id).toBe(id)
    },
  )

  test('is certain for a scan if it is for auto, and only then', () => {
    const draw = random(5)
    for (const device of MODELS) {
      const map = new OwnMap(device, draw)
      if (draw.chance(0.5)) map.coincide(device, draw)
      const { found } = scanLine(
        () => alone({ unit: 1, wordAt: map.wordAt, maxRegisters: device.maxRegisters }),
        { lines: [LINE_9600], units: [1] },
      )
      const certain = found.filter((one) => one.certain).map(({ model }) => model)
      const expected = matchingOf(map.wordAt).certain?.device.id
      expect([device.id, ...certain]).toEqual(expected ? [device.id, expected] : [device.id])
    }
  })
})
