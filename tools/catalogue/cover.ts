/**
 * The fewest reads of which every device of the catalogue answers one, even if it is silent on registers that it does
 * not have: each is exactly one value of it. Greedy, which is at most a few reads above the minimum: the read that most
 * of the remaining devices answer is next, so that the first reads find the most.
 */
import { PARITIES } from '../../firmware/devices/catalogue/unpack'
import { type Probe, probesOf } from '../../firmware/devices/identify/probes'
import type { Device } from '../../firmware/devices/model'

interface Read {
  readonly probe: Probe
  /** Those of the remaining devices that answer it. */
  readonly devices: Set<Device>
}

export function cover(devices: readonly Device[]): Probe[] {
  const reads = new Map<string, Read>()
  for (const device of devices)
    for (const probe of probesOf(device)) {
      const key = `${probe.code} ${probe.at} ${probe.count}`
      const read = reads.get(key) ?? { probe, devices: new Set() }
      read.devices.add(device)
      reads.set(key, read)
    }
  const left = new Set(devices)
  const chosen: Probe[] = []
  while (left.size > 0) {
    let best: Read | undefined
    for (const read of reads.values()) {
      for (const device of read.devices) if (!left.has(device)) read.devices.delete(device)
      if (!best || precedes(read, best)) best = read
    }
    if (!best || best.devices.size === 0) throw new Error('a device without registers')
    chosen.push(best.probe)
    for (const device of best.devices) left.delete(device)
  }
  return chosen
}

/** Of reads that as many answer the one with the lower address: what the catalogue leaves out is more likely there. */
function precedes(a: Read, b: Read): boolean {
  return a.devices.size === b.devices.size
    ? a.probe.at < b.probe.at
    : a.devices.size > b.devices.size
}

/** As firmware/devices/identify/probes.ts reads them. */
export function packProbes(probes: readonly Probe[]): Uint8Array {
  return Uint8Array.from(probes.flatMap(({ code, at, count }) => [code, at >> 8, at & 0xff, count]))
}

/** Which of the probes finds each device, and with which line settings and unit (1 if not known) it is shipped; each once. */
export function packShipped(devices: readonly Device[], probes: readonly Probe[]): Uint8Array {
  const rows = devices.map((device) => {
    const own = probesOf(device)
    const probe = probes.findIndex((read) => own.some((one) => isSameProbe(one, read)))
    const { baud = 0, parity, stopBits = 0, unit = 1 } = device.line
    return [probe, unit, (baud / 100) >> 8, (baud / 100) & 0xff, PARITIES.indexOf(parity), stopBits]
  })
  const distinct = rows.filter(
    (row, i) => rows.findIndex((other) => other.join() === row.join()) === i,
  )
  return Uint8Array.from(distinct.sort(([a], [b]) => a - b).flat())
}

function isSameProbe(a: Probe, b: Probe): boolean {
  return a.code === b.code && a.at === b.at && a.count === b.count
}
