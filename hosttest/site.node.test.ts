/**
 * The whole firmware through fifty lives of six hours, all of whose faults are drawn from their seeds, and a healthy
 * day. The lives run in processes of their own: in jest's they take three times as long. docs/lifetime.md.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { listDevices } from '../firmware/devices/catalogue/find'
import type { LivedLife } from '../tools/lifetime/lifetime'
import { type LifetimeSummary, percentile } from '../tools/sim/lifetime'

const LIVES = 50
const HOURS = 6
/** It takes two minutes on two cores; a machine that is busy with other work takes longer. */
const MAX_LIVES_MS = 900_000

const lives = new Map<number, LivedLife>()
let healthyDay: LifetimeSummary

beforeAll(async () => {
  const processes = Math.min(4, availableParallelism())
  const each = Math.ceil(LIVES / processes)
  const shares = Array.from({ length: processes }, (_, i) =>
    run('--seed', 1 + i * each, '--seeds', Math.min(each, LIVES - i * each), '--hours', HOURS),
  )
  for (const life of (await Promise.all(shares)).flat()) lives.set(life.seed, life)
  healthyDay = (await run('--kinds', 'none', '--hours', 24))[0] as LifetimeSummary
}, MAX_LIVES_MS)

test('a healthy day: no tick is missed, none comes twice, and one connection lasts', () => {
  expect(healthyDay).toMatchObject({ boots: 1, connects: 1, missed: 0, repeated: 0 })
  // The last tick may still be on its way.
  expect(healthyDay.due - healthyDay.acknowledged).toBeLessThan(16)
  expect(healthyDay.due).toBeGreaterThan(21_590)
})

describe('lives full of faults', () => {
  test.each(Array.from({ length: LIVES }, (_, i) => i + 1))(
    'seed %i breaks no invariant',
    (seed) => {
      const life = lives.get(seed)!
      if ('violation' in life) throw new Error(life.violation)
      expect(life.faults).toBeGreaterThan(20)
      expect(life.healthyTicks).toBeGreaterThan(0)
    },
  )

  // Some 250 faults in six hours, and after those of the line no stretch is healthy for 40 s. A fifth of all is left to judge.
  test('leave stretches that are healthy', () => {
    const all = [...lives.values()].filter((life) => !('violation' in life)) as LifetimeSummary[]
    const sum = (of: 'healthyTicks' | 'due') => all.reduce((ticks, life) => ticks + life[of], 0)
    expect(sum('healthyTicks')).toBeGreaterThan(sum('due') / 5)
  })

  test('have every model of the catalogue on their lines, and know each that says itself what it is', () => {
    const all = [...lives.values()].filter((life) => !('violation' in life)) as LifetimeSummary[]
    const models = new Set(all.flatMap((life) => life.models))
    expect(listDevices().filter((model) => !models.has(model))).toEqual([])
    expect(all.flatMap((life) => life.unidentified)).toEqual([])
    expect(all.flatMap((life) => life.identified).length).toBeGreaterThan(5)
  })

  test('of a hundred recoveries 95 take less than a minute', () => {
    const recoveries = [...lives.values()].flatMap((life) =>
      'violation' in life ? [] : life.recoveries.map(({ ms }) => ms),
    )
    expect(recoveries.length).toBeGreaterThan(20 * LIVES)
    expect(percentile(recoveries, 0.95)).toBeLessThan(60_000)
  })
})

function run(...args: (string | number)[]): Promise<LivedLife[]> {
  const command = ['--import', 'tsx', 'tools/lifetime/lifetime.ts', '--json', ...args.map(String)]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (output === '') return reject(new Error(`no life: exit code ${code}`))
      const lines = output.trim().split('\n')
      resolve(lines.map((line) => JSON.parse(line) as LivedLife))
    })
  })
}
