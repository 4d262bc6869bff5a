/**
 * `npm run bench [-- --check | --update] [SCENARIO…]`: what the firmware costs on XS, and whether it has grown.
 * `npm run bench -- clock | gates | modbus | mqtt | tls`: a bench of another kind, which says at its head what it measures.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { bundle } from '../xs/bundle'
import { type Budgets, compare } from './budgets'
import { goalsOf } from './goals'
import { Bench } from './measure'

const SCRIPT = resolve('build/xs/bench/inside.js')
const BUDGETS = 'tools/bench/budgets.json'

const COLUMNS = ['computations', 'slots', 'chunks'] as const

const OTHERS: Record<string, () => Promise<unknown>> = {
  clock: () => import('./clock/bench'),
  gates: () => import('./gates/bench'),
  modbus: () => import('./modbus/bench'),
  mqtt: () => import('./mqtt/bench'),
  tls: () => import('../tls/bench'),
}

interface Asked {
  names: string[]
  check: boolean
  update: boolean
}

async function main(words: string[]): Promise<number> {
  const names = words.filter((word) => !word.startsWith('--'))
  const flags = words.filter((word) => word.startsWith('--'))
  const strange = flags.find((flag) => flag !== '--check' && flag !== '--update')
  if (strange) {
    console.error(`${strange}: no such option; there are --check and --update`)
    return 2
  }
  await bundle({
    entryPoints: ['tools/bench/inside.ts'],
    outfile: SCRIPT,
    platform: 'browser',
    inject: ['tools/bench/buffer.ts'],
    alias: { bl: 'bl/BufferList.js', debug: './tools/bench/nothing.cjs' },
  })
  const bench = await Bench.start(SCRIPT)
  try {
    return await run(bench, {
      names,
      check: flags.includes('--check'),
      update: flags.includes('--update'),
    })
  } finally {
    await bench.stop()
  }
}

async function run(bench: Bench, { names, check, update }: Asked): Promise<number> {
  const all = await bench.list()
  const unknown = names.find((name) => !all.some((scenario) => scenario.name === name))
  if (unknown !== undefined) {
    console.error(`${unknown}: no such scenario; there are`)
    for (const name of [...all.map((scenario) => scenario.name), ...Object.keys(OTHERS)])
      console.error(`  ${name}`)
    return 2
  }
  const counts: Budgets = {}
  printRow('per action, on XS', ['computations', 'slots', 'chunk bytes'])
  for (const { name, times } of all) {
    if (names.length && !names.includes(name)) continue
    counts[name] = await bench.count(name, times)
    printRow(
      name,
      COLUMNS.map((column) => String(Math.round(counts[name][column]))),
    )
  }
  const goals = goalsOf(counts)
  for (const { text } of goals) console.log(text)
  if (update) {
    const kept = names.length ? readBudgets() : {}
    writeFileSync(BUDGETS, `${JSON.stringify({ ...kept, ...counts }, null, 2)}\n`)
  }
  if (!check) return 0
  const missed = goals.filter(({ met }) => !met).map(({ text }) => text)
  return report([...missed, ...compare(readBudgets(), counts, names.length > 0)])
}

function readBudgets(): Budgets {
  return JSON.parse(readFileSync(BUDGETS, 'utf8'))
}

function report(complaints: string[]): number {
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length === 0) return 0
  console.error(`If this is wanted: npm run bench -- --update, and say why in the commit.`)
  return 1
}

function printRow(name: string, cells: string[]): void {
  console.log(name.padEnd(52) + cells.map((cell) => cell.padStart(14)).join(''))
}

const other = OTHERS[process.argv[2]]
if (other) {
  // The other bench reads the words behind its name.
  process.argv.splice(2, 1)
  await other()
} else
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code
    },
    (error: Error) => {
      console.error(error.message)
      process.exitCode = 1
    },
  )
