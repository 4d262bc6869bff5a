import { describe, expect, test } from '@jest/globals'
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import { Dialogue, MAX_CALLS } from '../../firmware/provisioning/dialogue'
import { MAX_MESSAGE_BYTES } from '../../firmware/provisioning/messages'
import { METHODS, type MethodName } from '../../firmware/provisioning/methods'
import { CODE } from '../../firmware/provisioning/request'
import { MAX_WRONG_FIELDS } from '../../firmware/settings/parse'
import type { Reply } from '../../tools/sim/channel-end'
import { at } from './traffic'

class Talk {
  readonly dialogue = new Dialogue()

  ask(id: number | undefined, method: string, params?: object, ms = 0): unknown[] {
    const request = { jsonrpc: '2.0', id, method, params }
    this.dialogue.receive(utf8(JSON.stringify(request)), at(ms))
    return this.heard(ms)
  }

  /** What is said, without what all messages have. */
  heard(ms: number): unknown[] {
    const all: unknown[] = []
    for (;;) {
      const output = this.dialogue.poll(at(ms))
      if (output.kind === 'wait') return all
      if (output.kind !== 'send') {
        all.push(output)
        continue
      }
      const { jsonrpc, ...message } = JSON.parse(readUtf8(output.bytes)!)
      expect(jsonrpc).toBe('2.0')
      all.push(message)
    }
  }
}

const wait = (talk: Talk, ms: number) => (talk.dialogue.poll(at(ms)) as { until: number }).until

