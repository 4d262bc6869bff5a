/** npm run bench -- mqtt: codec throughput and bytes on the wire; exit code 1 if a goal is missed. */
import { throughput } from './throughput'
import { wireBytes } from './wire-bytes'

const MIN_SPEED_RATIO = 2
const MAX_BYTES_SHARE = 0.6

let missed = 0
console.log('packets per second of processor time, ours and npm mqtt-packet 9')
for (const { what, oursPerS, theirsPerS } of throughput()) {
  const ratio = oursPerS / theirsPerS
  if (ratio < MIN_SPEED_RATIO) missed++
  const thousands = (perS: number): string => `${Math.round(perS / 1000)}k`.padStart(7)
  console.log(
    `  ${what.padEnd(16)}${thousands(oursPerS)}${thousands(theirsPerS)}   x ${ratio.toFixed(1)}`,
  )
}

const { ours, theirs, payloads } = await wireBytes()
const share = ours / theirs
if (share > MAX_BYTES_SHARE) missed++
console.log('bytes to the broker, 3 streams, 100 ticks, QoS 1')
console.log(
  `  ours ${ours}, npm mqtt 5 ${theirs}: ${(100 * share).toFixed(1)} % (payloads ${payloads})`,
)
console.log(missed ? `${missed} goals missed` : 'all goals met')
process.exit(missed ? 1 : 0)
