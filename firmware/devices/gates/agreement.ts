/** Values of one read that have to agree: phases with their total, volts times amperes with watts. Sizes, not signs. */

/** Wide, because a meter may take its values at different moments and makers do not agree on signs of phases. */
const PHASE_MARGIN = 0.25
const PHASE_MARGIN_W = 200
/** The active power is at most the apparent power. */
const APPARENT_MARGIN = 1.25
const APPARENT_MARGIN_W = 100

/** `sumW` of the phases, and `sizesW` of them without their signs: 0 if the device does not tell phases. */
export function isTotal(totalW: number, sumW: number, sizesW: number): boolean {
  if (sizesW === 0) return true
  const total = Math.abs(totalW)
  const margin = PHASE_MARGIN * sizesW + PHASE_MARGIN_W
  return Math.abs(total - Math.abs(sumW)) <= margin || Math.abs(total - sizesW) <= margin
}

/** `apparentVA`: 0 if the device does not tell voltages or currents. */
export function isWithin(powerW: number, apparentVA: number): boolean {
  return apparentVA === 0 || Math.abs(powerW) <= APPARENT_MARGIN * apparentVA + APPARENT_MARGIN_W
}
