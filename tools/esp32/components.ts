/**
 * The image by component, as ESP-IDF's idf_size.py tells it: its CSV -> values -> a table for people. Pure.
 * https://github.com/espressif/esp-idf-size/blob/master/esp_idf_size/format_csv.py
 */

export interface Components {
  /** Kinds of memory, such as IRAM or Flash Code; they differ from chip to chip. */
  kinds: string[]
  /** The largest first. */
  sizes: { archive: string; bytes: number; byKind: number[] }[]
}

const FIRST_COLUMNS = ['Archive File', 'Total Size']
const MAX_SHOWN = 20

/** Of `idf_size.py --archives --format csv`. Undefined if that is something else. */
export function readComponents(csv: string): Components | undefined {
  const rows = csv.split('\n').map(readRow)
  const head = rows.findIndex((cells) => FIRST_COLUMNS.every((name, i) => cells[i] === name))
  if (head < 0) return undefined
  // A section (.text) has a column after its kind of memory, which has the sum.
  const columns = rows[head].flatMap((name, i) => (i < 2 || name.startsWith('.') ? [] : [i]))
  const sizes = rows
    .slice(head + 1)
    .filter((cells) => cells.length === rows[head].length)
    .map((cells) => ({
      archive: cells[0],
      bytes: Number(cells[1]),
      byKind: columns.map((i) => Number(cells[i])),
    }))
  const isWhole = sizes.every(({ bytes, byKind }) => [bytes, ...byKind].every(Number.isInteger))
  if (sizes.length === 0 || !isWhole) return undefined
  return {
    kinds: columns.map((i) => rows[head][i]),
    sizes: sizes.sort((a, b) => b.bytes - a.bytes),
  }
}

/** Right-aligned columns; what is small is one line. */
export function shownComponents({ kinds, sizes }: Components): string {
  const small = sizes.slice(MAX_SHOWN)
  const rest = small.length === 0 ? [] : [sum(`${small.length} others`, small)]
  const lines = [...sizes.slice(0, MAX_SHOWN), ...rest, sum('all', sizes)].map(
    ({ archive, bytes, byKind }) => [archive, bytes, ...byKind].map(String),
  )
  const rows = [['component', 'bytes', ...kinds], ...lines]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((cells) => cells[i].length)))
  return rows
    .map(([name, ...numbers]) => {
      const aligned = numbers.map((cell, i) => cell.padStart(widths[i + 1]))
      return [name.padEnd(widths[0]), ...aligned].join('  ')
    })
    .join('\n')
}

function sum(archive: string, sizes: Components['sizes']): Components['sizes'][number] {
  return {
    archive,
    bytes: sizes.reduce((total, one) => total + one.bytes, 0),
    byKind: sizes[0].byKind.map((_, i) => sizes.reduce((total, one) => total + one.byKind[i], 0)),
  }
}

function readRow(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"(?:,|\r?$)/g)].map(([, cell]) => cell)
}
