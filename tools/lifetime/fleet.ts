/** `npm run lifetime -- --fleet N`: what a fleet does to a broker that does so many handshakes a second. */
import { type FleetOutcome, playFleet } from '../sim/fleet/fleet'

const SECOND = 1000
const MINUTE = 60 * SECOND
/** How long the broker is away. */
const AWAY_MS = [0, 1, 5, 10, 20, 30, 40, 600, 7200].map((seconds) => seconds * SECOND)
/** After a longer one a tenth of the fleet is played, before a broker that does a tenth as much. */
const MAX_WHOLE_MS = MINUTE
const SEED = 1

export function printFleet(dongles: number, handshakesPerS: number, maxWaiting: number): void {
  console.log(
    `${dongles} dongles; the broker does ${handshakesPerS} handshakes a second, and ${maxWaiting} wait at most`,
  )
  for (const awayMs of [undefined, ...AWAY_MS]) {
    const scale = awayMs !== undefined && awayMs > MAX_WHOLE_MS && dongles >= 1000 ? 10 : 1
    const played = Math.round(dongles / scale)
    const outcome = playFleet({
      dongles: played,
      seed: SEED,
      handshakesPerS: handshakesPerS / scale,
      maxWaiting: maxWaiting / scale,
      awayMs,
    })
    const name = awayMs === undefined ? 'power cut of all' : `broker away for ${inWords(awayMs)}`
    console.log(`${name.padEnd(24)}${scale > 1 ? ` (${played})` : ''} ${line(outcome, played)}`)
  }
}

function line(outcome: FleetOutcome, dongles: number): string {
  const { peakAttempts, peakHandshakes, handshakes, wasted, backMs, leastMs, lostSamples, losers } =
    outcome
  return (
    `peak ${peakAttempts.toFixed(1)} % attempts, ${peakHandshakes} handshakes a second; ` +
    `${handshakes} handshakes, ${wasted} for nobody; 99 % back after ${(backMs / SECOND).toFixed(1)} s, ` +
    `at least ${(leastMs / SECOND).toFixed(1)} s; ${lostSamples} samples lost, of ${losers} dongles ` +
    `(${((100 * losers) / dongles).toFixed(1)} %)`
  )
}

function inWords(ms: number): string {
  return ms < MINUTE ? `${ms / SECOND} s` : `${ms / MINUTE} min`
}
