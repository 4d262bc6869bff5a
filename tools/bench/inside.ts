/** The half of the bench that runs on XS: it prepares a scenario, repeats it, and lets Node probe the heap. */
import { decode, encode, host, serve } from '../xs/host'
import type { Scenario } from './scenario'
import { scenarios as channel } from './scenarios/channel'
import { scenarios as dongle } from './scenarios/dongle'
import { scenarios as message } from './scenarios/message'
import { scenarios as modbus } from './scenarios/modbus'
import { scenarios as mqtt } from './scenarios/mqtt'
import { scenarios as mqttPacket } from './scenarios/mqtt-packet'
import { scenarios as provisioning } from './scenarios/provisioning'
import { scenarios as sntp } from './scenarios/sntp'

export type BenchCommand =
  | { kind: 'list' }
  /** Prepares anew, warms up, and collects all garbage. */
  | { kind: 'prepare'; name: string }
  | { kind: 'run'; times: number }
  /** Allocates one chunk of `bytes`. */
  | { kind: 'probe'; bytes: number }
export type BenchReply = { name: string; times: number }[] | null

/** What does nothing: the cost of being asked, taken off every count. */
const nothing: Scenario = { name: '', prepare: () => () => {} }
const scenarios = [
  nothing,
  ...dongle,
  ...mqtt,
  ...mqttPacket,
  ...message,
  ...modbus,
  ...sntp,
  ...provisioning,
  ...channel,
]

/**
 * Of the engine's 32 MiB of chunks, these leave some 3: a probe is then quick to clear, and one that does not fit
 * makes the engine collect the filling and not ask the system for more.
 */
Object.assign(globalThis, { ballast: new ArrayBuffer(16 * 1024 * 1024) })
const FILLING_BYTES = 12 * 1024 * 1024
/** So many slots of garbage stand ready that a collection cannot be overlooked in the engine's count. */
const LITTER = 1000

let action = () => {}
/** Whatever was here last is garbage. */
const bin = { last: {} }

function perform(command: BenchCommand): BenchReply {
  switch (command.kind) {
    case 'list':
      return scenarios.slice(1).map(({ name, times = 8 }) => ({ name, times }))
    case 'prepare': {
      action = () => {}
      bin.last = {}
      host.gc()
      const { prepare, warmUp = 3 } = scenarios.find(({ name }) => name === command.name)!
      action = prepare()
      for (let i = 0; i < warmUp; i++) action()
      host.gc()
      for (let i = 0; i < LITTER; i++) bin.last = {}
      bin.last = new ArrayBuffer(FILLING_BYTES)
      bin.last = {}
      return null
    }
    case 'run': {
      const { times } = command
      for (let i = 0; i < times; i++) action()
      return null
    }
    case 'probe':
      bin.last = new ArrayBuffer(command.bytes)
      return null
  }
}

serve((bytes) => encode(perform(decode<BenchCommand>(bytes))))
