import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { House, INVERTER } from '../../tools/sim/site/house'
import { BATTERY, type Moment } from '../../tools/sim/site/signal'

const NOON = Date.UTC(2026, 5, 1, 12) as UnixMs
const DAY_S = 86_400
const AFTERNOON_S = 8 * 3600

function at(house: House, seconds: number): Moment {
  return house.at((NOON + seconds * 1000) as UnixMs)
}

/** The worst and the extremes of every second from noon to evening; the moments themselves would fill an XS heap. */
function afternoon(seed: number) {
  const house = new House({ seed, startsAt: NOON, longitudeDeg: 0 })
  const seen = { imbalanceW: 0, lossErrorW: 0, chargeErrorWh: 0 }
  const charge = { minWh: Infinity, maxWh: 0 }
  const battery = { minW: 0, maxW: 0 }
  let cellsWh = at(house, 0).stateOfChargeWh
  for (let second = 0; second < AFTERNOON_S; second++) {
    const { gridW, loadW, pvW, batteryW, batteryA, batteryV, stateOfChargeWh } = at(house, second)
    const { efficiency } = INVERTER
    const dcW = batteryW > 0 ? batteryW * efficiency : batteryW / efficiency
    seen.imbalanceW = Math.max(seen.imbalanceW, Math.abs(gridW - (loadW - pvW + batteryW)))
    seen.lossErrorW = Math.max(seen.lossErrorW, Math.abs(batteryA * batteryV - dcW))
    seen.chargeErrorWh = Math.max(seen.chargeErrorWh, Math.abs(stateOfChargeWh - cellsWh))
    charge.minWh = Math.min(charge.minWh, stateOfChargeWh)
    charge.maxWh = Math.max(charge.maxWh, stateOfChargeWh)
    battery.minW = Math.min(battery.minW, batteryW)
    battery.maxW = Math.max(battery.maxW, batteryW)
    cellsWh += (batteryA * batteryV - batteryA * batteryA * BATTERY.resistanceOhm) / 3600
  }
  return { seen, charge, battery }
}

describe('from noon to evening', () => {
  const { seen, charge, battery } = afternoon(1)

  test('grid = load - pv + battery, at every second', () => {
    expect(seen.imbalanceW).toBeLessThan(1e-9)
  })

  test('the inverter loses what it is stated to lose, each way', () => {
    expect(seen.lossErrorW).toBeLessThan(1e-6)
  })

  test('the state of charge is the integral of the power that reaches the cells', () => {
    expect(seen.chargeErrorWh).toBeLessThan(1e-6)
  })

  test('the battery works both ways, within its limits', () => {
    expect(charge.maxWh).toBeLessThanOrEqual(BATTERY.capacityWh)
    expect(charge.minWh).toBeGreaterThanOrEqual(BATTERY.capacityWh * INVERTER.reserve)
    expect(battery.maxW).toBeLessThanOrEqual(INVERTER.maxW)
    expect(battery.minW).toBeGreaterThanOrEqual(-INVERTER.maxW)
    expect(battery.maxW).toBeGreaterThan(500)
    expect(battery.minW).toBeLessThan(-500)
  })
})

test('the sun shines by day only', () => {
  const house = new House({ seed: 1, startsAt: NOON, longitudeDeg: 0 })
  expect(at(house, 600).pvW).toBeGreaterThan(1000)
  expect(at(house, DAY_S / 2).pvW).toBe(0)
})

test('a full battery takes no more: the surplus goes to the grid', () => {
  const house = new House({ seed: 1, startsAt: NOON, stateOfChargeWh: BATTERY.capacityWh })
  const { batteryW, gridW, pvW, loadW } = at(house, 60)
  expect([batteryW, gridW]).toEqual([0, loadW - pvW])
  expect(gridW).toBeLessThan(0)
})

test('an empty battery gives no more: the grid does', () => {
  const midnight = (NOON + 12 * 3_600_000) as UnixMs
  const stateOfChargeWh = BATTERY.capacityWh * INVERTER.reserve
  const house = new House({ seed: 1, startsAt: midnight, longitudeDeg: 0, stateOfChargeWh })
  const { batteryW, gridW, loadW } = house.at((midnight + 60_000) as UnixMs)
  expect([batteryW, gridW]).toEqual([0, loadW])
})

test('the same seed and times give the same house, another seed another', () => {
  const series = (seed: number) => {
    const house = new House({ seed, startsAt: NOON })
    return [0, 4, 8, 400, 4000].map((second) => at(house, second).gridW)
  }
  expect(series(7)).toEqual(series(7))
  expect(series(7)[4] === series(8)[4]).toBe(false)
})

test('how often one asks changes nothing', () => {
  const often = new House({ seed: 5, startsAt: NOON })
  for (let second = 0; second < 1000; second++) at(often, second)
  expect(at(often, 1000)).toEqual(at(new House({ seed: 5, startsAt: NOON }), 1000))
})

test('a moment lasts one second', () => {
  const house = new House({ seed: 1, startsAt: NOON })
  const first = at(house, 10)
  expect(at(house, 10.999)).toBe(first)
  expect(at(house, 11)).not.toEqual(first)
})

test('the last minute can be asked for again; what is older is as the oldest of it', () => {
  const house = new House({ seed: 1, startsAt: NOON })
  const seen = Array.from({ length: 100 }, (_, second) => at(house, second))
  for (let second = 40; second < 100; second++) expect(at(house, second)).toBe(seen[second])
  expect(at(house, 39)).toBe(seen[40])
  expect(at(new House({ seed: 1, startsAt: NOON }), -5)).toEqual(seen[0])
})
