import { describe, expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import { MAX_IDLE_MS } from '../../firmware/provisioning/frames'
import { GATT_SERVICE, MAX_VALUE_BYTES } from '../../firmware/provisioning/gatt'
import { MAX_MESSAGE_BYTES } from '../../firmware/provisioning/messages'
import { MAX_SILENT_MS, RadioSession } from '../../firmware/provisioning/radio'
import { Flash } from '../../tools/sim/flash'
import { MAX_WAITING, SimulatedRadio } from '../../tools/sim/radio'
import { random } from '../../tools/sim/random'
import { primitives } from '../crypto/primitives'
import { LABEL } from './conversation'
import { PhoneEnd } from './phone-end'

const SECOND_MS = 1000
const OPTIONS = Object.freeze({ primitives, label: LABEL, transport: 'radio' as const })

/** A dongle whose calls the test answers, and phones that come one after another. */
class Bench {
  now = 5000 as MonotonicMs
  readonly radio = new SimulatedRadio()
  readonly session: RadioSession
  /** What the session asked for. */
  readonly log: string[] = []
  phone!: PhoneEnd
  answer: (id: number) => unknown = () => 'done'
  #seed = 2

  constructor({ hasLabel = true } = {}) {
    const channel = { ...OPTIONS, entropy: random(1), store: new Flash() }
    this.session = new RadioSession(hasLabel ? channel : undefined, this.now)
    const port = this.radio.open({
      name: 'Wattbeat WB0001',
      service: GATT_SERVICE,
      onConnected: () => this.session.connected(this.now),
      onRequest: (bytes, mtu) => {
        this.session.receive(bytes, mtu, this.now)
        this.#run()
      },
      onGone: () => this.session.gone(this.now),
    })
    this.respond = (bytes) => port.respond(bytes)
    this.drop = () => port.drop()
  }

  readonly respond: (bytes: Uint8Array) => void
  readonly drop: () => void

  connect(mtu = 256, label = LABEL): PhoneEnd {
    const options = { ...OPTIONS, label, entropy: random(this.#seed++) }
    this.phone = new PhoneEnd(this.radio, options, this.now, mtu)
    return this.phone
  }

  open(mtu = 256): this {
    const phone = this.connect(mtu)
    phone.open(this.now)
    this.pass(SECOND_MS)
    expect(phone.channel).toEqual(['open'])
    expect(phone.reply(1)).toMatchObject({ result: 'done' })
    return this
  }

  call(method: string, params?: object): number {
    return this.phone.call(method, params, this.now)
  }

  /** So long, and until nothing is to be done. `isDeaf`: the phone does nothing by itself. */
  pass(ms = 0, isDeaf = false): this {
    const end = this.now + ms
    for (let left = 20_000; left > 0; left--) {
      const next = Math.min(this.#run(), isDeaf ? FOREVER : (this.phone?.run(this.now) ?? FOREVER))
      if (next <= this.now) continue
      const again = this.#run()
      if (again <= this.now) continue
      const until = Math.min(next, again)
      if (until > end) {
        this.now = end as MonotonicMs
        return this
      }
      this.now = until as MonotonicMs
    }
    throw new Error('it never waits')
  }

  #run(): number {
    for (;;) {
      const output = this.session.poll(this.now)
      switch (output.kind) {
        case 'wait':
          if (output.until <= this.now) continue
          return output.until
        case 'respond':
          this.respond(output.bytes)
          continue
        case 'drop':
          this.log.push(`drop: ${output.why}`)
          this.drop()
          continue
        case 'call': {
          this.log.push(`call ${output.method}`)
          const result = this.answer(output.id)
          if (result !== undefined) this.session.dialogue.answer(output.id, result)
          continue
        }
        case 'refused':
          this.log.push(`refused: ${output.why}`)
          continue
        default:
          this.log.push(output.kind)
      }
    }
  }
}

describe('a call over the radio', () => {
  test.each([23, 50, 185, 256, 517])(
    'is answered through the channel, with an MTU of %i',
    (mtu) => {
      const bench = new Bench().open(mtu)
      const id = bench.call('status')
      bench.pass(2 * SECOND_MS)
      expect(bench.log).toEqual(['call info', 'call status'])
      expect(bench.phone.reply(id)).toEqual({ jsonrpc: '2.0', id, result: 'done' })
    },
  )

  test('with another secret is refused, and so is the next try that comes too soon', () => {
    const bench = new Bench()
    const phone = bench.connect(256, { ...LABEL, labelSecret: new Uint8Array(16) })
    phone.open(bench.now)
    bench.pass(100)
    phone.open(bench.now)
    bench.pass(100)
    expect(bench.log).toEqual(['refused: wrong secret', 'refused: too soon'])
    expect(phone.channel).toEqual(['refused: wrong secret', 'refused: too soon'])
  })

  test('of a dongle without a label is refused', () => {
    const bench = new Bench({ hasLabel: false })
    bench.connect().open(bench.now)
    bench.pass(100)
    expect(bench.phone.channel).toEqual(['refused: no label'])
  })

  test.each([23, 256])(
    'may be as long as a message may be, and so may its answer, with an MTU of %i',
    (mtu) => {
      const bench = new Bench().open(mtu)
      bench.answer = () => 'x'.repeat(MAX_MESSAGE_BYTES - 100)
      const id = bench.call('settings.set', {
        patch: { note: 'y'.repeat(MAX_MESSAGE_BYTES - 200) },
      })
      bench.pass(10 * SECOND_MS)
      expect(bench.phone.reply(id)?.result).toBe(bench.answer(id))
      expect(bench.phone.channel).toEqual(['open'])
    },
  )

  test('whose requests are each written twice is done once', () => {
    const bench = new Bench()
    const phone = bench.connect(50)
    phone.spoil = (request) => {
      phone.connection?.write(request)
      return request
    }
    phone.open(bench.now)
    bench.pass(SECOND_MS)
    expect(phone.channel).toEqual(['open'])
    expect(bench.log).toEqual(['call info'])
    expect(phone.reply(1)).toMatchObject({ result: 'done' })
  })

  test('that goes on tells its progress, though nobody asked a second time', () => {
    const bench = new Bench().open()
    bench.answer = () => undefined
    const id = bench.call('status', { everyS: 1 })
    for (let value = 0; value < 5; value++) {
      bench.pass(SECOND_MS)
      bench.session.dialogue.progress(id, value)
    }
    bench.pass(2 * SECOND_MS)
    const values = bench.phone.replies.map(({ params }) => params?.value)
    expect(values).toEqual([0, 1, 2, 3, 4])
  })

  test('of a phone that goes is cancelled, and the next phone is heard', () => {
    const bench = new Bench().open()
    bench.answer = () => undefined
    bench.call('status', { everyS: 1 })
    bench.pass(SECOND_MS)
    bench.phone.connection?.disconnect()
    bench.pass()
    expect(bench.log).toEqual(['call info', 'call status', 'cancel'])
    bench.answer = () => 'done'
    bench.open()
  })

  test('costs a quiet phone about one exchange each second', () => {
    const bench = new Bench().open()
    const { writes } = bench.phone
    bench.pass(60 * SECOND_MS)
    expect(bench.phone.writes - writes).toBeLessThan(70)
    expect(bench.phone.channel).toEqual(['open'])
  })
})

describe('a phone', () => {
  test('finds the dongle by name and service, unless another one is connected', () => {
    const bench = new Bench()
    expect(bench.radio.advertised).toEqual({
      name: 'Wattbeat WB0001',
      service: GATT_SERVICE.service,
    })
    const { connection } = bench.open().phone
    expect(bench.radio.advertised).toBeUndefined()
    expect(bench.connect().connection).toBeUndefined()
    expect(connection?.isConnected).toBe(true)
    connection?.disconnect()
    expect(bench.connect().connection?.isConnected).toBe(true)
  })

  test('that says nothing is dropped after 30 s', () => {
    const bench = new Bench()
    const { connection } = bench.connect()
    bench.pass(MAX_SILENT_MS - 1, true)
    expect(connection?.isConnected).toBe(true)
    bench.pass(1, true)
    expect(connection?.isConnected).toBe(false)
    expect(bench.log).toEqual(['drop: silent'])
    bench.open()
  })

  test('that asks again and again and opens no channel is dropped after 30 s', () => {
    const bench = new Bench()
    const { connection } = bench.connect()
    bench.pass(MAX_SILENT_MS)
    expect(bench.log).toEqual(['drop: silent'])
    expect(connection?.isConnected).toBe(false)
    bench.open()
  })

  test('that goes silent amid a frame, read or written, is dropped', () => {
    const bench = new Bench().open(23)
    bench.answer = () => 'x'.repeat(500)
    bench.call('log')
    bench.phone.maxWrites = bench.phone.writes + 10
    bench.pass()
    bench.pass(MAX_SILENT_MS, true)
    expect(bench.log).toEqual(['call info', 'call log', 'drop: silent'])

    bench.answer = () => 'done'
    bench.connect().connection?.write(Uint8Array.of(0, 0, 50, 1, 2, 3))
    bench.pass(MAX_SILENT_MS, true)
    expect(bench.log.at(-1)).toBe('drop: silent')
    expect(bench.log).toHaveLength(4)
    bench.open(23)
  })

  test('with a channel that it does not use is dropped when the channel ends', () => {
    const bench = new Bench().open()
    bench.pass(MAX_IDLE_MS - 2 * SECOND_MS, true)
    expect(bench.phone.connection?.isConnected).toBe(true)
    bench.pass(3 * SECOND_MS, true)
    expect(bench.log).toEqual(['call info', 'drop: silent'])
    expect(bench.phone.connection?.isConnected).toBe(false)
  })

  test.each([
    ['is too short', 'length', [1, 0]],
    ['tells too long a frame', 'length', [1, 0x7f, 0xff, 1]],
    ['tells a shorter frame than it has', 'length', [1, 0, 1, 1, 2]],
    ['has a number that is not the next', 'number', [7, 0, 0]],
  ])('whose request %s is dropped at once', (_, why, request) => {
    const bench = new Bench()
    const phone = bench.connect()
    phone.connection?.write(Uint8Array.of(0, 0, 0))
    bench.pass(0, true)
    phone.connection?.write(Uint8Array.from(request))
    bench.pass(0, true)
    expect(bench.log).toEqual([`drop: ${why}`])
    expect(phone.connection?.isConnected).toBe(false)
    bench.open()
  })

  test('that leaves a frame half-written is dropped', () => {
    const bench = new Bench()
    const phone = bench.connect()
    phone.connection?.write(Uint8Array.of(0, 0, 9, 1, 2, 3))
    phone.connection?.write(Uint8Array.of(1, 0, 0))
    bench.pass(0, true)
    expect(bench.log).toEqual(['drop: order'])
    bench.open()
  })

  test('that writes too much at once, or faster than it is heard, loses its connection and no more', () => {
    const bench = new Bench()
    bench.connect().connection?.write(new Uint8Array(MAX_VALUE_BYTES + 1))
    expect(bench.phone.connection?.isConnected).toBe(false)
    const phone = bench.connect()
    bench.radio.isBusy = true
    for (let i = 0; i < MAX_WAITING; i++) phone.connection?.write(Uint8Array.of(i, 0, 0))
    expect(phone.connection?.isConnected).toBe(true)
    phone.connection?.write(Uint8Array.of(4, 0, 0))
    expect(phone.connection?.isConnected).toBe(false)
    bench.radio.isBusy = false
    bench.pass()
    expect(bench.log).toEqual([])
    bench.open()
  })

  test('that floods the dongle with hellos is refused, and the channel is free for the next', () => {
    const bench = new Bench()
    const phone = bench.connect()
    for (let i = 0; i < 500; i++) {
      phone.connection?.write(Uint8Array.of(i, 0, 3, 1, 1, i))
      bench.pass(1, true)
    }
    expect(new Set(bench.log)).toEqual(new Set(['refused: wrong secret', 'refused: too soon']))
    phone.connection?.disconnect()
    bench.pass(60 * SECOND_MS)
    bench.open()
  })

  test('hears nothing of what was said to the one before', () => {
    const bench = new Bench().open(23)
    bench.answer = () => 'x'.repeat(500)
    bench.call('log')
    bench.pass()
    bench.phone.connection?.disconnect()
    bench.pass()
    const phone = bench.connect(23)
    expect(phone.connection?.read()).toHaveLength(0)
    phone.connection?.write(Uint8Array.of(9, 0, 0))
    bench.pass(0, true)
    expect(phone.connection?.read()).toEqual(Uint8Array.of(9, 0, 0))
  })

  test('notices a dongle that does not answer', () => {
    const bench = new Bench().open()
    bench.radio.isBusy = true
    bench.call('status')
    bench.pass(20 * SECOND_MS)
    expect(bench.phone.lost).toBe('silent')
  })
})

test('noise in requests never ends more than connections: seed 21', () => {
  const seed = random(21)
  const bench = new Bench()
  let drops = 0
  for (let i = 0; i < 2000; i++) {
    if (!bench.phone?.connection?.isConnected) {
      bench.connect(23 + seed.below(300))
      drops++
    }
    const request = new Uint8Array(seed.below(seed.chance(0.1) ? 300 : 24))
    seed.fill(request)
    if (seed.chance(0.9)) request[0] = i
    if (seed.chance(0.9)) request[1] = 0
    bench.phone.connection?.write(request)
    bench.pass(seed.below(50), true)
  }
  expect(drops).toBeGreaterThan(100)
  bench.phone.connection?.disconnect()
  bench.pass(60 * SECOND_MS)
  bench.open()
})
