/** `npm run lifetime`: lives of a dongle in virtual time, one for each seed, and what became of them. */
import { parseArgs } from 'node:util'
import { EPOCH_NAMES, type EpochName, TrueTime } from '../sim/epochs'
import { FAULT_KINDS, type FaultKind } from '../sim/faults/faults'
import { type LifetimeSummary, live, percentile } from '../sim/lifetime'
import { BROKER_HOST } from '../sim/network/network'
import { loadValidate } from '../sim/observer/schema'
import { simulateTls } from '../sim/tls'
import { printFleet } from './fleet'

const HELP = `npm run lifetime -- [--seed N] [--seeds COUNT] [--hours H | --days D] [--kinds KIND,KIND | --kinds each] [--epoch EPOCH] [--tls] [--installer] [--verbose | --json]
       npm run lifetime -- --fleet DONGLES [--handshakes-per-s N] [--max-waiting N]
  Without hours or days a life has six hours. --verbose shows every report of the dongle, --json one object per life.
  --tls plays TLS too, with its cryptography; without it only its time is played.
  --installer has somebody at the cable in every life; without it about a third of the lives do, and none with --kinds.
  Kinds of faults: ${FAULT_KINDS.join(', ')}; none with --kinds none.
  --fleet plays what many dongles do to one broker, after power cuts and restarts. It does 1000 handshakes a second if
  nothing else is said, and any number waits for it.
  --kinds each plays the lives of each kind on its own, and prints a line for it.
  Epochs, each three hours before what is special in it: ${EPOCH_NAMES.join(', ')}.`

/** One line of `--json`. */
export type LivedLife = LifetimeSummary | { seed: number; violation: string }

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    hours: { type: 'string' },
    days: { type: 'string' },
    kinds: { type: 'string' },
    epoch: { type: 'string' },
    fleet: { type: 'string' },
    'handshakes-per-s': { type: 'string', default: '1000' },
    'max-waiting': { type: 'string', default: 'Infinity' },
    tls: { type: 'boolean', default: false },
    installer: { type: 'boolean' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const hours = Number(values.hours ?? 24 * Number(values.days ?? '0.25'))
const playsEach = values.kinds === 'each'
const drawn = values.kinds?.split(',').filter((kind) => kind !== 'none') as FaultKind[] | undefined
const validate = loadValidate()
const epoch = values.epoch as EpochName | undefined
if (epoch && !EPOCH_NAMES.includes(epoch)) throw new Error(`${epoch}: no such epoch`)
const { begin } = new TrueTime(epoch ?? 'usual')
const tls = values.tls ? await simulateTls(BROKER_HOST, begin) : undefined

/** Answers the exit code. */
function main(): number {
  if (!playsEach) return play(drawn)
  let code = 0
  for (const kind of FAULT_KINDS) code = Math.max(code, play([kind]))
  return code
}

function play(kinds: FaultKind[] | undefined): number {
  const began = performance.now()
  const lives: LifetimeSummary[] = []
  const first = Number(values.seed)
  const count = Number(values.seeds)
  for (let seed = first; seed < first + count; seed++) {
    const started = performance.now()
    const life = lived(seed, kinds)
    if (values.json) console.log(JSON.stringify(life))
    else if ('violation' in life) console.log(life.violation)
    else if (!playsEach) console.log(inWords(life, performance.now() - started))
    if (!('violation' in life)) lives.push(life)
  }
  const name = playsEach ? `${kinds}: `.padEnd(36) : ''
  if (!values.json) console.log(name + summary(lives, count, performance.now() - began))
  return lives.length === count ? 0 : 1
}

function lived(seed: number, kinds: FaultKind[] | undefined): LivedLife {
  try {
    return live({
      seed,
      hours,
      kinds,
      epoch,
      tls,
      installer: values.installer,
      validate,
      onReport: values.verbose ? show : undefined,
    })
  } catch (error) {
    return { seed, violation: error instanceof Error ? error.message : String(error) }
  }
}

function inWords(life: LifetimeSummary, tookMs: number): string {
  const { seed, faults, boots, restarts, connects, due, acknowledged, missed } = life
  const { received, repeated, healthyTicks } = life
  return (
    `seed ${seed}: ${faults} faults, ${boots} boots, ${restarts.length} restarts, ${connects} connects; ` +
    `due ${due}, acknowledged ${acknowledged}, missed ${missed}; received ${received}, ` +
    `repeated ${repeated}; in healthy stretches ${healthyTicks}, missed 0; ${Math.round(tookMs)} ms`
  )
}

function summary(lives: readonly LifetimeSummary[], count: number, tookMs: number): string {
  const recoveries = lives.flatMap((life) => life.recoveries.map(({ ms }) => ms))
  const models = new Set(lives.flatMap((life) => life.models))
  const identified = lives.flatMap((life) => life.identified).length
  const unidentified = lives.flatMap((life) => life.unidentified).length
  return (
    `${count} lives of ${hours} h in ${seconds(tookMs)}, ${count - lives.length} with a violation; ` +
    `${models.size} models, ${identified} of ${identified + unidentified} that say what they are were known; ` +
    `of ${recoveries.length} recoveries p50 ${seconds(percentile(recoveries, 0.5))}, ` +
    `p95 ${seconds(percentile(recoveries, 0.95))}, longest ${seconds(percentile(recoveries, 1))}`
  )
}

function show(report: object, at: number): void {
  console.log((at / 1000).toFixed(3).padStart(10), JSON.stringify(report))
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

if (values.help) console.log(HELP)
else if (values.fleet)
  printFleet(
    Number(values.fleet),
    Number(values['handshakes-per-s']),
    Number(values['max-waiting']),
  )
else process.exitCode = main()
