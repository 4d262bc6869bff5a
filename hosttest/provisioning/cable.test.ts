import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import { CableSession, MAX_DEAF_MS, MAX_TEXTS } from '../../firmware/provisioning/cable'
import { RECORD } from '../../firmware/provisioning/frames'
import { encodePacket } from '../../firmware/provisioning/improv'
import { MAX_MESSAGE_BYTES } from '../../firmware/provisioning/messages'
import { CODE } from '../../firmware/provisioning/request'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { encodeFrame, ToolEnd } from '../../tools/sim/tool-end'
import { primitives } from '../crypto/primitives'
import { LABEL } from './conversation'

const DEVICE = Object.freeze({
  ...{ firmware: 'wattbeat', version: '0.1.0', chip: 'ESP32', name: 'n', hostname: 'h', url: '' },
  ...{ isProvisioned: false, isOnline: false },
})
const SECOND_MS = 1000

/** A dongle's end whose calls the test answers, and a tool's. */
class Bench {
  now = 5000 as MonotonicMs
  readonly session: CableSession
  readonly tool: ToolEnd
  /** What the session asked for. */
  readonly log: string[] = []
  /** How many bytes the port takes at once. */
  room = 300
  /** All that the port took. */
  takenBytes = 0
  answer: (id: number) => unknown = () => 'done'

  constructor({ label = LABEL, hasLabel = true } = {}) {
    const channel = { primitives, entropy: random(1), label: LABEL, transport: 'cable' as const }
    const store = new Flash()
    this.session = new CableSession(
      { channel: hasLabel ? { ...channel, store } : undefined, device: DEVICE },
      this.now,
    )
    this.tool = new ToolEnd({ ...channel, label, entropy: random(2) }, (bytes) =>
      this.session.receive(bytes, this.now),
    )
  }

  /** So long, and until nothing is to be done. */
  pass(ms = 0): this {
    const end = this.now + ms
    for (let left = 10_000; ; ) {
      if (--left === 0) throw new Error('it never waits')
      const output = this.session.poll(this.now)
      switch (output.kind) {
        case 'wait':
          if (output.until > end) {
            this.now = end as MonotonicMs
            return this
          }
          this.now = Math.max(this.now, output.until) as MonotonicMs
          continue
        case 'send': {
          const count = Math.min(this.room, output.bytes.length)
          this.takenBytes += count
          const taken = output.bytes.slice(0, count)
          this.session.taken(count, this.now)
          if (count > 0) this.tool.receive(taken, this.now)
          continue
        }
        case 'call':
          this.log.push(`call ${output.method}`)
          this.session.dialogue.answer(output.id, this.answer(output.id))
          continue
        case 'refused':
          this.log.push(`refused: ${output.why}`)
          continue
        case 'join':
          this.log.push(`join ${output.wifi.ssid}`)
          this.session.improv.joined()
          continue
        default:
          this.log.push(output.kind)
      }
    }
  }

  open(): this {
    this.tool.open(this.now)
    this.pass(SECOND_MS)
    expect(this.tool.channel).toEqual(['open'])
    expect(this.tool.reply(1)).toMatchObject({ result: 'done' })
    return this
  }
}

