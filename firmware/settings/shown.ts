/** Settings as they are shown: of a secret only whether it is set. */
import { type Field, type Settings, schema } from './schema'

/** In the place of a secret stands true if it is set, which no settings accept: what is shown cannot be stored. */
export function shownSettings(settings: Settings): unknown {
  return show(settings, schema)
}

/** By the schema: what it does not name is not shown. */
function show(value: unknown, field: Field): unknown {
  if (value === undefined) return undefined
  switch (field.kind) {
    case 'text':
      return field.secret ? value !== '' : value
    case 'list':
      return (value as unknown[]).map((item) => show(item, field.of))
    case 'group': {
      const shown: Record<string, unknown> = {}
      for (const name in field.of) {
        const member = show((value as Record<string, unknown>)[name], field.of[name])
        if (member !== undefined) shown[name] = member
      }
      return shown
    }
    default:
      return value
  }
}
