/** npm run bench -- tls: what a connection costs on the device's engine, by ours and by the SDK's own stack. Needs MODDABLE. */
import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { authority, type Issued, leaf } from './authority'
import { type Built, build } from './build'
import { mosquitto } from './serve'

const HOST = 'broker.example.org'
const ROUNDS = 10

type Stack = 'idle' | 'ours' | 'resumed' | 'stock'

interface Cost {
  medianMs: number
  inBytes: number
  outBytes: number
}

async function measure(
  built: Built,
  stack: Stack,
  chain: Issued[],
  anchor: Issued,
  rounds = ROUNDS,
): Promise<Cost> {
  const broker = await mosquitto(chain)
  const carried = { inBytes: 0, outBytes: 0, connections: 0 }
  const proxy = createServer((device) => {
    const server = connect(broker.port, '127.0.0.1')
    carried.connections++
    device.on('data', (bytes) => (carried.outBytes += bytes.length))
    server.on('data', (bytes) => (carried.inBytes += bytes.length))
    device.pipe(server).pipe(device)
    for (const socket of [device, server]) socket.on('error', () => undefined)
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  const env = {
    ...built.sdk.env,
    XSBUG_PORT: '1',
    BENCH_STACK: stack,
    BENCH_PORT: String((proxy.address() as { port: number }).port),
    BENCH_HOST: HOST,
    BENCH_ANCHOR: Buffer.from(anchor.der).toString('hex'),
    BENCH_ROUNDS: String(rounds),
  }
  const device = spawn(built.host, [built.library], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  // A heap that is too small fails here, and must leave nothing running.
  try {
    await new Promise<void>((done, failed) => {
      const late = setTimeout(() => failed(new Error(`no result: ${said}`)), 120_000)
      device.stdout.on('data', (bytes) => {
        said += bytes
        if (said.includes('bench failed')) failed(new Error(said))
        if (!/bench ms .*\n/.test(said)) return
        clearTimeout(late)
        done()
      })
      device.on('exit', (code) => failed(new Error(`ended with ${code}: ${said}`)))
    })
  } finally {
    device.kill()
    proxy.close()
    broker.stop()
  }
  const times = (/bench ms (.*)\n/.exec(said)?.[1] ?? '').split(' ').map(Number)
  return {
    medianMs: Math.round(times.sort((a, b) => a - b)[times.length >> 1]),
    inBytes: Math.round(carried.inBytes / carried.connections),
    outBytes: Math.round(carried.outBytes / carried.connections),
  }
}

/** A heap that does not grow: what does not fit ends the device. */
function buildWith(slots: number, chunkBytes: number): Built {
  return build('tools/tls/bench-xs', '-i', {
    chunk: { initial: chunkBytes, incremental: 0 },
    heap: { initial: slots, incremental: 0 },
  })
}

async function smallest(
  enough: number,
  step: number,
  passes: (size: number) => Promise<boolean>,
): Promise<number> {
  let low = 0
  let high = enough
  while (high - low > step) {
    const middle = (low + high) >> 1
    if (await passes(middle)) high = middle
    else low = middle
  }
  return high
}

const built = build('tools/tls/bench-xs', '-i')
const rsaRoot = await authority('RSA Root', { key: 'rsa2048' })
const rsa = await leaf(rsaRoot, { key: 'rsa2048', hosts: [HOST] })
const ecRoot = await authority('EC Root')
const ec = await leaf(ecRoot, { hosts: [HOST] })
console.log('from nothing to CONNACK by mosquitto, which sends leaf and root')
// The SDK's own needs the root in the list; both get the same.
for (const [name, chain] of [
  ['RSA-2048', [rsa, rsaRoot]],
  ['P-256', [ec, ecRoot]],
] as const) {
  for (const stack of ['ours', 'resumed', 'stock'] as const) {
    const { medianMs, inBytes, outBytes } = await measure(built, stack, [...chain], chain[1])
    console.log(
      `${name.padEnd(8)} ${stack.padEnd(7)} median ${medianMs} ms; ${inBytes} bytes in, ${outBytes} out`,
    )
  }
}
console.log('the smallest fixed heap of an app that does nothing, and that connects (RSA-2048):')
for (const stack of ['idle', 'ours', 'stock'] as const) {
  const connects = (slots: number, chunkBytes: number) =>
    measure(buildWith(slots, chunkBytes), stack, [rsa, rsaRoot], rsaRoot, 1).then(
      () => true,
      () => false,
    )
  const slots = await smallest(8192, 8, (slots) => connects(slots, 65_536))
  const chunkBytes = await smallest(65_536, 512, (bytes) => connects(8192, bytes))
  console.log(`${stack.padEnd(7)} ${slots} slots, ${chunkBytes} chunk bytes`)
}
process.exit(0)
