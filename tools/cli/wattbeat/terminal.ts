/** The surroundings of a real run. */
import { Presets, SingleBar } from 'cli-progress'
import { Failure } from './failure'
import { listPorts, openPort, type Prompts, type Surroundings } from './surroundings'

const WHOLE = 100

export function terminal(signal: AbortSignal): Surroundings {
  const { stdin, stdout, stderr } = process
  let bar: SingleBar | undefined
  const options = { format: '{bar} {percentage} %', stream: stderr, clearOnComplete: true }
  return {
    env: process.env,
    isTerminal: stdout.isTTY === true,
    get rows() {
      return stdout.rows ?? 24
    },
    get columns() {
      return stdout.columns ?? 80
    },
    prompts: stdin.isTTY && stderr.isTTY ? prompts(signal) : undefined,
    signal,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    bar(share) {
      if (!stderr.isTTY) return
      if (!bar) {
        bar = new SingleBar(options, Presets.shades_classic)
        bar.start(WHOLE, 0)
      }
      bar.update(Math.round(WHOLE * share))
    },
    endBar() {
      bar?.stop()
      bar = undefined
    },
    listPorts,
    openPort,
  }
}

/** On standard error, for standard output may go into a file. Loaded when somebody is asked: it takes its time. */
function prompts(signal: AbortSignal): Prompts {
  const context = { output: process.stderr, signal }
  const load = () => import('@inquirer/prompts')
  return {
    async secret(message, check) {
      const { password } = await load()
      const validate = (text: string) => check(text) ?? true
      return asked(password({ message, mask: true, validate }, context))
    },
    async choose(message, choices) {
      const { select } = await load()
      return asked(select({ message, choices: [...choices] }, context))
    },
    async confirm(message) {
      const { confirm } = await load()
      return asked(confirm({ message, default: false }, context))
    },
  }
}

/** It rejects if it is interrupted. */
async function asked<T>(answer: Promise<T>): Promise<T | Failure> {
  try {
    return await answer
  } catch {
    return new Failure('interrupted', 'interrupted')
  }
}
