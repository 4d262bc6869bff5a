/** 10^7 damaged inputs, or as many as asked for: npm run fuzz [-- INPUTS [SEED]]. */
import { fuzz } from './packets'

const inputs = Number(process.argv[2] ?? 10_000_000)
const first = Number(process.argv[3] ?? Date.now() % 1_000_000)
const BATCH = 500_000

const started = performance.now()
for (let done = 0, seed = first; done < inputs; done += BATCH, seed++) {
  const { packets, illegal, clients } = fuzz(seed, Math.min(BATCH, inputs - done))
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(
    `seed ${seed}: ${packets} packets, ${illegal} illegal, ${clients} clients (${seconds} s)`,
  )
}
console.log(`${inputs} inputs from seed ${first} on: nothing threw, nothing hung`)
