/**
 * `npm run bench -- gates [--seed SEED] [--faults COUNT] [--days DAYS]`: which models have which gate, what the gates keep
 * back of injected faults, and false alarms of honest devices. Fails if there is one.
 */
import { parseArgs } from 'node:util'
import { listDevices } from '../../../firmware/devices/catalogue/find'
import { chooseFlow } from '../../../firmware/devices/config'
import type { Gates } from '../../../firmware/devices/gates/gates'
import { random } from '../../sim/random'
import { honestDays } from './days'
import { BenchDevice, catalogued, sunspec } from './device'
import { caught, FAULTS } from './faults'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: '10000' },
    days: { type: 'string', default: '100' },
  },
})
const seed = Number(values.seed)
const count = Number(values.faults)
const days = Number(values.days)

const HAS: { readonly [gate: string]: (gates: Gates) => boolean } = {
  'limit, stillness': () => true,
  words: ({ words }) => words !== undefined,
  wrap: ({ wrap }) => wrap !== undefined,
  phases: ({ phases }) => phases.length > 0,
  'volts x amperes': ({ voltages }) => voltages.length > 0,
  'battery voltage': ({ batteryVoltage }) => batteryVoltage >= 0,
  charge: ({ charge }) => charge !== undefined,
}

const ROLES = [
  ['site', { role: 'site' }],
  ['battery', { role: 'resource', part: 'battery', capacityWh: 10_000 }],
  ['pv', { role: 'resource', part: 'pv' }],
] as const

function printModels(): void {
  const all: { name: string; gates: Gates; rated: boolean }[] = []
  for (const id of listDevices()) {
    const device = catalogued(id)
    if (device.kind === 'sunspec') continue
    for (const [part, config] of ROLES)
      if (chooseFlow(device, { model: id, unit: 1, ...config })) {
        const { gates } = new BenchDevice(device, config)
        all.push({ name: `${id} ${part}`, gates, rated: device.ratedW !== undefined })
      }
  }
  for (const id of [201, 202, 203, 204]) {
    const { gates } = new BenchDevice(sunspec(id, 105), { role: 'site' })
    all.push({ name: `sunspec ${id}`, gates, rated: false })
  }
  const battery = { role: 'resource', part: 'battery' } as const
  const { gates } = new BenchDevice(sunspec(802, 62), battery, undefined, 19_200)
  all.push({ name: 'sunspec 802 at 19200', gates, rated: false })
  console.log(`${all.length} models and roles`)
  for (const [gate, has] of Object.entries(HAS)) {
    const names = all.filter((one) => has(one.gates)).map(({ name }) => name)
    console.log(`  ${gate.padEnd(20)} ${String(names.length).padStart(3)}  ${short(names)}`)
  }
  const rated = all.filter((one) => one.rated).map(({ name }) => name)
  console.log(`  ${'rated'.padEnd(20)} ${String(rated.length).padStart(3)}  ${short(rated)}`)
}

function short(names: readonly string[]): string {
  return names.length > 8 ? '' : names.join(', ')
}

printModels()
console.log(`\nkept back of ${count} faults of each kind, seed ${seed}`)
for (const kind of Object.keys(FAULTS))
  console.log(`  ${kind.padEnd(52)} ${String(caught(kind, random(seed), count)).padStart(6)}`)
console.log(`\nfalse alarms in ${days} days, seed ${seed}`)
for (const kind of ['house', 'random'] as const) {
  const { readings, alarms } = honestDays(kind, seed, days)
  console.log(`  ${kind.padEnd(8)} ${readings} readings, ${alarms.length} false alarms`)
  for (const { device, atMs, why } of alarms.slice(0, 5))
    console.log(`    ${device}, ${atMs / 1000} s: ${why}`)
  if (alarms.length > 0) process.exitCode = 1
}
