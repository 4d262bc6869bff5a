/** True for an IPv4 address in dotted form, as the sockets take it; range errors are the sockets' to refuse. */
export function isAddress(host: string): boolean {
  let dots = 0
  for (let i = 0; i < host.length; i++) {
    const unit = host.charCodeAt(i)
    if (unit === 0x2e) dots++
    else if (unit < 0x30 || unit > 0x39) return false
  }
  return dots === 3
}
