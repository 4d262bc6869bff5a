/** What can go wrong for an installer, as values: a kind, which is the exit code, words, and what to do. docs/tool.md */
import { explain, type WrongField } from '../../../firmware/settings/parse'

export const EXIT = Object.freeze({
  done: 0,
  /** A defect of this tool. */
  bug: 1,
  usage: 2,
  label: 3,
  port: 4,
  silent: 5,
  secret: 6,
  cable: 7,
  settings: 8,
  refused: 9,
  unproved: 10,
  late: 11,
  file: 12,
  interrupted: 130,
})
export type FailureKind = Exclude<keyof typeof EXIT, 'done'>

/** For docs/tool.md. */
export const ABOUT_EXIT: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done; of `watch` and `log --follow` also after Ctrl-C',
  bug: 'a defect of this tool',
  usage: 'wrong arguments, or something would have to be asked and there is no terminal',
  label: 'the label cannot be read',
  port: 'no serial port, several, or one that cannot be opened',
  silent: 'nobody answers on the port as a dongle does',
  secret: "the secret is not this dongle's, or the next try is not yet possible",
  cable: 'the connection was lost on the way',
  settings: 'the settings are wrong: each wrong field is named',
  refused: 'the dongle said no: it is busy, or this version cannot do it',
  unproved: 'stored, but the test afterwards found something that does not work',
  late: 'the dongle took longer than it may',
  file: 'a file cannot be read or written',
  interrupted: 'Ctrl-C',
}

export interface FailureDetails {
  /** What to do about it. */
  fix?: string | undefined
  wrong?: readonly WrongField[] | undefined
  /** How many wrong fields there are besides. */
  more?: number | undefined
  /** Of the dialogue (docs/provisioning.md). */
  code?: number
  /** Seconds until the next try is possible. */
  retryS?: number
  /** What is stored in the dongle now, and what not. */
  stored?: string
}

/** Its words show nothing that was typed, read from a file or stored. */
export class Failure {
  readonly kind: FailureKind
  readonly message: string
  readonly details: FailureDetails

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    this.kind = kind
    this.message = message
    this.details = details
  }

  get exitCode(): number {
    return EXIT[this.kind]
  }

  with(details: FailureDetails): Failure {
    return new Failure(this.kind, this.message, { ...this.details, ...details })
  }

  lines(): string[] {
    const { fix, wrong = [], more, retryS, stored } = this.details
    return [
      `wattbeat: ${this.message}`,
      ...wrong.map((field) => `  ${explain(field)}`),
      ...(more ? [`  and ${more} more`] : []),
      ...(retryS === undefined ? [] : [`  The next try is possible in ${retryS} s.`]),
      ...(stored === undefined ? [] : [`  ${stored}`]),
      ...(fix === undefined ? [] : [`  ${fix}`]),
    ]
  }

  json(): object {
    const { kind, message, exitCode, details } = this
    return { kind, exitCode, message, ...details }
  }
}

/** Of a system call, without its words: these repeat paths, and a secret may have been pasted there. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && /^[A-Z]{3,20}$/.test(code)) return code
  const words =
    /no such file|permission denied|access denied|cannot lock|busy|not found|file not found/i
  const told = error instanceof Error ? words.exec(error.message) : null
  return told ? told[0].toLowerCase() : 'unknown reason'
}
