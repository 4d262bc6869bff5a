/** A patch as a dongle takes it, but for what its devices and certificates have to be (dongle/validate.ts). */
import { type ParsedSettings, parseSettings } from '../../firmware/settings/parse'
import { applyPatch, stagesOver } from '../../firmware/settings/patch'
import type { Hardware } from '../../firmware/settings/pins'
import type { Settings } from '../../firmware/settings/schema'

export function patchSettings(
  current: Settings | undefined,
  patch: unknown,
  hardware?: Hardware,
): ParsedSettings {
  const undecided = stagesOver(current, patch)
  return undecided ? { wrong: [undecided] } : parseSettings(applyPatch(current, patch), hardware)
}
