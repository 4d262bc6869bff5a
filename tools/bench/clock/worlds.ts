/**
 * Our clock beside one that works as chrony does, in the same worlds: paths × servers that are exact, off or lying × crystals
 * of ±20 ppm. When the first synchronisation comes, how far the time is off, and how often the told bound did not cover it.
 */
import { random } from '../../sim/random'
import { crystal, PATHS, peersOf, SERVERS } from '../../sim/sntp/paths'
import { BEGIN, ClockWorld, DAY, MINUTE, SECOND } from '../../sim/sntp/world'
import { RegressionClient } from './regression'

const CRYSTALS = [20, -20]
const SWING_PPM = 2
/** A start that brings nothing in this time counts as this. */
const MAX_START_MS = 10 * MINUTE
const STARTS = 20

interface Seen {
  errorsMs: number[]
  /** Probes at which the bound did not cover the error. */
  passed: number
  /** Probes after which there was no time. */
  silent: number
  startsMs: number[]
}

const nothing = (): Seen => ({ errorsMs: [], passed: 0, silent: 0, startsMs: [] })

function note(seen: Seen, told: { errorMs: number; boundMs: number } | undefined): void {
  if (!told) {
    seen.silent++
    return
  }
  seen.errorsMs.push(Math.abs(told.errorMs))
  if (Math.abs(told.errorMs) > told.boundMs) seen.passed++
}

function ours([servers, path, ppm]: World, seed: number): ClockWorld {
  const world: ClockWorld = new ClockWorld({
    peers: peersOf(servers, path, random(seed), () => world.now),
    random: random(seed ^ 1),
    driftMs: crystal(ppm, SWING_PPM),
  })
  world.notesQuestions = false
  return world
}

function theirs([servers, path, ppm]: World, seed: number): RegressionClient {
  const drift = crystal(ppm, SWING_PPM)
  const client: RegressionClient = new RegressionClient(
    peersOf(servers, path, random(seed), () => client.now),
    random(seed ^ 1),
    (at) => BEGIN + at + drift(at),
  )
  return client
}

function ourDay(seen: Seen, world: ClockWorld): void {
  world.everyMs = MINUTE
  world.probe = (now) => {
    const errorMs = world.errorMs()
    const state = world.clock.state(now)
    const known = errorMs !== undefined && state.kind !== 'never'
    note(seen, known ? { errorMs, boundMs: state.errorMs } : undefined)
  }
  world.start().run(DAY)
}

function ourStart(seen: Seen, world: ClockWorld): void {
  world.start()
  while (world.errorMs() === undefined && world.now < MAX_START_MS) world.run(SECOND / 4)
  seen.startsMs.push(world.now)
}

const quantile = (values: number[], q: number) =>
  values.sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN

function row(name: string, a: Seen, b: Seen): void {
  const cells = [a, b].flatMap((seen) => [
    (quantile(seen.startsMs, 0.99) / 1000).toFixed(1),
    quantile(seen.errorsMs, 0.5).toFixed(1),
    quantile(seen.errorsMs, 0.99).toFixed(1),
    quantile(seen.errorsMs, 1).toFixed(1),
    String(seen.passed),
    String(seen.silent),
  ])
  console.log(name.padEnd(36) + cells.map((cell) => cell.padStart(8)).join(''))
}

export function compareInWorlds(seed: number): void {
  const columns = ['sync s', 'p50 ms', 'p99 ms', 'most', 'passed', 'silent']
  console.log(`\nfour servers, a day each, crystals of ±20 ppm with the day's swing, seed ${seed}`)
  console.log('UtcClock'.padStart(50) + 'chrony-like'.padStart(48))
  console.log(
    'path, servers'.padEnd(36) + [...columns, ...columns].map((c) => c.padStart(8)).join(''),
  )
  const [all, allTheirs] = [nothing(), nothing()]
  Object.keys(SERVERS).forEach((servers, i) => {
    const [kind, kindTheirs] = [nothing(), nothing()]
    Object.keys(PATHS).forEach((path, j) => {
      const [a, b] = [nothing(), nothing()]
      CRYSTALS.forEach((ppm, k) => {
        play(a, b, [servers, path, ppm], seed + 100 * i + 10 * j + k)
      })
      row(`${path}, ${servers}`, a, b)
      add(kind, a)
      add(kindTheirs, b)
    })
    row(`all paths, ${servers}`, kind, kindTheirs)
    add(all, kind)
    add(allTheirs, kindTheirs)
  })
  row('all', all, allTheirs)
}

type World = readonly [servers: string, path: string, ppm: number]

/** A day and some starts of both. */
function play(a: Seen, b: Seen, world: World, seed: number): void {
  ourDay(a, ours(world, seed))
  const client = theirs(world, seed)
  client.run(DAY, MINUTE, () => note(b, client.error()))
  for (let start = 1; start <= STARTS; start++) {
    ourStart(a, ours(world, seed + 1000 * start))
    const other = theirs(world, seed + 1000 * start)
    other.run(MAX_START_MS, MAX_START_MS, () => {})
    b.startsMs.push(other.firstAt ?? MAX_START_MS)
  }
}

function add(into: Seen, from: Seen): void {
  into.errorsMs.push(...from.errorsMs)
  into.startsMs.push(...from.startsMs)
  into.passed += from.passed
  into.silent += from.silent
}
