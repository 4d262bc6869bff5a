/** `npm run lifetime`: lives of a dongle in virtual time, one for each seed, and what became of them. */
import { parseArgs } from 'node:util'
import { FAULT_KINDS, type FaultKind } from '../../hosttest/lifetime/faults'
import { live, percentile, type Summary } from '../../hosttest/lifetime/lifetime'
import { loadValidate } from '../../hosttest/lifetime/schema'

const HELP = `npm run lifetime -- [--seed N] [--seeds COUNT] [--hours H | --days D] [--kinds KIND,KIND] [--verbose]
  Kinds of faults: ${FAULT_KINDS.join(', ')}; none with --kinds none.`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    hours: { type: 'string' },
    days: { type: 'string' },
    kinds: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function main(): number {
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const hours = values.hours ? Number(values.hours) : 24 * Number(values.days ?? '0.25')
  const first = Number(values.seed)
  const kinds = values.kinds?.split(',').filter((kind) => kind !== 'none') as FaultKind[] | undefined
  const lives: Summary[] = []
  const began = performance.now()
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const started = performance.now()
    const summary = live({ seed, hours, kinds, validate: loadValidate(), onReport: values.verbose ? show : undefined })
    lives.push(summary)
    console.log(line(summary, performance.now() - started))
  }
  const recoveries = lives.flatMap((summary) => summary.recoveries.map(({ ms }) => ms))
  console.log(
    `${lives.length} lives of ${hours} h in ${((performance.now() - began) / 1000).toFixed(1)} s: ` +
      `no violation; recovery p50 ${s(percentile(recoveries, 0.5))}, p95 ${s(percentile(recoveries, 0.95))}, ` +
      `longest ${s(Math.max(0, ...recoveries))} of ${recoveries.length}`,
  )
  return 0
}

function line(summary: Summary, tookMs: number): string {
  const { seed, faults, boots, due, acknowledged, missed, received, repeated } = summary
  const { connects, healthyTicks, restarts } = summary
  return (
    `seed ${seed}: ${faults} faults, ${boots} boots, ${restarts.length} restarts, ${connects} connects; ` +
    `due ${due}, acknowledged ${acknowledged}, missed ${missed}; received ${received}, ` +
    `repeated ${repeated}; in healthy stretches ${healthyTicks}, missed 0; ${Math.round(tookMs)} ms`
  )
}

function show(report: object, at: number): void {
  console.log((at / 1000).toFixed(3).padStart(10), JSON.stringify(report))
}

function s(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
