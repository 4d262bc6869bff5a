/** How many readings are wrong or missed on lines that bring what was not asked for: a second master, copies, late replies. */
import { LATENESS, SIMULATED_INVERTERS, type Tally, tallyQueued } from '../../sim/modbus/queued'
import { tallyShared } from '../../sim/modbus/shared'

/** Each of 40 readings of a meter that a second master polls too... */
const SHARED_SEEDS = 300
const SHARED_READINGS = 40
/** ...and each of 20 rounds of an inverter's streams behind a gateway. */
const QUEUED_SEEDS = 5000

/** Whether none is wrong. */
export function benchValues(): boolean {
  let wrong = 0
  for (const isShared of [false, true]) {
    const all = sum(SHARED_SEEDS, (seed) => tallyShared(seed, SHARED_READINGS, isShared))
    wrong += all.wrong
    show(isShared ? 'a second master asks the same meter' : 'the same meter, no second master', all)
  }
  for (const lateness of LATENESS)
    for (const model of SIMULATED_INVERTERS) {
      const all = sum(QUEUED_SEEDS, (seed) => tallyQueued(model, lateness, seed))
      wrong += all.wrong
      show(`${model}, ${lateness}`, all)
    }
  return wrong === 0
}

function sum(seeds: number, play: (seed: number) => Tally): Tally {
  const all: Tally = { due: 0, measured: 0, wrong: 0 }
  for (let seed = 1; seed <= seeds; seed++) {
    const { due, measured, wrong } = play(seed)
    all.due += due
    all.measured += measured
    all.wrong += wrong
  }
  return all
}

function show(what: string, { due, measured, wrong }: Tally): void {
  const missed = ((100 * (due - measured)) / due).toFixed(2)
  console.log(`${what}: ${due} readings, ${wrong} wrong, ${due - measured} missed (${missed} %)`)
}
