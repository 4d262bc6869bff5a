/**
 * How far the clock is from chrony's own time, beside the SDK's way: one answer, its whole seconds, no delay
 * taken off. First against chronyd on loopback in real time, then for a day of a LAN in virtual time. At last beside a
 * client that works as chrony does, in 25 worlds of honest and lying servers (worlds.ts).
 *
 *   npm run bench -- clock [--for SECONDS] [--seed SEED]     --for 0: nothing in real time
 */
import { randomFillSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { MonotonicMs, UnixMs } from '../../../firmware/core/time'
import { UtcClock } from '../../../firmware/sntp/clock'
import { decodeReply, encodeRequest, PACKET_LENGTH } from '../../../firmware/sntp/packet'
import { Chrony, exchange } from '../../peers/chrony'
import { monotonicNow, UdpPump } from '../../peers/udp'
import { type Random, random } from '../../sim/random'
import { ClockWorld, DAY, MINUTE, ms } from '../../sim/sntp/world'
import { compareInWorlds } from './worlds'

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})

/** The system clock, which chronyd serves, at the edge of a millisecond: Date.now() alone is up to one late. */
function systemTime(): { now: MonotonicMs; utc: number } {
  const before = Date.now()
  for (;;) {
    const utc = Date.now()
    if (utc !== before) return { now: monotonicNow(), utc }
  }
}

/** What the SDK's `sntp` makes of one answer: the time at `now`, in whole seconds. */
function oneShot(transmittedAt: number): number {
  return Math.floor(transmittedAt / 1000) * 1000
}

function row(name: string, errorsMs: number[]): string {
  const sorted = errorsMs.map(Math.abs).sort((a, b) => a - b)
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))].toFixed(3).padStart(12)
  return name.padEnd(28) + at(0.5) + at(0.99) + at(1)
}

async function onLoopback(seconds: number): Promise<void> {
  const port = 20_000 + (process.pid % 20_000)
  const chrony = await Chrony.start(port, 'local stratum 3')
  const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
  const clock = new UtcClock({
    servers: [{ host: '127.0.0.1', port }],
    entropy,
    floor: (Date.now() - DAY) as UnixMs,
  })
  const pump = new UdpPump(clock)
  const ours: number[] = []
  const theirs: number[] = []
  pump.start()
  for (const end = monotonicNow() + seconds * 1000; monotonicNow() < end; ) {
    const request = new Uint8Array(PACKET_LENGTH)
    encodeRequest(request, entropy)
    const answer = decodeReply((await exchange(port, request))!)!
    const set = { now: monotonicNow(), utc: oneShot(answer.transmittedAt!) }
    await sleep(200 + Math.random() * 100)
    const { now, utc } = systemTime()
    theirs.push(set.utc + (now - set.now) - utc)
    const told = clock.utc(now)
    if (told !== undefined) ours.push(told - utc)
  }
  pump.stop()
  await chrony.stop()
  console.log(`chronyd on loopback, ${seconds} s, ${ours.length} readings`)
  console.log(row('  UtcClock', ours))
  console.log(row('  SDK one-shot, each anew', theirs))
}

/** A millisecond each way, and an event loop that is late more often on the way back. */
function lan(dice: Random, way: 'there' | 'back'): number | undefined {
  if (dice.chance(0.01)) return undefined
  const late = -Math.log(1 - dice.next())
  return 1 + late * (way === 'back' ? 3 : 0.5) + (dice.chance(0.02) ? 60 * dice.next() : 0)
}

function inVirtualTime(seed: number): void {
  const driftMs = (at: number) => at * 40e-6
  const dice = random(seed)
  const world = new ClockWorld({ peers: [{ delayMs: lan }], random: dice, driftMs })
  const ours: number[] = []
  const theirs: number[] = []
  // At any moment of a second.
  world.run(dice.next() * 1000)
  const set = { now: world.now, utc: oneShot(world.utc()) }
  world.everyMs = MINUTE
  world.probe = (now) => {
    const told = world.clock.utc(now)
    if (told !== undefined) ours.push(told - world.utc())
    theirs.push(set.utc + (now - set.now) - world.utc())
  }
  world.start().run(DAY)
  console.log(
    `a LAN for a day, crystal 40 ppm off, seed ${seed}, ${world.asked[0].length} questions`,
  )
  console.log(row('  UtcClock', ours))
  console.log(row('  SDK one-shot, at the start', theirs))
  const before = world.errorMs()!
  const stopped = world.now
  world.stop().run(DAY)
  const drifted = (world.errorMs()! - before).toFixed(1)
  console.log(
    `  then ${Math.round((world.now - stopped) / DAY)} day without a server: UtcClock off by ${drifted} ms more`,
  )
  console.log(`  its state: ${world.clock.state(ms(world.now)).kind}`)
}

console.log('error, ms'.padEnd(28) + ['p50', 'p99', 'most'].map((q) => q.padStart(12)).join(''))
if (values.for !== '0') await onLoopback(Number(values.for))
inVirtualTime(Number(values.seed))
compareInWorlds(Number(values.seed))
