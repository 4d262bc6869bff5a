/**
 * Where a text stops being JSON (RFC 8259), for whoever wrote it by hand. JSON.parse says the place only sometimes, and
 * quotes the text around it, in which there may be a secret.
 */
export interface JsonFault {
  /** Counted from 1, as editors do. */
  line: number
  column: number
  expected: string
}

/** Of lists and objects within each other. Settings have three; without a limit a text could overflow the stack. */
const MAX_DEPTH = 64

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const WORD = /true|false|null/y
/** A text as far as it is one: without its closing quotation mark. */
const TEXT = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y

/** Undefined if the text is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const reader = new Reader(text)
  const expected = reader.value() ?? reader.end()
  if (expected === undefined) return undefined
  const before = text.slice(0, reader.at).split(/\r\n|\n|\r/)
  return { line: before.length, column: (before.at(-1) ?? '').length + 1, expected }
}

/** Each method moves `at` behind what it reads, or to what it cannot read, and then says what it expected there. */
class Reader {
  at = 0
  #depth = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  value(): string | undefined {
    this.#skip(SPACE)
    switch (this.#text[this.at]) {
      case '{':
        return this.#list('}', () => this.#member())
      case '[':
        return this.#list(']', () => this.value())
      case '"':
        return this.#string()
    }
    return this.#skip(WORD) || this.#skip(NUMBER)
      ? undefined
      : 'a value: a text in "", a number, true, false, null, {} or []'
  }

  end(): string | undefined {
    this.#skip(SPACE)
    return this.at === this.#text.length ? undefined : 'nothing more'
  }

  #list(close: string, item: () => string | undefined): string | undefined {
    if (this.#depth === MAX_DEPTH)
      return `no more than ${MAX_DEPTH} lists and objects within each other`
    this.at++
    this.#depth++
    const expected = this.#items(close, item)
    this.#depth--
    return expected
  }

  #items(close: string, item: () => string | undefined): string | undefined {
    if (this.#takes(close)) return undefined
    for (;;) {
      const expected = item()
      if (expected !== undefined) return expected
      if (this.#takes(close)) return undefined
      if (!this.#takes(',')) return `a comma or ${close}`
      this.#skip(SPACE)
      if (this.#text[this.at] === close) return `no comma before ${close}`
    }
  }

  #member(): string | undefined {
    this.#skip(SPACE)
    if (this.#text[this.at] !== '"') return 'a name in ""'
    return this.#string() ?? (this.#takes(':') ? this.value() : 'a colon')
  }

  #string(): string | undefined {
    this.#skip(TEXT)
    const next = this.#text[this.at]
    if (next !== '"')
      return next === '\\' ? 'an escape; a backslash is \\\\' : 'a " to end the text'
    this.at++
    return undefined
  }

  #takes(character: string): boolean {
    this.#skip(SPACE)
    const isThere = this.#text[this.at] === character
    if (isThere) this.at++
    return isThere
  }

  /** Whether there was any of it. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    const length = pattern.exec(this.#text)?.[0].length ?? 0
    this.at += length
    return length > 0
  }
}
