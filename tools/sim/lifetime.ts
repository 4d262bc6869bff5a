/** A whole life of a dongle from one seed: the world, its faults, and what came of it, or the violation that ended it. */
import { createHash } from 'node:crypto'
import { AUTO } from '../../firmware/devices/config'
import { drawFaults, type FaultKind, plan } from './faults/faults'
import { hasInstaller, Installer } from './installer'
import type { Recovery } from './observer/continuity'
import { drawFleetSite } from './site/fleet'
import { HOUR, World, type WorldOptions } from './world'

export interface LifetimeSummary {
  seed: number
  hours: number
  faults: number
  boots: number
  restarts: readonly string[]
  /** Samples that were due, by stream and tick. */
  due: number
  acknowledged: number
  missed: number
  received: number
  repeated: number
  connects: number
  /** Ticks of healthy stretches, by stream: none of them missed. */
  healthyTicks: number
  recoveries: readonly Recovery[]
  /** The models of the catalogue that were on its line, and those that said themselves what they are. */
  models: readonly string[]
  identified: readonly string[]
  /** Those that could have, and never brought a reading. */
  unidentified: readonly string[]
  /** SHA-256 of all that the broker heard, each piece with its millisecond: two versions that agree sent the same. */
  heard: string
  /** What an installer did, in a life that has one. */
  installer?: Installer['counts']
}

export interface LifetimeOptions extends WorldOptions {
  hours: number
  /** All if undefined. */
  kinds?: FaultKind[]
  /** Somebody is at the cable now and then; drawn if undefined, unless there are `kinds`. */
  installer?: boolean
}

/** Throws at the first violation, with the command that plays it again. */
export function live(options: LifetimeOptions): LifetimeSummary {
  const { seed, hours, kinds } = options
  const isVisited = options.installer ?? (kinds === undefined && hasInstaller(seed))
  // An installer rotates the credentials by the cable.
  const faults = drawFaults(seed ^ 0xfa17_5eed, hours * HOUR, kinds).filter(
    ({ kind }) => !isVisited || kind !== 'credentials rotated',
  )
  const heard = createHash('sha256')
  const world = new World({
    tears: kinds ? 0 : 0.05,
    site: drawFleetSite(seed),
    onBrokerBytes: (bytes, at) => heard.update(`${Math.floor(at)} ${bytes.length} `).update(bytes),
    ...options,
  })
  plan(world, faults)
  const installer = isVisited ? new Installer(world, seed) : undefined
  const models = world.site.meters.map(({ model }) => model ?? '')
  const telling = [...world.site.streams].flatMap(([topic, [{ meter, model }]]) =>
    model === AUTO && meter.image?.identifies ? [{ topic, model: meter.image.model }] : [],
  )
  const violation = world.run(hours * HOUR)
  const { observer } = world
  const isIdentified = ({ topic }: { topic: string }) => observer.messages.arrived(topic) > 0
  if (violation)
    throw new Error(
      `invariant ${violation.invariant}: ${violation.what}\n` +
        `  seed ${seed}, ${new Date(world.utc).toISOString()}, ${clock(world.agenda.now)} after power on\n` +
        `  npm run lifetime -- --seed ${seed} --hours ${hours}${options.epoch ? ` --epoch '${options.epoch}'` : ''}${options.tls ? ' --tls' : ''}${options.installer ? ' --installer' : ''}${kinds ? ` --kinds '${kinds.join() || 'none'}'` : ''}`,
    )
  return {
    seed,
    hours,
    faults: faults.length,
    ...observer.counts,
    received: observer.messages.received,
    repeated: observer.messages.repeated,
    connects: observer.attempts.connects,
    healthyTicks: observer.continuity.healthyTicks,
    recoveries: observer.continuity.recoveries,
    models,
    identified: telling.filter(isIdentified).map(({ model }) => model),
    unidentified: telling.filter((one) => !isIdentified(one)).map(({ model }) => model),
    heard: heard.digest('hex'),
    ...(installer && { installer: installer.counts }),
  }
}

/** The least value that at least `share` of `values` do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
