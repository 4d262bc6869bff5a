/** What stands in a wrong field, in words that show no secret, whichever field it was put into by mistake. */

/** Of a number; what has more digits may be a password. */
const MAX_SHOWN_CHARACTERS = 6

/** Of values, only short numbers, true and false are shown: anything else is its kind and size. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') {
    return holdsPrivateKey(value)
      ? 'a text with a private key in it'
      : `a text of ${value.length} characters`
  }
  const shown = String(value)
  return shown.length > MAX_SHOWN_CHARACTERS ? `a ${typeof value}` : shown
}

/** Of any kind: all labels of private keys have these words (RFC 7468, 10 and 11). */
export function holdsPrivateKey(text: string): boolean {
  return text.includes('PRIVATE KEY')
}

/** Whether `name` is `known` but for two letters in a row: then it shows nothing that is not public already. */
export function isMisspelt(name: string, known: string): boolean {
  const a = name.toLowerCase()
  const b = known.toLowerCase()
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return Math.max(a.length, b.length) - start - end <= 2
}