describe('a call over the cable', () => {
  test('is answered through the channel, if the secret is right', () => {
    const bench = new Bench().open()
    const id = bench.tool.call('status', undefined, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.log).toEqual(['call info', 'call status'])
    expect(bench.tool.reply(id)).toEqual({ jsonrpc: '2.0', id, result: 'done' })
    expect(bench.session.isSilent).toBe(true)
  })

  test('with another secret is refused, and so is the next try that comes too soon', () => {
    const bench = new Bench({ label: { ...LABEL, labelSecret: new Uint8Array(16) } })
    bench.tool.open(bench.now)
    bench.pass()
    bench.tool.open(bench.now)
    bench.pass()
    expect(bench.log).toEqual(['refused: wrong secret', 'refused: too soon'])
    expect(bench.tool.channel).toEqual(['refused: wrong secret', 'refused: too soon'])
  })

  test('on a dongle without a label is refused, and says so', () => {
    const bench = new Bench({ hasLabel: false })
    bench.tool.open(bench.now)
    bench.pass()
    expect(bench.tool.channel).toEqual(['refused: no label'])
  })

  test('that was altered ends the channel; the next channel works', () => {
    const bench = new Bench().open()
    bench.tool.alter = (message) => {
      if (message[0] === RECORD) message[5] ^= 1
      return message
    }
    bench.tool.call('status', undefined, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.log).toEqual(['call info', 'refused: altered or lost record'])
    expect(bench.tool.channel).toEqual(['open', 'refused: altered or lost record'])
    bench.tool.alter = (message) => message
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel.at(-1)).toBe('open')
    expect(bench.log.at(-1)).toBe('call info')
  })

  test('may be answered with the longest message that there is, in as many records as it takes', () => {
    const bench = new Bench().open()
    const envelope = '{"jsonrpc":"2.0","id":2,"result":""}'.length
    const text = 'x'.repeat(MAX_MESSAGE_BYTES - envelope)
    bench.answer = () => text
    const id = bench.tool.call('log', undefined, bench.now)
    bench.pass(10 * SECOND_MS)
    expect(bench.tool.reply(id)?.result).toBe(text)
    bench.answer = () => `${text}x`
    const tooLong = bench.tool.call('log', undefined, bench.now)
    bench.pass(10 * SECOND_MS)
    expect(bench.tool.reply(tooLong)?.error?.code).toBe(CODE.internal)
  })

  test('as long as a message may be is heard whole while a long reply goes out', () => {
    const bench = new Bench().open()
    bench.answer = () => 'x'.repeat(MAX_MESSAGE_BYTES - 100)
    const first = bench.tool.call('log', undefined, bench.now)
    bench.pass()
    bench.room = 64
    const patch = { note: 'y'.repeat(MAX_MESSAGE_BYTES - 200) }
    const second = bench.tool.call('settings.set', { patch }, bench.now)
    bench.pass(60 * SECOND_MS)
    expect(bench.tool.channel).toEqual(['open'])
    expect(bench.log).toEqual(['call info', 'call log', 'call settings.set'])
    for (const id of [first, second]) expect(bench.tool.reply(id)?.result).toBe(bench.answer(id))
  })

  test('whose records do not keep to the length of their message ends the channel, and the next works', () => {
    const bench = new Bench().open()
    bench.tool.record(new Uint8Array([0xff, 0xff, 0x7b]), bench.now)
    bench.pass(SECOND_MS)
    bench.tool.call('status', undefined, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel).toEqual(['open', 'refused: no channel'])
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel.at(-1)).toBe('open')
  })

  test('that is open when the channel ends is cancelled', () => {
    const bench = new Bench()
    bench.open()
    const { dialogue } = bench.session
    dialogue.answer = () => {}
    bench.tool.call('status', { everyS: 1 }, bench.now)
    bench.pass()
    bench.tool.open(bench.now)
    bench.pass()
    expect(bench.log).toEqual(['call info', 'call status', 'cancel', 'call info'])
  })
})

describe('one line carries all', () => {
  test('noise, lines of the log and Improv between are found again', () => {
    const bench = new Bench().open()
    const noise = random(77)
    for (let round = 0; round < 20; round++) {
      const bytes = new Uint8Array(50)
      noise.fill(bytes)
      bench.session.receive(bytes, bench.now)
      bench.session.log(`line ${round}`)
      bench.session.receive(encodePacket(3, Uint8Array.of(2, 0)), bench.now)
      const id = bench.tool.call('status', undefined, bench.now)
      bench.pass(SECOND_MS)
      expect(bench.tool.reply(id)).toMatchObject({ result: 'done' })
    }
    const texts = bench.tool.heard.filter((item) => item.startsWith('text'))
    expect(texts).toEqual(Array.from({ length: 20 }, (_, round) => `text line ${round}`))
    expect(bench.tool.heard.filter((item) => item === 'improv 1 2')).toHaveLength(20)
    expect(bench.tool.channel).toEqual(['open'])
  })

  test('Improv sets Wi-Fi of a dongle without a site', () => {
    const bench = new Bench()
    const data = utf8('\u0001\u000b\u0004home\u0005right')
    data[1] = data.length - 2
    bench.session.receive(encodePacket(3, data), bench.now)
    bench.pass(SECOND_MS)
    // A password of WPA has 8 characters.
    expect(bench.tool.heard).toContain('improv 2 3')
    const whole = utf8('\u0001\u0000\u0004home\u000eright-password')
    whole[1] = whole.length - 2
    bench.session.receive(encodePacket(3, whole), bench.now)
    bench.pass(SECOND_MS)
    expect(bench.log).toEqual(['join home'])
    expect(bench.tool.heard.slice(-2)).toEqual(['improv 1 4', 'improv 4 1 1 0'])
  })
})

