/** On the device only what is rare is told, and only a debug build is heard. */
export function watch({ kind, ...rest }: { kind: string }): void {
  if (kind === 'state' || kind === 'log' || kind === 'missed' || kind === 'pressed')
    trace(`${kind} ${JSON.stringify(rest)}\n`)
}
