/** The tests that ran on XS against those that jest finds: what only one side has would pass there in silence. Pure. */

/** By suite, such as hosttest/mqtt/packet.test.ts: the names of its tests, `describe › test`. */
export type Names = ReadonlyMap<string, readonly string[]>

/** A line for each suite or test that one side lacks. */
export function differences(jest: Names, xs: Names): string[] {
  const lines: string[] = []
  for (const suite of new Set([...jest.keys(), ...xs.keys()])) {
    const [there, here] = [jest.get(suite), xs.get(suite)]
    if (!there) lines.push(`${suite}: jest does not find it`)
    else if (!here) lines.push(`${suite}: did not run on XS`)
    else {
      lines.push(...without(there, here).map((name) => `${suite}: only in jest: ${name}`))
      lines.push(...without(here, there).map((name) => `${suite}: only on XS: ${name}`))
    }
  }
  return lines
}

/** What is left of `names` when each of `others` has taken one of its name away. */
function without(names: readonly string[], others: readonly string[]): string[] {
  const left = [...names]
  for (const other of others) {
    const at = left.indexOf(other)
    if (at >= 0) left.splice(at, 1)
  }
  return left
}
