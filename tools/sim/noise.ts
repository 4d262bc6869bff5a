/** Noise that depends on nothing but its arguments: any second can be asked for, in any order. */

/** In [0, 1): white. */
export function dice(seed: number, index: number): number {
  let mixed = Math.imul(seed, 0x85ebca6b) ^ index
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
}

/** In [0, 1): the dice at each whole `x`, eased in between. */
export function smooth(seed: number, x: number): number {
  const whole = Math.floor(x)
  const part = x - whole
  const eased = part * part * (3 - 2 * part)
  return dice(seed, whole) * (1 - eased) + dice(seed, whole + 1) * eased
}
