/** A patch as a dongle takes it, but for what its devices and certificates have to be (dongle/validate.ts). */
import { type ParsedSettings, parseSettings } from '../../firmware/settings/parse'
import { applyPatch } from '../../firmware/settings/patch'
import type { Settings } from '../../firmware/settings/schema'

export function patchSettings(
  current: Settings | undefined,
  patch: unknown,
  chip?: string,
): ParsedSettings {
  return parseSettings(applyPatch(current, patch), chip)
}
