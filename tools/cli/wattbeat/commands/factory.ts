/** `wattbeat factory make, write`: serial numbers and secrets of a batch, what the flash of each gets, and their labels. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Label } from '../../../../firmware/provisioning/frames'
import { isSerial, LABEL_SECRET_BYTES } from '../../../../firmware/settings/factory'
import { identityImage } from '../../../esp32/identity'
import { readPartitions } from '../../../esp32/partitions'
import { encodeSecret, labelText } from '../../../factory/label'
import { codeOf, Failure } from '../failure'
import type { Session } from '../session'
import { labelSvg, labelsPdf } from '../sheet'
import type { Surroundings } from '../surroundings'
import { writeSecretFile } from './label'
import type { Outcome } from './outcome'

export const MAX_BATCH = 10_000
const PARTITIONS = new URL('../../../../firmware/xs/esp32/partitions.csv', import.meta.url)
const BAUD = 115_200

export interface BatchOptions {
  prefix: string
  from: number
  count: number
  folder: string
}

export async function make(options: BatchOptions): Promise<Outcome | Failure> {
  const { prefix, from, count, folder } = options
  const digits = Math.max(4, String(from + count - 1).length)
  const serials = Array.from(
    { length: count },
    (_, i) => prefix + String(from + i).padStart(digits, '0'),
  )
  if (!serials.every(isSerial))
    return new Failure('usage', 'a serial number has 1 to 15 letters and digits', {
      fix: 'Use a shorter --prefix, of letters and digits alone.',
    })
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    return new Failure('file', `the folder of --out cannot be made: ${codeOf(error)}`)
  }
  const labels: Label[] = serials.map((serial) => ({
    serial,
    labelSecret: randomBytes(LABEL_SECRET_BYTES),
  }))
  const rows = labels.map((label) =>
    [label.serial, encodeSecret(label.labelSecret), labelText(label)].join(','),
  )
  const files: Record<string, string | Uint8Array> = {
    // First: with the batch's list there, nothing of it is made twice.
    'batch.csv': `serial,secret,label\n${rows.join('\n')}\n`,
    'labels.pdf': await labelsPdf(labels),
  }
  for (const label of labels) {
    files[`${label.serial}.bin`] = identityImage(label.serial, label.labelSecret)
    files[`${label.serial}.svg`] = labelSvg(label)
  }
  for (const [name, content] of Object.entries(files)) {
    const failure = writeSecretFile(join(folder, name), content)
    if (failure)
      return failure.with({ fix: 'Each batch needs a folder of its own: name another by --out.' })
  }
  return {
    json: { serials, files: Object.keys(files) },
    lines: [
      `made ${count}: ${serials[0]}${count > 1 ? ` to ${serials[count - 1]}` : ''}`,
      'batch.csv, labels.pdf, and an identity image and a label for each are in the folder of --out.',
      'All of them hold secrets: only you can read them. Keep batch.csv safe, or delete it once the labels are printed.',
    ],
  }
}

export interface WriteOptions {
  folder: string
  chip: string
  dryRun?: boolean
}

/** Espressif's esptool writes it: flashing over a serial line is its work. */
export async function write(
  session: Session,
  serial: string,
  { folder, chip, dryRun = false }: WriteOptions,
): Promise<Outcome | Failure> {
  if (!isSerial(serial)) return new Failure('usage', 'expected a serial number of the batch')
  const image = join(folder, `${serial}.bin`)
  if (!existsSync(image))
    return new Failure('file', `there is no ${serial}.bin in the folder of --dir`)
  const table = readPartitions(readFileSync(fileURLToPath(PARTITIONS), 'utf8'))
  const offset = table.find(({ name }) => name === 'fctry')!.offset
  const port = await session.port()
  if (port instanceof Failure) return port
  const tool = esptool(session.surroundings.env)
  const [program = 'esptool', ...before] = tool ?? []
  const words = ['--chip', chip, '--port', port, '--baud', String(BAUD)]
  const rest = ['write_flash', `0x${offset.toString(16)}`, image]
  const command = [program, ...before, ...words, ...rest]
  const line = command.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`)).join(' ')
  if (!tool)
    return new Failure('refused', 'nothing was written: there is no esptool on this computer', {
      fix: `Install it (pipx install esptool), or run where it is: ${line}`,
    })
  if (dryRun) return { json: { command }, lines: [line] }
  session.output.note(line)
  const code = await run(command, session.surroundings)
  if (code !== 0)
    return new Failure('refused', `esptool ended with ${code}`, {
      stored: 'What is in the partition fctry is not known. Write it again.',
    })
  return {
    json: { serial, command },
    lines: [`wrote ${serial}: compare with the label, and try it`],
  }
}

/** Its command, as far as this computer has one. */
function esptool(env: Readonly<Record<string, string | undefined>>): string[] | undefined {
  const candidates = [['esptool'], ['esptool.py'], ['python3', '-m', 'esptool']]
  return candidates.find(
    ([program, ...words]) =>
      spawnSync(program, [...words, 'version'], { env: { ...env }, stdio: 'ignore' }).status === 0,
  )
}

/** What it says goes to standard error. */
function run(
  [program, ...words]: readonly string[],
  { env, signal }: Pick<Surroundings, 'env' | 'signal'>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env: { ...env }, stdio: ['ignore', 2, 2], signal })
    child.on('error', () => resolve(-1))
    child.on('close', (code) => resolve(code ?? -1))
  })
}
