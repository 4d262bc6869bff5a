/** A site's settings against those of a dongle, which shows of a secret only whether it is set: what to send. Pure. */
import { type Field, type Settings, schema } from '../../../firmware/settings/schema'
import { shownSettings } from '../../../firmware/settings/shown'
import { asObject } from './dongle'

type Members = Readonly<Record<string, Field>>
export const MEMBERS: Members = (schema as { of: Members }).of

export interface Difference {
  /** For `settings.set`. Empty if nothing has to change. */
  patch: Record<string, unknown>
  /** Members that are set in the dongle, and not in the file, and stay. */
  kept: string[]
  /** Secrets that are set on both sides, and could not be compared. */
  unseen: string[]
}

/** Members by which credentials belong to a broker: if one changes, the dongle wants the credentials anew. */
const WHERE = ['environment', 'broker', 'ca'] as const
/** The dongle's own, or set by whoever gave it its network: a file that is silent about them does not remove them. */
const KEPT = ['wifi', 'staged', 'retired']

/** `shown`: what settings.get answered; undefined if there are none yet. */
export function difference(desired: Settings, shown: unknown, sendsSecrets: boolean): Difference {
  const now = asObject(shown) ?? {}
  const then = asObject(JSON.parse(JSON.stringify(shownSettings(desired)))) ?? {}
  const given = desired as unknown as Record<string, unknown>
  const patch: Record<string, unknown> = {}
  const kept: string[] = []
  const unseen: string[] = []
  for (const name of Object.keys(MEMBERS)) {
    const differs = !isSame(then[name], now[name])
    if (name in then) {
      const secrets = secretsOf(then[name], MEMBERS[name], name)
      if (differs || (sendsSecrets && secrets.length > 0)) patch[name] = given[name]
      else unseen.push(...secrets)
    } else if (differs) {
      if (KEPT.includes(name)) kept.push(name)
      else patch[name] = null
    }
  }
  if (WHERE.some((name) => name in patch)) {
    for (const name of ['credentials', 'staged', 'ca'])
      if (given[name] !== undefined) patch[name] = given[name]
  }
  return { patch, kept, unseen: unseen.filter((path) => !(path.split('.')[0] in patch)) }
}

/** Without regard to the order of members. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  const left = asObject(a)
  const right = asObject(b)
  if (!left || !right) return a === b
  const names = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...names].every((name) => isSame(left[name], right[name]))
}

/** Paths of what is a secret in `value`, and set. */
export function secretsOf(value: unknown, field: Field, path: string): string[] {
  if (field.kind === 'text') return field.secret && value !== false && value ? [path] : []
  const object = asObject(value)
  if (field.kind !== 'group' || !object) return []
  return Object.entries(field.of).flatMap(([name, of]) =>
    secretsOf(object[name], of, path ? `${path}.${name}` : name),
  )
}
