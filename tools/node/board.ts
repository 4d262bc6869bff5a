/** A board of this computer: the ports of the firmware on Node. */
import { randomFillSync } from 'node:crypto'
import type { UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { SerialLine } from '../../firmware/ports/bytestream'
import type { Store } from '../../firmware/ports/store'
import { NodeAlarm, nodeClock } from './clock'
import { NodeDatagrams } from './datagrams'
import { hostNetwork } from './network'
import { NodeTcp, type Traffic } from './tcp'
import { nodeTlsLayer } from './tls/layer'

/** No build step stamps a date on Node. Only a floor: a time server that says less is not believed. */
const NOT_BEFORE = Date.UTC(2025, 0, 1) as UnixMs

export interface NodeBoardOptions {
  serial: string
  serialLine: SerialLine
  store: Store
  /** The firmware has given up on itself, and would start anew on a device. */
  onRestart(why: string): void
}

export interface NodeBoard extends Board {
  readonly traffic: Traffic
}

export function nodeBoard({ serial, serialLine, store, onRestart }: NodeBoardOptions): NodeBoard {
  const tcp = new NodeTcp()
  return {
    clock: nodeClock,
    alarm: new NodeAlarm(),
    serialLine,
    tcp,
    secureLayer: nodeTlsLayer(),
    datagrams: (events) => new NodeDatagrams(events),
    network: hostNetwork,
    store,
    entropy: { fill: (bytes) => void randomFillSync(bytes) },
    system: {
      serial,
      builtAt: NOT_BEFORE,
      lastReset: () => ({ cause: 'power on', words: '' }),
      restart: onRestart,
    },
    get traffic() {
      return tcp.traffic
    },
  }
}
