/** `KEY=VALUE` of `wattbeat set` -> a patch of the settings. Pure. */
import type { Field } from '../../../firmware/settings/schema'
import { asObject } from './dongle'
import { Failure } from './failure'
import { MEMBERS } from './site'

export interface Assignment {
  /** Such as devices, 0, ctRatio. */
  path: readonly (string | number)[]
  field: Field
  /** Undefined: it is a secret, and asked for. */
  text: string | undefined
}

const GROUP: Field = { kind: 'group', of: MEMBERS }

/** A secret may not stand behind the `=`, where a shell remembers it and every user sees it. */
export function readAssignment(word: string): Assignment | Failure {
  const equals = word.indexOf('=')
  const key = equals < 0 ? word : word.slice(0, equals)
  const path = readPath(key)
  const field = path && fieldAt(path)
  if (!path || !field)
    return new Failure('usage', 'no such setting', {
      fix: 'docs/settings.md lists them, such as line.baud=9600 or devices[0].ctRatio=40.',
    })
  const isSecret = field.kind === 'text' && field.secret === true
  if (isSecret && equals >= 0)
    return new Failure('usage', `${key}: a secret is no argument, for shells remember these`, {
      fix: `Write only ${key}, and type it if asked.`,
    })
  if (holdsSecret(field) && !isSecret && word !== `${key}=null`)
    return new Failure('usage', `${key}: has a secret in it, and a secret is no argument`, {
      fix: 'Set its members one by one.',
    })
  if (!isSecret && equals < 0) return new Failure('usage', `${key}: needs a value behind a =`)
  return { path, field, text: isSecret ? undefined : word.slice(equals + 1) }
}

function holdsSecret(field: Field): boolean {
  if (field.kind === 'group') return Object.values(field.of).some(holdsSecret)
  return field.kind === 'text' && field.secret === true
}

export function readPath(key: string): (string | number)[] | undefined {
  if (!/^[A-Za-z]+(?:\[\d{1,2}\]|\.[A-Za-z]+)*$/.test(key)) return undefined
  return [...key.matchAll(/[A-Za-z]+|\d+/g)].map(([part]) =>
    /\d/.test(part) ? Number(part) : part,
  )
}

export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i ? `.${part}` : part))
    .join('')
}

function fieldAt(path: readonly (string | number)[]): Field | undefined {
  let field: Field | undefined = GROUP
  for (const part of path) {
    if (typeof part === 'number') field = field?.kind === 'list' ? field.of : undefined
    else
      field = field?.kind === 'group' && Object.hasOwn(field.of, part) ? field.of[part] : undefined
  }
  return field
}

/** As the schema wants it, so that a site called 123 is a text; what does not fit stays as it is, for the dongle to name. */
export function valueFor(text: string, field: Field): unknown {
  if (text === 'null') return null
  if (field.kind === 'text') return text
  if (field.kind === 'choice') {
    const choice = field.of.find((one) => String(one) === text)
    // Of texts another text may be a secret in the wrong place: as a number it would be shown.
    if (choice !== undefined || typeof field.of[0] === 'string') return choice ?? text
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Members of `patch` are whole, as the dongle replaces them: begun with what it has. */
export function assign(
  patch: Record<string, unknown>,
  shown: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
  value: unknown,
): Failure | undefined {
  const name = path[0] as string
  if (path.length === 1) {
    patch[name] = value
    return undefined
  }
  if (!asObject(patch[name]) && !Array.isArray(patch[name]))
    patch[name] = structuredClone(shown[name]) ?? {}
  let at = patch[name] as Record<string | number, unknown>
  for (const part of path.slice(1, -1)) {
    if (at[part] === undefined && typeof part === 'number')
      return new Failure('usage', `${pathText(path)}: there is no such entry`)
    at = (at[part] ??= {}) as Record<string | number, unknown>
  }
  const last = path[path.length - 1]
  if (value === null && !Array.isArray(at)) delete at[last]
  else at[last] = value
  return undefined
}
