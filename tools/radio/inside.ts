/** The half of the test's dongle that runs on XS: the whole firmware on a board whose radio is Node's, and that has little else. */
import { FOREVER, type MonotonicMs, type UnixMs } from '../../firmware/core/time'
import { x25519 } from '../../firmware/crypto/x25519'
import { boot } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import type { RadioOptions } from '../../firmware/ports/radio'
import { nobleSymmetric } from '../noble/symmetric'
import { decode, encode, host, serve } from '../xs/host'
import type { RadioCommand, RadioReply } from './messages'

let now: MonotonicMs
let reply: RadioReply
let alarm: (() => void) | undefined
let alarmAt = FOREVER
/** While the radio is open. */
let radio: RadioOptions | undefined
let restarts = false
const stored = new Map<string, Uint8Array>()

function later(): never {
  throw new Error('not on this board')
}

function boardOf({ serial, builtAt, factoryRecord }: RadioCommand & { kind: 'boot' }): Board {
  return {
    clock: { now: () => now, setSystemTime() {} },
    alarm: {
      set(due, run) {
        alarmAt = due
        alarm = run
      },
      clear() {
        alarmAt = FOREVER
      },
    },
    store: {
      read: (name) => stored.get(name),
      write: (name, value) => void stored.set(name, value.slice()),
      erase: (name) => void stored.delete(name),
    },
    entropy: {
      fill: (bytes) => bytes.set(new Uint8Array(host.issueCommand(encode(bytes.length)))),
    },
    primitives: { ...nobleSymmetric, x25519 },
    radio: {
      open(options) {
        radio = options
        reply.log.push(`radio: ${options.name}`)
        return {
          respond(bytes) {
            reply.answer = [...bytes]
          },
          drop() {
            reply.drops = true
          },
          close() {
            radio = undefined
            reply.drops = true
          },
        }
      },
      release: () => void reply.log.push('radio: released'),
    },
    network: {
      join: (wifi) => void reply.log.push(`join ${wifi?.ssid}`),
      leave() {},
      resolve: later,
    },
    system: {
      serial,
      chip: 'esp32c3',
      builtAt: builtAt as UnixMs,
      factoryRecord: () => Uint8Array.from(factoryRecord),
      lastReset: () => ({ cause: 'restart', words: '' }),
      restart(why) {
        reply.log.push(`restart: ${why}`)
        restarts = true
      },
    },
    serialLine: { open: () => ({ write() {}, close() {} }) },
    tcp: { connect: later },
    secureLayer: { open: later } as unknown as Board['secureLayer'],
    datagrams: () => ({ ask: later, closeSocket() {} }),
  }
}

let board: Board

function start(): void {
  alarmAt = FOREVER
  boot(board, ({ ...report }: Report) => {
    if (report.kind === 'log') reply.log.push(report.text)
  })
}

function perform(command: RadioCommand): void {
  switch (command.kind) {
    case 'boot':
      board = boardOf(command)
      return start()
    case 'connected':
      return radio?.onConnected()
    case 'gone':
      return radio?.onGone()
    case 'request':
      return radio?.onRequest(Uint8Array.from(command.bytes), command.mtu)
    case 'alarm': {
      if (now < alarmAt) return
      alarmAt = FOREVER
      return alarm?.()
    }
  }
}

serve((packed) => {
  const command = decode<RadioCommand>(packed)
  now = command.now
  reply = { until: undefined, log: [] }
  perform(command)
  if (restarts) {
    restarts = false
    start()
  }
  if (alarmAt < FOREVER) reply.until = alarmAt
  return encode(reply)
})
