/** npm run bench -- mqtt: codec throughput and bytes on the wire; exit code 1 if a goal is missed. */
import { throughput } from './throughput'
import { type CLIENTS, payloadBytes, wireBytes } from './wire-bytes'

const MIN_SPEED_RATIO = 2
/** If the broker grants aliases: of what the client of the platform's page sends. */
const MAX_BYTES_SHARE = 0.6
/** Of what a tuned one sends for the same job: its CONNECT has fewer properties. */
const MAX_TUNED_SHARE = 1.01

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

const granted = await wireBytes(10)
const refused = await wireBytes(0)
console.log('bytes to the broker, 3 streams, 100 ticks, QoS 1')
const column = (text: string | number): string => `${text}`.padStart(18)
console.log(`${' '.repeat(46)}${column('aliases granted')}${column('none granted')}`)
for (const [client, bytes] of granted)
  console.log(`  ${client.padEnd(44)}${column(bytes)}${column(refused.get(client)!)}`)
console.log(`  ${'payloads'.padEnd(44)}${column(payloadBytes())}${column(payloadBytes())}`)
const goals: [client: keyof typeof CLIENTS, theirs: keyof typeof CLIENTS, share: number][] = [
  ['ours', "npm mqtt, as on the platform's page", MAX_BYTES_SHARE],
  ['ours', 'npm mqtt, autoAssignTopicAlias', MAX_TUNED_SHARE],
  ['ours, with expiry', 'npm mqtt, autoAssignTopicAlias, with expiry', MAX_TUNED_SHARE],
]
for (const [client, theirs, maximum] of goals) {
  const shares = [granted, refused].map((bytes) => bytes.get(client)! / bytes.get(theirs)!)
  const isMissed = shares[0] > maximum || (maximum === MAX_TUNED_SHARE && shares[1] > maximum)
  if (isMissed) missed++
  const words = shares.map((share) => column(`${(100 * share).toFixed(1)} %`))
  console.log(`  ${`${client} / ${theirs}`.padEnd(62).slice(0, 62)}${words.join('')}`)
}
console.log(missed ? `${missed} goals missed` : 'all goals met')
process.exit(missed ? 1 : 0)