describe('a port that takes', () => {
  test.each([1, 7, 64])('%i bytes at once gets all of them, in their order', (room) => {
    const bench = new Bench()
    bench.room = room
    bench.tool.open(bench.now)
    bench.pass(60 * SECOND_MS)
    expect(bench.tool.reply(1)).toMatchObject({ result: 'done' })
  })

  test('nothing costs no more than the newest lines, and a channel that nobody reads', () => {
    const bench = new Bench().open()
    bench.room = 0
    bench.answer = () => 'x'.repeat(5000)
    for (let i = 0; i < 200; i++) {
      bench.session.log(`line ${i}`)
      bench.tool.call('status', undefined, bench.now)
      bench.pass(10)
    }
    const { takenBytes } = bench
    // Only what fits into the bounds was heard at all.
    expect(bench.log.length).toBeLessThan(10)
    bench.pass(MAX_DEAF_MS)
    expect(bench.session.isSilent).toBe(true)
    expect(bench.takenBytes).toBe(takenBytes)
    // Nothing is tried again and again for nobody.
    bench.session.log('unheard')
    bench.pass()
    expect(bench.session.isSilent).toBe(true)
    bench.room = 300
    bench.session.log('heard')
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.heard.at(-1)).toBe('text heard')
    expect(bench.tool.channel.at(-1)).toBe('open')
  })

  test('nothing for a while gets the newest lines then', () => {
    const bench = new Bench()
    bench.room = 0
    for (let i = 0; i < 100; i++) {
      bench.session.log(`line ${i}`)
      bench.pass()
    }
    bench.pass(MAX_DEAF_MS / 2)
    bench.room = 300
    bench.pass(MAX_DEAF_MS)
    expect(bench.tool.heard).toHaveLength(MAX_TEXTS + 1)
    expect(bench.tool.heard.at(-1)).toBe('text line 99')
  })

  test('nothing for long and then little at a time gets whole lines again', () => {
    const bench = new Bench()
    bench.room = 0
    bench.session.log('unheard')
    bench.pass(MAX_DEAF_MS + SECOND_MS)
    bench.room = 300
    bench.session.log('heard whole')
    bench.pass()
    bench.room = 7
    for (const text of ['a first line that is heard', 'a second one']) {
      bench.session.log(text)
      bench.pass(SECOND_MS)
    }
    expect(bench.tool.heard.at(-1)).toBe('text a second one')
  })

  test('a byte at a time loses nothing, however long that takes', () => {
    const bench = new Bench()
    bench.room = 1
    const line = 'x'.repeat(400)
    bench.session.log(line)
    bench.pass(3 * MAX_DEAF_MS)
    expect(bench.tool.heard).toEqual([`text ${line}`])
  })

  test('nothing hears no more frames than the longest message has, and one', () => {
    const bench = new Bench()
    bench.room = 0
    bench.session.log('in the way')
    bench.pass()
    for (let i = 0; i < 100; i++)
      bench.session.receive(encodeFrame(new Uint8Array(20).fill(RECORD), i), bench.now)
    bench.room = 300
    bench.pass(SECOND_MS)
    expect(bench.log).toEqual(new Array(9).fill('refused: no channel'))
  })
})

describe('a channel that ends', () => {
  test('amid a long answer takes the rest with it', () => {
    const bench = new Bench().open()
    bench.answer = () => 'x'.repeat(MAX_MESSAGE_BYTES - 100)
    bench.tool.call('status', undefined, bench.now)
    bench.room = 0
    bench.pass()
    bench.session.receive(encodeFrame(new Uint8Array(20).fill(RECORD), 77), bench.now)
    bench.room = 300
    bench.pass(SECOND_MS)
    expect(bench.tool.channel).toEqual(['open', 'refused: altered or lost record'])
    bench.answer = () => 'short'
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel.at(-1)).toBe('open')
    expect(bench.tool.replies.at(-1)).toMatchObject({ result: 'short' })
  })

  test('amid a message leaves nothing of it to the next', () => {
    const bench = new Bench().open()
    bench.tool.record(Uint8Array.of(0, 50, 0x7b), bench.now)
    bench.pass()
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel).toEqual(['open', 'open'])
    expect(bench.tool.replies.at(-1)).toMatchObject({ result: 'done' })
  })

  // What its only record asked for has an answer, and there is no channel for it yet.
  test('by the next hello, right behind its first record, answers nobody', () => {
    const bench = new Bench()
    const receive = bench.session.receive.bind(bench.session)
    let frames = 0
    bench.session.receive = (bytes, now) => {
      receive(bytes, now)
      if (++frames !== 2) return
      bench.tool.open(now)
      // It is slow to answer.
      bench.tool.receive = () => {}
    }
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.log).toEqual(['call info'])
    expect(bench.session.isSilent).toBe(true)
  })
})
