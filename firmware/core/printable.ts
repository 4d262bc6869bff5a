/** What a peer wrote, for a terminal: control characters (ECMA-48), which would steer it, become question marks. */
export function printable(text: string): string {
  let safe = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    safe += code < 0x20 || (code >= 0x7f && code < 0xa0) ? '?' : text[i]
  }
  return safe
}
