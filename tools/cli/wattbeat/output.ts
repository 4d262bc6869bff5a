/** What the tool says: lines for people, or JSON, one value a line. Standard output has the results, standard error the way there. */
import type { Failure } from './failure'
import type { Surroundings } from './surroundings'

/** A label, or what may be the secret of one, if it should get here whatever was mistaken for what. */
const LABELS =
  /WB1:(?!serial:secret)[^\s"]*|(?<![0-9A-Z-])[0-7OIL][0-9A-TV-Z]{4}(?:-?[0-9A-TV-Z]{5}){4}-?[0-9A-TV-Z](?![0-9A-Z-])/gi
const MASKED = '(hidden)'

export class Output {
  readonly #surroundings: Surroundings
  readonly isJson: boolean

  constructor(surroundings: Surroundings, isJson: boolean) {
    this.#surroundings = surroundings
    this.isJson = isJson
  }

  get canRedraw(): boolean {
    return this.#surroundings.isTerminal && !this.isJson
  }

  /** What was asked for. */
  result(json: object, lines: readonly string[]): void {
    this.#surroundings.endBar()
    this.#put(this.isJson ? [JSON.stringify({ ok: true, ...json })] : lines)
  }

  /** One of many that come by and by. */
  event(json: unknown, lines: readonly string[]): void {
    this.#put(this.isJson ? [JSON.stringify(json)] : lines)
  }

  /** Over what was drawn before. */
  redraw(lines: readonly string[]): void {
    const { rows, columns } = this.#surroundings
    const fitting = lines.slice(0, rows - 1).map((line) => line.slice(0, columns))
    this.#surroundings.out(mask(`\x1b[H\x1b[2J${fitting.join('\n')}\n`))
  }

  /** How far it is. */
  note(line: string): void {
    if (!this.isJson) this.#surroundings.err(mask(`${line}\n`))
  }

  bar(share: number): void {
    if (!this.isJson) this.#surroundings.bar(share)
  }

  failure(failure: Failure): void {
    this.#surroundings.endBar()
    if (this.isJson) this.#put([JSON.stringify({ ok: false, error: failure.json() })])
    else this.#surroundings.err(mask(`${failure.lines().join('\n')}\n`))
  }

  #put(lines: readonly string[]): void {
    if (lines.length > 0) this.#surroundings.out(mask(`${lines.join('\n')}\n`))
  }
}

export function mask(text: string): string {
  return text.replace(LABELS, MASKED)
}
