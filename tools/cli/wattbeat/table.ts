/** What a dongle answered, in lines: a name and a value each, lists of objects as tables. */
import { printable } from '../../../firmware/core/printable'
import { asObject } from './dongle'

type Row = readonly [name: string, value: string]

export function describe(value: unknown): string[] {
  const object = asObject(value)
  if (!object) return Array.isArray(value) ? tableOf(value) : [shown(value)]
  const lines: string[] = []
  let pairs: Row[] = []
  const flush = (): void => {
    lines.push(...columns(pairs))
    pairs = []
  }
  for (const [name, member] of Object.entries(flat(object))) {
    if (!isTable(member)) {
      pairs.push([name, shown(member)])
      continue
    }
    flush()
    lines.push(`${name}:`, ...tableOf(member).map((line) => `  ${line}`))
  }
  flush()
  return lines
}

export function tableOf(list: readonly unknown[]): string[] {
  const items = list.map((item) => flat(asObject(item) ?? { value: item }))
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))]
  if (items.length === 0) return ['none']
  const cells = items.map((item) => names.map((name) => shown(item[name])))
  return columns([names, ...cells])
}

/** One line, without lists; `withLists`: with those of plain values. */
export function inShort(value: unknown, withLists = false): string {
  const object = asObject(value)
  if (!object) return shown(value)
  return Object.entries(flat(object))
    .filter(([, member]) =>
      Array.isArray(member) ? withLists && member.length > 0 && !isTable(member) : member !== '',
    )
    .map(([name, member]) => `${name} ${shown(member)}`)
    .join('  ')
}

/** Members of members by their path. */
function flat(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(object)) {
    const inner = asObject(member)
    if (!inner) all[name] = member
    else for (const [below, value] of Object.entries(flat(inner))) all[`${name}.${below}`] = value
  }
  return all
}

function isTable(value: unknown): value is object[] {
  return Array.isArray(value) && value.some((item) => asObject(item))
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-'
  if (Array.isArray(value)) return value.map(shown).join(', ') || '-'
  // A device's numbers have up to 17 digits, which say nothing and break the columns.
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000)
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  )
}
