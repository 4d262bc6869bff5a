/** A patch over the settings in force. What comes of it is validated as a whole, and taken whole or not at all. */
import type { WrongField } from './parse'
import type { Settings } from './schema'

/**
 * What is wrong if `patch` stages another pair than the one that is staged. The broker may have accepted that already, and
 * the platform deleted the one in force: nobody else has it.
 */
export function stagesOver(current: Settings | undefined, patch: unknown): WrongField | undefined {
  const undecided = current?.staged
  const staged = (patch as Partial<Settings> | null)?.staged
  if (!undecided || !staged) return undefined
  if (staged.key === undecided.key && staged.secret === undecided.secret) return undefined
  if (goesElsewhere(current, patch as Record<string, unknown>)) return undefined
  return {
    field: 'staged',
    found: 'another pair',
    expected: 'no other while one is staged: commit or cancel that first',
  }
}

/**
 * What is to be validated, as JSON. Each member of `patch` replaces the one of its name; null removes it. Credentials
 * belong to the broker that they were made for: if that changes, or who may pass for it, they are dropped, unless the
 * patch brings new ones.
 */
export function applyPatch(current: Settings | undefined, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const given = patch as Record<string, unknown>
  const kept: Record<string, unknown> = { ...current }
  if (current && goesElsewhere(current, given)) {
    for (const name of ['credentials', 'staged', 'retired', 'ca']) delete kept[name]
  }
  // Not by assignment: JSON may name a member __proto__, which is refused as any other that does not exist.
  const patched: Record<string, unknown> = { ...kept, ...given }
  for (const name of Object.keys(given)) if (given[name] === null) delete patched[name]
  return patched
}

function goesElsewhere(current: Settings, patch: Record<string, unknown>): boolean {
  return (['environment', 'broker', 'ca'] as const).some(
    (name) => name in patch && (patch[name] ?? undefined) !== current[name],
  )
}
