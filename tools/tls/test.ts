/**
 * npm run test:tls: our TLS on XS, headless in the Linux runtime (needs MODDABLE), and on Node against one table of
 * servers, with OpenSSL as a second opinion on each.
 */
import { isIP } from 'node:net'
import type { Network } from '../../firmware/ports/network'
import { checkAgreements, checkHostileSignatures, checkSignatures } from './arithmetic'
import { attempt, MAX_MS, type Outcome } from './attempt'
import { build } from './build'
import { type Case, parties } from './cases/case'
import { badIssuers, badServers } from './cases/certificates'
import { badExchanges } from './cases/exchanges'
import { good } from './cases/good'
import { badPeers } from './cases/peers'
import { checkRandomness, checkSessions, fuzzOnNode, record } from './checks'
import type { Platform } from './drive'
import type { Tally } from './fuzz'
import { NodePlatform } from './node'
import { OpenSsl } from './openssl'
import { type RemoteDevice, startDevice } from './remote'
import { checkImpostors } from './stock'

const OPEN_MS = 3000

type Stack = 'XS' | 'Node' | 'OpenSSL'

/** What is wrong with the outcome; undefined if nothing is. */
function fault(
  one: Case,
  outcome: Outcome,
  stack: Stack,
  received: Uint8Array[],
): string | undefined {
  const isSecondOpinion = stack === 'OpenSSL'
  const mayConnect = isSecondOpinion && one.notByOpenSsl ? one.refused : !one.refused
  if (outcome.kind === 'hangs') return `nothing within ${MAX_MS} ms`
  if (outcome.kind === 'connack') return mayConnect ? undefined : 'connected'
  if (mayConnect) return `refused: ${outcome.why}`
  if (!one.isLate && (outcome.opened || received.length > 0)) return `opened before: ${outcome.why}`
  // OpenSSL has words of its own.
  if (isSecondOpinion || !one.refused) return undefined
  return one.refused.test(outcome.why) ? undefined : `in other words: ${outcome.why}`
}

async function runTable(stack: Stack, platform: Platform, cases: Case[]): Promise<number> {
  let failures = 0
  for (const one of cases) {
    const served = await one.serve(stack === 'XS')
    const startedAt = performance.now()
    const outcome = await attempt(platform, { ...one, host: one.host ?? '' }, served.port)
    const tookMs = Math.round(performance.now() - startedAt)
    const wrong = fault(one, outcome, stack, served.received)
    served.stop()
    if (wrong) failures++
    const words = wrong ?? (outcome.kind === 'closed' ? outcome.why : 'CONNACK')
    const place = `${stack.padEnd(7)} ${String(tookMs).padStart(5)} ms`
    console.log(`${wrong ? 'FAILED' : 'ok    '} ${place}  ${one.name}: ${words}`)
  }
  return failures
}

/** Every name is the loopback; an address is itself. */
const toLoopback: Pick<Network, 'resolve'> = {
  resolve: (host, onAnswer) => onAnswer(isIP(host) ? host : '127.0.0.1', ''),
}

/** So many mutated flights are tried on the device; the same and more on Node. */
const FUZZ_ON_DEVICE = Number(process.env['FUZZ'] ?? 2000)
const FUZZ_ON_NODE = 100_000
const FUZZ_AT_ONCE = 100

async function fuzzBoth(device: RemoteDevice): Promise<string[]> {
  const faults: string[] = []
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`       fuzz: SEED=${seed}`)
  for (const key of ['p256', 'rsa2048'] as const) {
    const recording = await record(seed, key)
    const startedAt = performance.now()
    const onNode = fuzzOnNode(recording, seed, FUZZ_ON_NODE / 2)
    print('Node', key, onNode, startedAt)
    faults.push(...onNode.opened)
    const onDevice: Tally = { flights: 0, refused: 0, waiting: 0, opened: [], maxPolls: 0 }
    const deviceStartedAt = performance.now()
    while (onDevice.flights < FUZZ_ON_DEVICE / 2) {
      const some = (await device.fuzz(
        recording,
        seed + onDevice.flights,
        FUZZ_AT_ONCE,
      )) as Tally & {
        honest: { outcome: string; why: string }
      }
      if (some.honest.outcome !== 'open') faults.push(`the recording: ${some.honest.why}`)
      onDevice.flights += some.flights
      onDevice.refused += some.refused
      onDevice.waiting += some.waiting
      onDevice.maxPolls = Math.max(onDevice.maxPolls, some.maxPolls)
      onDevice.opened.push(...some.opened)
    }
    print('XS  ', key, onDevice, deviceStartedAt)
    faults.push(...onDevice.opened)
  }
  return faults
}

function print(name: string, key: string, tally: Tally, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const { flights, refused, waiting, opened, maxPolls } = tally
  console.log(
    `       ${name} ${flights} mutated flights of ${key}: ${refused} refused, ${waiting} waiting, ${opened.length} opened; at most ${maxPolls} polls; ${seconds} s`,
  )
}

/** A heap that does not grow, for the table and every mutated flight: what leaked or took without bound would end the device. */
const FIXED = {
  chunk: { initial: 98_304, incremental: 0 },
  heap: { initial: 6144, incremental: 0 },
}

let failures = 0
async function check(name: string, faults: Promise<string[]>): Promise<void> {
  const found = await faults
  if (found.length > 0) failures++
  console.log(
    `${found.length > 0 ? 'FAILED' : 'ok    '} ${name}${found.map((fault) => `: ${fault}`)}`,
  )
}

const only = process.argv[2]
const wanted = ({ name }: Case) => !only || name.includes(only)
const them = await parties()
const cases = [
  ...(await good()),
  ...(await badServers(them)),
  ...(await badIssuers(them)),
  ...badExchanges(them),
  ...badPeers(them),
].filter(wanted)
const node = new NodePlatform({ network: toLoopback, openMs: OPEN_MS })
failures += await runTable('Node', node, cases)
failures += await runTable('OpenSSL', new OpenSsl({ openMs: OPEN_MS }), cases)
const device = await startDevice(build('tools/tls/xs', '-d', FIXED), (how) => {
  console.log(how)
  process.exit(1)
})
failures += await runTable('XS', device, cases)
if (!only) {
  await check('XS   impostors', checkImpostors(device))
  await check('XS   sessions', checkSessions(device))
  await check('Node sessions', checkSessions(node))
  await check('XS   randomness', checkRandomness(device))
  await check('XS   hostile signatures', checkHostileSignatures(device))
  await check('XS   agreements', checkAgreements(device))
  await check('XS   signatures', checkSignatures(device))
  await check('both fuzz', fuzzBoth(device))
}
device.stop()
console.log(
  failures
    ? `${failures} failed`
    : `all ${cases.length} cases as they must be, on Node, by OpenSSL and on XS`,
)
process.exit(failures ? 1 : 0)
