/**
 * The simulated devices of the catalogue: each is read as the truth says on a line without a fault, and one whose words,
 * signs or scale are not those of its entry is found out.
 */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Entry } from '../../firmware/devices/catalogue/entry'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import type { DeviceConfig } from '../../firmware/devices/config'
import { Bus } from '../../firmware/devices/poll/bus'
import { parseSettings } from '../../firmware/settings/parse'
import { Agenda } from '../../tools/sim/agenda'
import { faultlessLine } from '../../tools/sim/conditions'
import { Rs485Line } from '../../tools/sim/modbus/rs485'
import { untruth } from '../../tools/sim/observer/truth'
import { playMachine } from '../../tools/sim/play'
import { random as seeded } from '../../tools/sim/random'
import { CatalogueImage } from '../../tools/sim/site/catalogue'
import { drawFleetSite, imageOf } from '../../tools/sim/site/fleet'
import type { DeviceImage, Part } from '../../tools/sim/site/image'
import { drawManner, LENIENT } from '../../tools/sim/site/manner'
import { SimulatedMeter } from '../../tools/sim/site/meter'
import { RandomSignal } from '../../tools/sim/site/random-signal'
import { BATTERY } from '../../tools/sim/site/signal'

const BEGIN = Date.UTC(2026, 5, 1, 12)
const ROUND_MS = 4000
const ROUNDS = 25
const SEED = 7

function configOf({ model, parts, isUnsigned, needsCapacity }: DeviceImage, part: Part) {
  const config: DeviceConfig = { model, unit: 1, role: 'resource' }
  if (part === 'power' && parts.length > 1) config.role = 'site'
  else if (part !== 'power') config.part = part
  if (part === 'power' && isUnsigned) config.direction = 'import'
  if (part === 'battery' && needsCapacity) config.capacityWh = BATTERY.capacityWh
  return config
}

/** What is wrong with the readings of one part, and how many there are. */
function readings(image: DeviceImage, part: Part): { wrong: string[]; measured: number } {
  const agenda = new Agenda()
  const config = configOf(image, part)
  const signal = new RandomSignal(SEED, 1)
  const meter = new SimulatedMeter({ unit: 1, image, signal })
  const utc = (): UnixMs => (BEGIN + agenda.now) as UnixMs
  const random = seeded(SEED)
  const line = new Rs485Line({
    agenda,
    random,
    conditions: faultlessLine([1]),
    meters: [meter],
    utc,
  })
  const settings = { baud: 9600, parity: 'none', stopBits: 1 } as const
  const bus = new Bus({ line: settings, devices: [config], maxSpanMs: 1000 })
  const stream = line.open(settings, {
    onBytes: (bytes) => bus.receive(bytes, agenda.now as MonotonicMs),
    onClosed: () => {},
  })
  const streamPart = { meter, factor: 1, model: image.model, part }
  const wrong: string[] = []
  let measured = 0
  for (let round = 0; round < ROUNDS; round++) {
    bus.measure(agenda.now as MonotonicMs)
    playMachine(bus, agenda, (round + 1) * ROUND_MS, (output) => {
      if (output.kind === 'send') stream.write(output.bytes)
      if (output.kind !== 'measured') return
      measured++
      const time = Math.floor((BEGIN + output.at) / 1000)
      const soc = output.stateOfChargeWh
      const why = untruth([streamPart], {
        value: output.powerW,
        time,
        ...(soc !== undefined && { soc }),
      })
      if (why) wrong.push(why)
    })
  }
  return { wrong, measured }
}

describe('each model of the catalogue', () => {
  test.each(ENTRIES.map(({ id }, index) => [id, index] as const))(
    '%s is read as it is',
    (_, index) => {
      const random = seeded(SEED + index)
      for (let drawn = 0; drawn < 4; drawn++) {
        const image = imageOf(index, drawManner(random), random)
        for (const part of image.parts) {
          const { wrong, measured } = readings(image, part)
          expect(wrong).toEqual([])
          expect(measured).toBeGreaterThan(ROUNDS - 6)
        }
      }
    },
  )
})

describe('a device that is not as its entry says is found out:', () => {
  /** Which parts are read all the same, and rightly, though that was changed in the device. */
  function unnoticed(change: (entry: Entry) => Entry | undefined): string[] {
    return ENTRIES.flatMap((entry) => {
      const other = change(entry)
      if (!other) return []
      const image = new CatalogueImage(other, LENIENT, seeded(SEED))
      return image.parts.flatMap((part) => {
        if (isUntouched(entry, other, part)) return []
        const { wrong, measured } = readings(image, part)
        // What no device can mean is no reading (docs/devices.md, gates).
        return wrong.length > 0 || measured < ROUNDS / 2 ? [] : [`${entry.id} ${part}`]
      })
    })
  }

  /** Whether the change has nothing to do with that part. */
  function isUntouched(entry: Entry, other: Entry, part: Part): boolean {
    const shown = ({ plus = [], minus = [] }: NonNullable<Entry['power']>) => [...plus, ...minus]
    const whats = shown(entry[part] ?? {})
    // Panels generate, and a direction that has a register of its own is in no words.
    const hasWords = part !== 'pv' && !entry[part]?.sign
    const pick = ({ registers, sign }: Entry) =>
      JSON.stringify([registers.filter(({ what }) => whats.includes(what)), hasWords && sign])
    return pick(entry) === pick(other)
  }

  test('its words are swapped', () => {
    const swapped = (entry: Entry): Entry => ({
      ...entry,
      registers: entry.registers.map((register) =>
        /32|64/.test(register.type)
          ? { ...register, order: (register.order ?? entry.order) === 'msw' ? 'lsw' : 'msw' }
          : register,
      ),
    })
    expect(unnoticed(swapped)).toEqual([])
  })

  test('its power is ten times as large', () => {
    const tenfold = (entry: Entry): Entry => ({
      ...entry,
      registers: entry.registers.map((register) =>
        /Power$|^power$|batteryCurrent/.test(register.what)
          ? { ...register, scale: (register.scale ?? 1) / 10 }
          : register,
      ),
    })
    expect(unnoticed(tenfold)).toEqual([])
  })

  test('its sign is turned', () => {
    const words = {
      import: 'export',
      export: 'import',
      charging: 'discharging',
      discharging: 'charging',
    }
    const turned = (entry: Entry): Entry | undefined => {
      const sign = entry.sign.replace(
        /([+-] = )(import|export|charging|discharging)/g,
        (_, raw: string, way: keyof typeof words) => raw + words[way],
      )
      return sign === entry.sign ? undefined : { ...entry, sign }
    }
    expect(unnoticed(turned)).toEqual([])
  })
})

describe('the site of a seed', () => {
  const sites = Array.from({ length: 50 }, (_, i) => drawFleetSite(i + 1))

  test('has settings that a dongle takes', () => {
    const wrong = sites.flatMap(({ settings }) => {
      const { ca: _, ...json } = settings
      const parsed = parseSettings(JSON.parse(JSON.stringify(json)))
      return 'wrong' in parsed ? [parsed.wrong] : []
    })
    expect(wrong).toEqual([])
  })

  test('fifty seeds have every model of the catalogue', () => {
    const models = new Set(sites.flatMap(({ meters }) => meters.map(({ model }) => model)))
    expect(ENTRIES.filter(({ id }) => !models.has(id))).toEqual([])
  })
})
