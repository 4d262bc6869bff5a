/** npm run test:tls: the device's TLS, headless in the Linux runtime (needs MODDABLE), and Node's, against the same table. */
import type { LookupFunction } from 'node:net'
import type { SecureConnection } from '../../firmware/ports/bytestream'
import { NodeTlsConnection } from '../node/tls/connection'
import { build } from './build'
import { bad, type Case, good } from './cases'
import { startDevice } from './remote'

/** Far above what a refusal takes, below what a person waits. */
const MOST_MS = 10_000
const OPEN_MS = 3000

const CONNECT = new Uint8Array([0x10, 14, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 2, 119, 98])

type Outcome =
  | { kind: 'connack' }
  | { kind: 'closed'; why: string; opened: boolean }
  | { kind: 'hangs' }

function attempt(
  platform: SecureConnection,
  { host = '', anchors }: Case,
  port: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let opened = false
    let got = ''
    const hang = setTimeout(() => resolve({ kind: 'hangs' }), MOST_MS)
    const end = (outcome: Outcome) => {
      clearTimeout(hang)
      resolve(outcome)
    }
    const stream = platform.connect(
      { host, port, anchors },
      {
        onOpen() {
          opened = true
          stream.write(CONNECT)
        },
        onBytes(bytes) {
          got += Buffer.from(bytes).toString('hex')
          if (got.length < 8) return
          stream.close()
          end(
            got.startsWith('20020000')
              ? { kind: 'connack' }
              : { kind: 'closed', why: `bytes ${got}`, opened },
          )
        },
        onClosed: (why) => end({ kind: 'closed', why, opened }),
      },
    )
  })
}

/** What is wrong with the outcome; undefined where nothing is. */
function judge(
  one: Case,
  outcome: Outcome,
  isNode: boolean,
  received: Uint8Array[],
): string | undefined {
  const expected = (isNode && one.refusedByNode) || one.refused
  if (outcome.kind === 'hangs') return `nothing within ${MOST_MS} ms`
  if (!expected) return outcome.kind === 'connack' ? undefined : `refused: ${outcome.why}`
  if (outcome.kind === 'connack') return 'connected'
  if (!one.isLate && (outcome.opened || received.length > 0)) return `opened before: ${outcome.why}`
  return expected.test(outcome.why) ? undefined : `in other words: ${outcome.why}`
}

async function runTable(name: string, platform: SecureConnection, cases: Case[]): Promise<number> {
  let failures = 0
  for (const one of cases) {
    const isNode = name === 'Node'
    if (isNode && one.notOnNode) continue
    const served = await one.serve(isNode)
    const startedAt = performance.now()
    const outcome = await attempt(platform, one, served.port)
    const tookMs = Math.round(performance.now() - startedAt)
    const fault = judge(one, outcome, isNode, served.received)
    served.stop()
    if (fault) failures++
    const words = fault ?? (outcome.kind === 'closed' ? outcome.why : 'CONNACK')
    console.log(
      `${fault ? 'FAILED' : 'ok    '} ${name} ${String(tookMs).padStart(5)} ms  ${one.name}: ${words}`,
    )
  }
  return failures
}

const toLoopback: LookupFunction = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

const only = process.argv[2]
const cases = [...(await good()), ...(await bad())].filter(
  ({ name }) => !only || name.includes(only),
)
let failures = await runTable(
  'Node',
  new NodeTlsConnection({ lookup: toLoopback, openMs: OPEN_MS }),
  cases,
)
const device = await startDevice(build('tools/tls/xs'), (how) => {
  console.log(how)
  process.exit(1)
})
failures += await runTable('XS  ', device, cases)
device.stop()
console.log(
  failures ? `${failures} failed` : `all ${cases.length} cases as they must be, on Node and on XS`,
)
process.exit(failures ? 1 : 0)
