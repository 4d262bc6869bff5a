/** A machine's table of states as a diagram that GitHub draws (https://mermaid.js.org/syntax/stateDiagram.html). */

/** By state, the first one being the start: the states that may follow, or what causes each of them to follow. */
export type StateTable = Readonly<
  Record<string, readonly string[] | Readonly<Record<string, string | undefined>>>
>

/**
 * `ends`, in their order: states that may follow every other state that any may follow. One line says so, and of the
 * arrows to them only those from one end to the next are drawn. Throws if the table says otherwise.
 */
export function stateDiagram(table: StateTable, ends: readonly string[] = []): string {
  const states = Object.keys(table)
  for (const end of ends) assertFollowsAll(end, table)
  const arrows = states.flatMap((from) =>
    following(table, from)
      .filter(([to]) => !ends.includes(to))
      .map(([to, cause]) => `${from} --> ${to}${cause && `: ${cause}`}`),
  )
  const between = ends.slice(1).map((end, i) => `${ends[i]} --> ${end}`)
  const lines = [`[*] --> ${states[0]}`, ...arrows, ...between].map((line) => `  ${line}\n`)
  const names = ends.map((end) => `\`${end}\``).join(' and ')
  const note = names && `\nNot drawn: from every state to ${names}.\n`
  return `\`\`\`mermaid\nstateDiagram-v2\n${lines.join('')}\`\`\`\n${note}`
}

function following(table: StateTable, from: string): [to: string, cause: string][] {
  const next = table[from]
  return Array.isArray(next)
    ? next.map((to: string) => [to, ''])
    : Object.entries(next).map(([to, cause]) => [to, cause ?? ''])
}

function assertFollowsAll(end: string, table: StateTable): void {
  for (const from of Object.keys(table)) {
    const next = following(table, from).map(([to]) => to)
    if (from !== end && next.length > 0 && !next.includes(end))
      throw new Error(`${end} does not follow ${from}`)
  }
}
