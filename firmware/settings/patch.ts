/** A patch over the settings in force: validated as a whole, and taken whole or not at all. */
import { type ParsedSettings, parseSettings } from './parse'
import type { Settings } from './schema'

/**
 * Each member of `patch` replaces the one of its name; null removes it. Credentials belong to the broker that they
 * were made for: if that changes, or who may pass for it, they are dropped, unless the patch brings new ones.
 */
export function patchSettings(
  current: Settings | undefined,
  patch: unknown,
  chip?: string,
): ParsedSettings {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
    return parseSettings(patch, chip)
  const given = patch as Record<string, unknown>
  const kept: Record<string, unknown> = { ...current }
  if (current && goesElsewhere(current, given)) {
    for (const name of ['credentials', 'staged', 'retired', 'ca']) delete kept[name]
  }
  // Not by assignment: JSON may name a member __proto__, which is refused as any other that does not exist.
  const patched: Record<string, unknown> = { ...kept, ...given }
  for (const name of Object.keys(given)) if (given[name] === null) delete patched[name]
  return parseSettings(patched, chip)
}

function goesElsewhere(current: Settings, patch: Record<string, unknown>): boolean {
  return (['environment', 'broker', 'ca'] as const).some(
    (name) => name in patch && (patch[name] ?? undefined) !== current[name],
  )
}
