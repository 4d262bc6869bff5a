/** Which registers a device is asked for, as one sorted row: those of its power and energy, with their scale factors. */

import type { DeviceSetup } from './config'
import type { Device, Flow, Quantity, Register } from './model'
import { widthOf } from './value'

export interface Wanted extends Register {
  readonly width: number
}

/** Sorted as they are read, without duplicates. */
export function gather(
  device: Device,
  flow: Flow,
  energy: readonly Quantity[],
  { phases }: DeviceSetup,
): Wanted[] {
  const byPhase = phases && flow.phases
  const needed = new Set<Quantity>([...energy, ...flow.times])
  if (flow.sign) needed.add(flow.sign.what)
  if (byPhase) needed.add(byPhase)
  else for (const what of [...flow.plus, ...flow.minus]) needed.add(what)
  if (flow.nearest) needed.add(flow.nearest)
  const wanted: Wanted[] = []
  for (const register of device.registers) {
    if (!needed.has(register.what)) continue
    if (register.what === byPhase && !phases?.some((phase) => phase === register.phase)) continue
    add(wanted, register)
    if (register.factorAt !== undefined) add(wanted, factorRegister(register, register.factorAt))
  }
  return wanted.sort((a, b) => Number(a.fixed) - Number(b.fixed) || a.code - b.code || a.at - b.at)
}

function add(wanted: Wanted[], register: Register): void {
  if (wanted.some(({ code, at }) => code === register.code && at === register.at)) return
  wanted.push({ ...register, width: widthOf(register.type) })
}

function factorRegister({ code, order }: Register, at: number): Register {
  return {
    what: 'status',
    phase: 0,
    at,
    code,
    type: 's16',
    order,
    exponent: 0,
    offset: 0,
    mask: undefined,
    sentinels: undefined,
    fixed: false,
  }
}
