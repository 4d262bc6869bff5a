/** A board of this computer: the ports of the firmware on Node. */
import { randomFillSync } from 'node:crypto'
import type { UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { SerialLine } from '../../firmware/ports/bytestream'
import type { Store } from '../../firmware/ports/store'
import type { LastReset } from '../../firmware/ports/system'
import { NodeAlarm, nodeClock } from './clock'
import { nodePrimitives } from './crypto'
import { NodeDatagrams } from './datagrams'
import { hostNetwork } from './network'
import { NodeTcp, type Traffic } from './tcp'
import { nodeTlsLayer } from './tls/layer'

/** No build step stamps a date on Node. Only a floor: a time server that says less is not believed. */
const NOT_BEFORE = Date.UTC(2025, 0, 1) as UnixMs

const POWER_ON: LastReset = { cause: 'power on', words: '' }

/** `network`, `cable`, `led`, `button`: for the host as it is they are left out. */
export interface NodeBoardOptions extends Partial<OptionalParts> {
  serial: string
  serialLine: SerialLine
  store: Store
  /** The firmware wants to start anew, which it does on a device. */
  onRestart(why: string): void
  factoryRecord?: Uint8Array | undefined
  /** Why this run began. */
  lastReset?: () => LastReset
}

type OptionalParts = Pick<Board, 'network' | 'cable' | 'led' | 'button'>

export interface NodeBoard extends Board {
  readonly traffic: Traffic
}

export function nodeBoard(options: NodeBoardOptions): NodeBoard {
  const { serial, serialLine, store, onRestart, factoryRecord } = options
  const { network = hostNetwork, cable, led, button, lastReset = () => POWER_ON } = options
  const tcp = new NodeTcp()
  const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
  return {
    clock: nodeClock,
    alarm: new NodeAlarm(),
    serialLine,
    tcp,
    secureLayer: nodeTlsLayer(),
    datagrams: (events) => new NodeDatagrams(events),
    network,
    store,
    entropy,
    cable,
    led,
    button,
    primitives: nodePrimitives(entropy),
    system: {
      serial,
      factoryRecord: () => factoryRecord,
      builtAt: NOT_BEFORE,
      lastReset,
      restart: onRestart,
    },
    get traffic() {
      return tcp.traffic
    },
  }
}
