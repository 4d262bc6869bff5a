/** ESP-IDF's options in fragments (firmware/xs/esp32/sdkconfig): text -> values, and what is wrong with them. Pure. */

/** By name, "n" for one that is off. */
export type Options = Map<string, string>

export function readOptions(text: string): Options {
  const options: Options = new Map()
  for (const line of text.split('\n')) {
    const off = /^# (CONFIG_\w+) is not set/.exec(line)
    const on = /^(CONFIG_\w+)=(.*)/.exec(line)
    if (off) options.set(off[1], 'n')
    // mcconfig makes "=n" an empty value of an option that the SDK sets.
    else if (on) options.set(on[1], on[2] || 'n')
  }
  return options
}

/** Each option that does not stand below a comment, or is set twice. */
export function wrongFragment(text: string): string[] {
  const wrong: string[] = []
  const seen = new Set<string>()
  let explained = false
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) explained = true
    else if (line === '') explained = false
    else {
      const [name] = line.split('=')
      if (!/^CONFIG_\w+=.+$/.test(line)) wrong.push(`${line}: expected CONFIG_NAME=VALUE`)
      if (!explained) wrong.push(`${name}: has no reason beside it`)
      if (seen.has(name)) wrong.push(`${name}: is set twice`)
      seen.add(name)
    }
  }
  return wrong
}

/** Each option of `fragments` that is another in `merged`, which mcconfig made of the SDK's and of these. */
export function lostOptions(merged: string, fragments: readonly string[]): string[] {
  const found = readOptions(merged)
  const wanted: Options = new Map(fragments.flatMap((text) => [...readOptions(text)]))
  const lost: string[] = []
  for (const [name, value] of wanted)
    if (found.get(name) !== value)
      lost.push(`${name}: expected ${value}, found ${found.get(name) ?? 'nothing'}`)
  return lost
}

/** Each option that none of ESP-IDF's Kconfig files has: `config NAME` lines of them all. */
export function unknownOptions(fragment: string, kconfig: string): string[] {
  const known = new Set(
    [...kconfig.matchAll(/^\s*(?:menu)?config (\w+)/gm)].map(([, name]) => name),
  )
  return [...readOptions(fragment).keys()].filter(
    (name) => !known.has(name.slice('CONFIG_'.length)),
  )
}
