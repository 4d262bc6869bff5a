/** The device's composition root: the only place that constructs ports. The manifest says which platform's they are. */
import config from 'mc/config'
import { deviceCable } from 'xs/platform/console'
import {
  chip,
  deviceSerial,
  factoryRecord,
  fillRandom,
  freeMemoryBytes,
  monotonicMs,
  setSystemTime,
} from 'xs/platform/host'
import { Rs485Line } from 'xs/platform/line'
import { DeviceNetwork } from 'xs/platform/network'
import { storeWasErased } from 'xs/platform/nvs'
import { deviceRadio } from 'xs/platform/radio'
import { feedWatchdog, keepLastWords, lastReset, restart } from 'xs/platform/reset'
import { BlobStore } from 'xs/platform/store'
import { watcher } from 'xs/platform/watch'
import type { UnixMs } from './core/time'
import { x25519 } from './crypto/x25519'
import { boot } from './dongle/boot'
import { Console } from './dongle/console'
import { TlsLayer } from './tls/layer'
import { TimerAlarm } from './xs/alarm'
import { xsPrimitives } from './xs/crypto/primitives'
import { UdpExchange } from './xs/datagrams'
import { boardButton, boardLed } from './xs/panel'
import { TcpSockets } from './xs/tcp'
import { roots } from './xs/tls/roots'

keepLastWords()
const clock = { now: monotonicMs, setSystemTime }
const entropy = { fill: fillRandom }
const network = new DeviceNetwork()
const primitives = xsPrimitives(entropy)
const cable = deviceCable()

boot(
  {
    clock,
    alarm: new TimerAlarm({ clock }),
    serialLine: new Rs485Line(),
    tcp: new TcpSockets(),
    secureLayer: new TlsLayer({ primitives, entropy, roots }),
    datagrams: (events) => new UdpExchange(events),
    network,
    store: new BlobStore(),
    led: boardLed(),
    button: boardButton(),
    cable,
    radio: deviceRadio(),
    primitives: { ...primitives, x25519 },
    entropy,
    system: {
      serial: deviceSerial(),
      chip: chip(),
      pins: config.board,
      freeMemoryBytes,
      factoryRecord,
      lastReset,
      storeWasErased,
      feedWatchdog,
      builtAt: (Number(config.builtAt) * 1000) as UnixMs,
      restart(why) {
        trace(`restart: ${why}\n`)
        restart()
      },
    },
  },
  watcher(new Console(), cable),
)
