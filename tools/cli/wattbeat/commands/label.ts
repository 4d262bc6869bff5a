/** `wattbeat label`: the label of one dongle anew, into files that only their owner reads. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, Failure } from '../failure'
import type { Session } from '../session'
import { labelSvg, labelsPdf } from '../sheet'
import type { Outcome } from './outcome'

/** Not over one that is there: it may be the only copy of a secret. */
export function writeSecretFile(path: string, content: string | Uint8Array): Failure | undefined {
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      writeSync(file, typeof content === 'string' ? Buffer.from(content) : content)
    } finally {
      closeSync(file)
    }
    return undefined
  } catch (error) {
    const code = codeOf(error)
    const why = code === 'EEXIST' ? 'it is there already, and is not overwritten' : code
    return new Failure('file', `a file cannot be written: ${why}`)
  }
}

export async function label(session: Session, folder: string): Promise<Outcome | Failure> {
  const read = await session.label()
  if (read instanceof Failure) return read
  const name = `label-${read.serial}`
  const contents = { [`${name}.svg`]: labelSvg(read), [`${name}.pdf`]: await labelsPdf([read]) }
  for (const [file, content] of Object.entries(contents)) {
    const failure = writeSecretFile(join(folder, file), content)
    if (failure) return failure
  }
  const files = Object.keys(contents)
  return {
    json: { serial: read.serial, files },
    lines: [`wrote ${files.join(', ')}: the secret is in both`],
  }
}
