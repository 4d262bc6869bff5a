/**
 * Why not the SDK's own TLS (SDK 8.2.3, examples/io/tcp/tlssocket): three impostors without the broker's key, which it
 * takes for the broker and ours refuses.
 */
import { spawn } from 'node:child_process'
import type { Faults } from './arithmetic'
import { attempt } from './attempt'
import { authority, issue, KeyUsageFlags, leaf } from './authority'
import { type Built, build } from './build'
import { HOST } from './cases/case'
import type { Platform } from './drive'
import type { Script } from './script'
import { scripted } from './serve'

const MAX_MS = 20_000

export async function checkImpostors(ours: Platform): Promise<Faults> {
  const root = await authority('Root')
  const broker = await leaf(root, { hosts: [HOST] })
  const usages = KeyUsageFlags.digitalSignature
  const self = await issue({ name: 'Self', hosts: [HOST], usages })
  const below = await leaf(broker, { name: 'below', hosts: [HOST] })
  const unsigned: Partial<Script> = { scheme: 0, sign: () => new Uint8Array(70) }
  // It wants the root in the list, and takes no answer about an extended master secret.
  const impostors = [
    { name: 'self-signed put before the real chain', chain: [self, broker, root], script: {} },
    { name: 'leaf used as an issuer', chain: [below, broker, root], script: {} },
    { name: 'anonymous key exchange', chain: [broker, root], script: unsigned },
  ]
  const stock = build('tools/tls/bench-xs', '-i')
  const faults: Faults = []
  for (const { name, chain, script } of impostors) {
    const server = await scripted(chain, { isOld: true, ...script })
    const taken = await connectByStock(stock, root.der, server.port)
    const outcome = await attempt(ours, { host: HOST, anchors: [root.der] }, server.port)
    server.stop()
    const words = outcome.kind === 'closed' ? outcome.why : outcome.kind
    console.log(`       ${name}: the SDK's own: ${taken}; ours: ${words}`)
    if (outcome.kind !== 'closed' || outcome.opened) faults.push(`ours takes ${name}`)
    if (taken !== 'CONNACK') faults.push(`the SDK's own does not take ${name} any more: ${taken}`)
  }
  return faults
}

/** CONNACK, or how it failed. */
function connectByStock(built: Built, anchor: Uint8Array, port: number): Promise<string> {
  const env = {
    ...built.sdk.env,
    XSBUG_PORT: '1',
    BENCH_STACK: 'stock',
    BENCH_PORT: String(port),
    BENCH_HOST: HOST,
    BENCH_ANCHOR: Buffer.from(anchor).toString('hex'),
    BENCH_ROUNDS: '1',
  }
  const device = spawn(built.host, [built.library], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((resolve) => {
    let said = ''
    const end = (outcome: string) => {
      clearTimeout(late)
      device.kill()
      resolve(outcome)
    }
    const late = setTimeout(() => end('nothing'), MAX_MS)
    device.stdout.on('data', (bytes) => {
      said += bytes
      if (said.includes('bench failed')) end('refused')
      if (/bench ms .*\n/.test(said)) end('CONNACK')
    })
    device.on('exit', (code) => end(`the device ended with ${code}`))
  })
}
