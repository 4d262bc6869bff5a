/** What a peer wrote, for a terminal: control characters (ECMA-48), which would steer it, become question marks. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