describe('a call', () => {
  test('goes to the supervisor, and its answer back', () => {
    const talk = new Talk()
    expect(talk.ask(3, 'identify', { seconds: 5 })).toEqual([
      { kind: 'call', id: 3, method: 'identify', params: { seconds: 5 } },
    ])
    talk.dialogue.answer(3)
    expect(talk.heard(1)).toEqual([{ id: 3, result: null }])
    talk.dialogue.answer(3, 'twice')
    talk.dialogue.progress(3, 'late')
    expect(talk.heard(1)).toEqual([])
    expect(wait(talk, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('may be refused by the supervisor, in words and with what to do', () => {
    const talk = new Talk()
    talk.ask(3, 'test')
    const error = { code: CODE.failed, message: 'no network', data: { fix: 'check wifi.password' } }
    talk.dialogue.refuse(3, error)
    expect(talk.heard(1)).toEqual([{ id: 3, error }])
  })

  test('tells its progress', () => {
    const talk = new Talk()
    talk.ask(3, 'bus.scan')
    talk.dialogue.progress(3, { done: 0.5 })
    talk.dialogue.progress(4, 'of none')
    expect(talk.heard(1)).toEqual([{ method: 'progress', params: { id: 3, value: { done: 0.5 } } }])
  })

  test.each(Object.keys(METHODS).filter((name) => name !== 'update' && name !== 'cancel'))(
    '%s ends after its time, and the supervisor hears it',
    (name) => {
      const talk = new Talk()
      const { maxMs } = METHODS[name as MethodName]
      const device = { model: 'auto', unit: 1, role: 'site' }
      const params = { 'settings.set': { patch: {} }, 'device.read': { device } }
      const pair = { 'credentials.stage': { key: 'k', secret: 's' } }
      const given = { ...params, ...pair } as Record<string, object>
      expect(talk.ask(1, name, given[name])).toHaveLength(1)
      expect(wait(talk, maxMs - 1)).toBe(maxMs)
      expect(talk.heard(maxMs)).toEqual([
        { kind: 'cancel', id: 1 },
        { id: 1, error: { code: -32001, message: 'it took too long' } },
      ])
      talk.dialogue.answer(1, 'too late')
      expect(talk.heard(maxMs)).toEqual([])
    },
  )

  test('that is wrong is answered at once and nobody else hears of it', () => {
    const talk = new Talk()
    expect(talk.ask(1, 'gone')).toMatchObject([{ id: 1, error: { code: -32601 } }])
    expect(talk.ask(1, 'identify', { seconds: 0 })).toMatchObject([
      {
        id: 1,
        error: {
          code: -32602,
          data: {
            wrong: [
              { field: 'params.seconds', found: '0', expected: 'a whole number from 1 to 60' },
            ],
          },
        },
      },
    ])
  })

  test('with hundreds of wrong fields is answered in one message', () => {
    const talk = new Talk()
    const params = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`field${i}`, 1]))
    const devices = { device: { ...params } }
    for (const given of [params, devices]) {
      const [{ id, error }] = talk.ask(1, 'device.read', given) as [Reply]
      const { wrong, more } = (error?.data ?? {}) as { wrong: unknown[]; more: number }
      expect({ id, code: error?.code }).toEqual({ id: 1, code: -32602 })
      expect(wrong).toHaveLength(MAX_WRONG_FIELDS)
      // Those of its own besides: they are missing.
      expect(wrong.length + more).toBeGreaterThanOrEqual(400)
    }
  })

  test('of an update is for a later version', () => {
    expect(new Talk().ask(1, 'update')).toEqual([
      { id: 1, error: { code: -32003, message: 'not in this version' } },
    ])
  })

  test('whose answer is too long for a message has an error', () => {
    const talk = new Talk()
    talk.ask(1, 'status', { everyS: 1 })
    talk.dialogue.progress(1, 'x'.repeat(MAX_MESSAGE_BYTES))
    expect(talk.heard(0)).toEqual([])
    talk.dialogue.answer(1, 'x'.repeat(MAX_MESSAGE_BYTES))
    expect(talk.heard(0)).toMatchObject([{ id: 1, error: { code: -32603 } }])
  })
})

describe('open calls', () => {
  test('have a maximum, and another one is told what to do', () => {
    const talk = new Talk()
    for (let id = 0; id < MAX_CALLS; id++) expect(talk.ask(id, 'status')).toHaveLength(1)
    expect(talk.ask(9, 'info')).toEqual([
      {
        id: 9,
        error: {
          code: -32000,
          message: '4 calls are open',
          data: { fix: 'wait for one of them, or cancel it' },
        },
      },
    ])
    talk.dialogue.answer(2)
    talk.heard(0)
    expect(talk.ask(9, 'info')).toMatchObject([{ kind: 'call', id: 9 }])
  })

  test('have different ids', () => {
    const talk = new Talk()
    talk.ask(1, 'status')
    expect(talk.ask(1, 'info')).toMatchObject([{ id: 1, error: { code: -32600 } }])
    talk.dialogue.answer(1, 'of the first')
    expect(talk.heard(0)).toEqual([{ id: 1, result: 'of the first' }])
  })

  test('are cancelled one by one', () => {
    const talk = new Talk()
    talk.ask(1, 'bus.scan')
    talk.ask(2, 'status')
    const cancelled = { id: 1, error: { code: -32002, message: 'cancelled' } }
    expect(talk.ask(3, 'cancel', { id: 1 })).toEqual([
      { kind: 'cancel', id: 1 },
      cancelled,
      { id: 3, result: true },
    ])
    expect(talk.ask(3, 'cancel', { id: 1 })).toEqual([{ id: 3, result: false }])
    // As a notification.
    expect(talk.ask(undefined, 'cancel', { id: 2 })).toHaveLength(2)
    expect(talk.ask(undefined, 'cancel', { id: 2 })).toEqual([])
  })

  test('are cancelled when the channel ends, and nothing is said any more', () => {
    const talk = new Talk()
    talk.ask(1, 'bus.scan')
    talk.ask(2, 'status')
    talk.dialogue.progress(2, 'unheard')
    talk.dialogue.end()
    expect(talk.heard(0)).toEqual([
      { kind: 'cancel', id: 1 },
      { kind: 'cancel', id: 2 },
    ])
    expect(wait(talk, 0)).toBe(Number.POSITIVE_INFINITY)
  })

  // The supervisor was not told: it followed on, and told the next call of that id what it saw.
  test('that were cancelled before the channel ended are cancelled, though nobody had taken that yet', () => {
    const talk = new Talk()
    talk.ask(1, 'log', { follow: true })
    talk.dialogue.progress(1, 'unheard')
    const cancel = { jsonrpc: '2.0', method: 'cancel', params: { id: 1 } }
    talk.dialogue.receive(utf8(JSON.stringify(cancel)), at(0))
    talk.dialogue.end()
    expect(talk.heard(0)).toEqual([{ kind: 'cancel', id: 1 }])
  })
})

test('a notification does nothing, and is not answered even if it is wrong', () => {
  const talk = new Talk()
  expect(talk.ask(undefined, 'restart')).toEqual([])
  expect(talk.ask(undefined, 'gone')).toEqual([])
  expect(talk.ask(undefined, 'identify', { seconds: 'x' })).toEqual([])
})

test('a peer that does not read fills no queue', () => {
  const { dialogue } = new Talk()
  const call = utf8('{"jsonrpc":"2.0","id":1,"method":"log","params":{"follow":true}}')
  dialogue.receive(call, at(0))
  for (let i = 0; i < 1000; i++) {
    dialogue.progress(1, i)
    dialogue.receive(utf8('nonsense'), at(0))
  }
  let said = 0
  while (dialogue.poll(at(0)).kind !== 'wait') said++
  expect(said).toBe(16)
})
