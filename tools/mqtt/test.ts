/**
 * npm run test:mqtt: firmware/mqtt as a library. Builds the cases of tools/mqtt/xs and the library's example for Linux,
 * and runs both headless against mosquitto. Needs MODDABLE and mosquitto.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { BUILD, findSdk, ROOT, run } from '../moddable/sdk'
import { mosquitto } from '../peers/brokers'
import { MAX_PEER_MS } from '../peers/peer'
import { compileHost } from '../tls/build'

const OUT = join(BUILD, 'mqtt')
const sdk = findSdk()

/** The program's library. */
function build(app: string, port: number): string {
  const project = join(OUT, basename(app))
  mkdirSync(project, { recursive: true })
  const manifest = { include: join(ROOT, app, 'manifest.json'), config: { port } }
  writeFileSync(join(project, 'manifest.json'), JSON.stringify(manifest))
  run('mcconfig', ['-d', '-m', '-p', 'lin', '-o', OUT, '-t', 'build'], sdk.env, project)
  return join(OUT, 'bin/lin/mc/debug', basename(app), 'mc.so')
}

/** Runs a program until `onLine` answers true; false if it ends before, or is too slow. */
async function follow(library: string, onLine: (line: string) => boolean): Promise<boolean> {
  const env = { ...sdk.env, XSBUG_PORT: '1' }
  const child: ChildProcess = spawn(host, [library], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  return await new Promise((resolve) => {
    const end = (isDone: boolean) => {
      clearTimeout(limit)
      child.kill()
      resolve(isDone)
    }
    const limit = setTimeout(() => end(false), 3 * MAX_PEER_MS)
    child.once('exit', () => end(false))
    createInterface({ input: child.stdout! }).on('line', (line) => onLine(line) && end(true))
  })
}

const broker = await mosquitto()
const { port } = broker
mkdirSync(OUT, { recursive: true })
const host = compileHost(sdk, OUT)
let failures = 0
let passed = 0

const ended = await follow(build('tools/mqtt/xs', port), (line) => {
  if (line.startsWith('FAILED')) failures++
  if (line.startsWith('ok ')) passed++
  if (!line.startsWith('instruments')) console.log(line)
  return line === 'end'
})
if (!ended) console.log('FAILED the program did not come to its end')

const heard = await follow(build('firmware/mqtt/moddable/example', port), (line) =>
  /^example\/temperature: \d\d\.\d text\/plain$/.test(line),
)
console.log(`${heard ? 'ok' : 'FAILED'} the example hears itself`)
await broker.stop()
console.log(`${passed} cases on XS, ${failures} failed`)
process.exit(failures || !ended || !heard || passed === 0 ? 1 : 0)
