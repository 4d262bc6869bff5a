/**
 * `npm run test:xs [-- part of a path…]`: the pure suites of hosttest/, the same files as jest's, on the XS engine.
 * A run of all of them also holds the names of the tests against those that jest finds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { bundle, mapStack } from './bundle'
import type { TestCommand, TestReply } from './jest'
import { differences, type Names } from './names'
import { enginePath, Worker, WorkerDied } from './worker'

const OUT = resolve('build/xs/test')
/** One per core of the smallest machine in use. */
const LANES = 2
/** Of one test, so that an endless loop ends; the heaviest suites need a tenth of it. */
const MAX_COMPUTATIONS = 2_000_000_000

interface Result {
  name: string
  failure?: string
}

interface Suite {
  path: string
  results: Result[]
  printed: string
  ms: number
}

function findSuites(parts: string[]): string[] {
  const all = readdirSync('hosttest', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('.node.test.ts'))
    .filter((path) => !path.startsWith('e2e'))
    .sort()
  const has = (part: string) => (path: string) => `hosttest/${path}`.includes(part)
  const strange = parts.find((part) => !all.some(has(part)))
  if (strange !== undefined) throw new Error(`${strange}: in the path of no suite that runs on XS`)
  return parts.length === 0 ? all : all.filter((path) => parts.some((part) => has(part)(path)))
}

/** Jest loads every suite and, since no test has such a name, runs none. */
async function namesInJest(): Promise<Names> {
  const file = resolve('build/xs/jest.json')
  rmSync(file, { force: true })
  const options = [
    ...['--testNamePattern', '(?!)', '--testPathPatterns', '(?<!\\.node)\\.test\\.ts$'],
    ...['--json', '--outputFile', file, '--silent', '--maxWorkers', '1'],
  ]
  const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...options], {
    stdio: 'ignore',
  })
  await once(jest, 'close')
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as JestReport
  return new Map(
    testResults.map(({ name, assertionResults }) => [
      relative('.', name),
      assertionResults.map(({ ancestorTitles, title }) => [...ancestorTitles, title].join(' › ')),
    ]),
  )
}

/** What of jest's --json is used here. */
interface JestReport {
  testResults: {
    name: string
    assertionResults: { ancestorTitles: string[]; title: string }[]
  }[]
}

/** A worker that dies takes one test with it; a fresh one goes on with the next. */
async function runSuite(path: string): Promise<Suite> {
  const began = performance.now()
  const suite: Suite = { path, results: [], printed: '', ms: 0 }
  for (let from = 0; from >= 0; ) from = await runFrom(from, suite)
  suite.ms = performance.now() - began
  return suite
}

/** Runs the tests from number `from` on one worker; answers with the number to go on from, -1 at the end. */
async function runFrom(from: number, suite: Suite): Promise<number> {
  const { results } = suite
  const script = resolve(OUT, suite.path.replace(/\.ts$/, '.js'))
  const worker = new Worker({ maxComputations: MAX_COMPUTATIONS })
  const ask = async (command: TestCommand): Promise<TestReply> =>
    JSON.parse(String((await worker.command(Buffer.from(JSON.stringify(command)))).bytes))
  let name = '(loading)'
  try {
    await worker.load(script)
    const { names } = (await ask({ kind: 'list' })) as { names: string[] }
    if (names.length === 0) throw new Error('there is no test in this suite')
    for (let test = from; test < names.length; test++) {
      name = names[test]
      const { failure } = (await ask({ kind: 'run', test })) as { failure?: string }
      results.push({ name, failure: failure && mapStack(failure, script) })
    }
    await worker.stop()
    return -1
  } catch (error) {
    const why = error instanceof WorkerDied ? `XS died: ${error.message}` : (error as Error).message
    results.push({ name, failure: mapStack(why, script) })
    await worker.kill()
    return name === '(loading)' ? -1 : results.length
  } finally {
    suite.printed += worker.takePrinted()
  }
}

function print({ path, results, printed, ms }: Suite): void {
  const failed = results.some(({ failure }) => failure !== undefined)
  console.log(`${failed ? 'FAIL' : 'PASS'} hosttest/${path} (${ms.toFixed(0)} ms)`)
  if (printed) console.log(printed.trimEnd().replace(/^/gm, '  | '))
  for (const { name, failure } of results) {
    console.log(`  ${failure === undefined ? '✓' : '✗'} ${name}`)
    if (failure !== undefined) console.log(failure.replace(/^/gm, '      '))
  }
}

async function main(parts: string[]): Promise<number> {
  enginePath()
  const paths = findSuites(parts)
  await bundle({
    entryPoints: paths.map((path) => `hosttest/${path}`),
    outdir: OUT,
    outbase: 'hosttest',
    alias: { '@jest/globals': resolve('tools/xs/jest.ts') },
  })
  const began = performance.now()
  const queue = [...paths]
  const suites: Suite[] = []
  const lane = async () => {
    for (let path = queue.shift(); path; path = queue.shift()) {
      const suite = await runSuite(path)
      print(suite)
      suites.push(suite)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const differing = parts.length === 0 ? await compareWithJest(suites) : []

  const results = suites.flatMap((suite) => suite.results)
  const failed = results.filter(({ failure }) => failure !== undefined).length
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `\nXS: ${suites.length} suites, ${results.length} tests, ${failed} failed, ${seconds} s`,
  )
  if (results.length === 0) console.log('No test ran: that is a failure.')
  for (const line of differing) console.log(line)
  return failed > 0 || differing.length > 0 || results.length === 0 ? 1 : 0
}

async function compareWithJest(suites: Suite[]): Promise<string[]> {
  const names = ({ path, results }: Suite) =>
    [`hosttest/${path}`, results.map(({ name }) => name)] as const
  return differences(await namesInJest(), new Map(suites.map(names)))
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  },
)
