/** Devices that say nothing to a read of what they do not have, and which of the catalogue a scan finds by their own map. */
import { describe, expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import { SCAN_LINES } from '../../../firmware/devices/identify/scan'
import type { Device } from '../../../firmware/devices/model'
import type { LineSettings } from '../../../firmware/ports/bytestream'
import { random } from '../../../tools/sim/random'
import { OwnMap } from './maps'
import { type Answering, alone, scanLine, together } from './scanning'

const LINE_9600 = { baud: 9600, parity: 'none', stopBits: 1 } as const
/** A line takes so long to be scanned, and a device on it to be recognised. */
const MAX_SILENT_LINE_MS = 25_000
const MAX_RECOGNITION_MS = 40_000

function deviceOf(id: string): Device {
  return findDevice(id) as Device
}

/** As it is shipped, or as most are if nobody knows; as the scan tries it, if it does. */
function lineOf({ line }: Device): LineSettings {
  const { baud = 9600, parity = 'none', stopBits = 1 } = line
  const tried = SCAN_LINES.find(
    (one) => one.baud === baud && one.parity === parity && one.stopBits <= stopBits,
  )
  return tried ?? { baud, parity, stopBits }
}

function answering(id: string, unit = deviceOf(id).line.unit ?? 1, silent = true): Answering {
  const device = deviceOf(id)
  const { wordAt } = new OwnMap(device, random(7))
  return { unit, wordAt, maxRegisters: device.maxRegisters, silent }
}

describe('the catalogue', () => {
  test.each([
    ['refuses', false],
    ['does not answer', true],
  ])(
    'is found in all its models, by their own maps, if each %s what it does not have',
    (_, silent) => {
      let known = 0
      const unlisted: string[] = []
      const several: string[] = []
      for (const id of listDevices()) {
        const line = lineOf(deviceOf(id))
        const { found, tookMs } = scanLine(
          () => alone(answering(id, undefined, silent), line.baud),
          {
            lines: [line],
          },
        )
        const candidates = found.flatMap((one) => one.candidates)
        if (found.some(({ model }) => model === id)) known++
        else if (!candidates.includes(id)) unlisted.push(id)
        if (candidates.length > 1) several.push(`${id}: ${candidates.join(', ')}`)
        expect(tookMs).toBeLessThan(MAX_SILENT_LINE_MS + MAX_RECOGNITION_MS)
      }
      const all = listDevices().length
      console.log(
        `${all - unlisted.length} of ${all} found, ${known} as themselves, the others as candidates; ` +
          `several candidates of ${several.length} (${several.join('; ')})`,
      )
      expect(unlisted).toEqual([])
      expect(known).toBeGreaterThan(all / 2)
    },
  )
})

describe('a silent device', () => {
  const FELICITY = 'felicity'

  test('at a unit that it is not shipped with is found once another of its kind is', () => {
    const both = together([answering(FELICITY), answering(FELICITY, 9)])
    const { found } = scanLine(() => both, { lines: [LINE_9600] })
    expect(found.map(({ unit, candidates }) => [unit, candidates])).toEqual([
      [1, [FELICITY]],
      [9, [FELICITY]],
    ])
  })

  test('alone at such a unit is found by a thorough scan', () => {
    const respond = alone(answering(FELICITY, 9))
    const options = { lines: [LINE_9600], units: [9] }
    expect(scanLine(() => respond, options).found).toEqual([])
    const { found } = scanLine(() => respond, { ...options, thorough: true })
    expect(found.map(({ candidates }) => candidates)).toEqual([[FELICITY]])
  })

  test('is never certain, because others that are silent may say the same', () => {
    const { found } = scanLine(() => alone(answering('eastron-sdm120'), 2400), {
      lines: [lineOf(deviceOf('eastron-sdm120'))],
    })
    expect(found.map(({ model, certain, matchedBy }) => [model, certain, matchedBy])).toEqual([
      [
        'eastron-sdm120',
        false,
        'register 64514: 32, but it stays silent where models identify themselves',
      ],
    ])
  })
})
