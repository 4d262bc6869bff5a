import { describe, expect, test } from '@jest/globals'
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import { MAX_MESSAGE_BYTES } from '../../firmware/provisioning/messages'
import { METHODS, type MethodName } from '../../firmware/provisioning/methods'
import {
  type DialogueError,
  encodeError,
  encodeProgress,
  encodeReply,
  readRequest,
} from '../../firmware/provisioning/request'
import type { Field } from '../../firmware/settings/schema'

const call = { jsonrpc: '2.0', id: 1, method: 'info' }

function read(request: unknown) {
  return readRequest(utf8(typeof request === 'string' ? request : JSON.stringify(request)))
}

/** What is wrong, in short. */
function refusal(request: unknown): unknown {
  const one = read(request)
  if (one.kind !== 'refused') return one
  const { code, data } = one.error
  return [one.id, code, ...(data?.wrong ?? []).map(({ field, found }) => `${field}: ${found}`)]
}

describe('a request', () => {
  test('has a number, a method and parameters by name', () => {
    const params = { follow: true }
    expect(read({ ...call, method: 'log', params })).toEqual({
      ...{ kind: 'request', id: 1, method: 'log', params },
    })
  })

  test('gets the defaults of what it leaves out', () => {
    expect(read({ ...call, method: 'log' })).toMatchObject({ params: { follow: false } })
    expect(read(call)).toMatchObject({ params: {} })
    const device = { model: 'eastron-sdm630', unit: 1, role: 'site' }
    expect(read({ ...call, method: 'device.read', params: { device, line: {} } })).toMatchObject({
      params: { device, line: { baud: 9600, parity: 'none', stopBits: 1 } },
    })
  })

  test('without a number is a notification', () => {
    const { id, ...rest } = call
    expect(id).toBe(1)
    expect(read(rest)).toMatchObject({ kind: 'request', id: undefined })
    expect(read({ ...rest, method: 'gone' })).toMatchObject({ kind: 'refused', id: undefined })
  })

  test.each<[unknown, unknown[]]>([
    ['', [null, -32700]],
    ['{"jsonrpc":"2.0","id":1,"method":"info"', [null, -32700]],
    ['{"jsonrpc":"2.0","id":1,"method":"info"}}', [null, -32700]],
    ['nonsense', [null, -32700]],
    ['null', [null, -32600]],
    ['1', [null, -32600]],
    ['"info"', [null, -32600]],
    ['[]', [null, -32600]],
    [[call], [null, -32600]],
    [
      [call, call],
      [null, -32600],
    ],
    [{}, [null, -32600, 'request.jsonrpc: nothing', 'request.method: nothing']],
    [{ ...call, jsonrpc: '1.0' }, [1, -32600, 'request.jsonrpc: a text of 3 characters']],
    [{ ...call, jsonrpc: 2 }, [1, -32600, 'request.jsonrpc: 2']],
    [{ ...call, id: '1' }, [null, -32600, 'request.id: a text of 1 characters']],
    [{ ...call, id: null }, [null, -32600, 'request.id: null']],
    [{ ...call, id: -1 }, [null, -32600, 'request.id: -1']],
    [{ ...call, id: 1.5 }, [null, -32600, 'request.id: 1.5']],
    [{ ...call, id: 2 ** 31 }, [null, -32600, 'request.id: a number']],
    [{ ...call, id: {} }, [null, -32600, 'request.id: an object']],
    [{ ...call, method: 'gone' }, [1, -32601, 'request.method: a text of 4 characters']],
    [{ ...call, method: '__proto__' }, [1, -32601, 'request.method: a text of 9 characters']],
    [{ ...call, method: 'toString' }, [1, -32601, 'request.method: a text of 8 characters']],
    [{ ...call, method: 7 }, [1, -32600, 'request.method: 7']],
    [{ ...call, method: ['info'] }, [1, -32600, 'request.method: a list of 1']],
    [{ ...call, params: [1] }, [1, -32600, 'request.params: a list of 1']],
    [{ ...call, params: null }, [1, -32600, 'request.params: null']],
    [{ ...call, params: 'x' }, [1, -32600, 'request.params: a text of 1 characters']],
    [{ ...call, more: 1 }, [1, -32600, 'request: a field that does not exist']],
    [{ ...call, params: { a: 1 } }, [1, -32602, 'params: a field that does not exist']],
    [
      '{"jsonrpc":"2.0","id":1,"method":"info","params":{"__proto__":{}}}',
      [1, -32602, 'params: a field that does not exist'],
    ],
    [
      '{"jsonrpc":"2.0","id":1,"method":"info","__proto__":{"method":"reset"}}',
      [1, -32600, 'request: a field that does not exist'],
    ],
    [
      { ...call, method: 'settings.set', params: { patch: [], dryRun: 1 } },
      [1, -32602, 'params.patch: a list of 0', 'params.dryRun: 1'],
    ],
    [{ ...call, method: 'settings.set' }, [1, -32602, 'params.patch: nothing']],
    [
      { ...call, method: 'bus.scan', params: { units: [1, 248, 1], line: { baud: 1 } } },
      [...[1, -32602, 'params.units[1]: 248', 'params.units[2]: 1 again'], 'params.line.baud: 1'],
    ],
    [
      { ...call, method: 'device.read', params: { device: { unit: 999 } } },
      [
        ...[1, -32602, 'params.device.model: nothing', 'params.device.unit: 999'],
        'params.device.role: nothing',
      ],
    ],
    [{ ...call, method: 'cancel' }, [1, -32602, 'params.id: nothing']],
  ])('%j is none', (request, expected) => {
    expect(refusal(request)).toEqual(expected)
  })

  test('says what would be right', () => {
    const { error } = read({ ...call, method: 'gone' }) as { error: DialogueError }
    const [{ expected }] = error.data!.wrong!
    expect(expected).toBe(`one of ${Object.keys(METHODS).join(', ')}`)
  })

  test('no part of one is one', () => {
    const whole = JSON.stringify({ ...call, method: 'identify', params: { seconds: 5 } })
    expect(read(whole).kind).toBe('request')
    for (let end = 0; end < whole.length; end++)
      expect(refusal(whole.slice(0, end))).toEqual([null, -32700])
  })

  test('that is no UTF-8 is none', () => {
    const bytes = utf8(JSON.stringify(call))
    bytes[20] = 0xff
    expect(readRequest(bytes)).toMatchObject({ kind: 'refused', error: { code: -32700 } })
  })
})

describe('before it is parsed', () => {
  const why = (text: string) => {
    const one = read(text)
    return one.kind === 'refused' && one.error.message
  }

  test('a request has a maximum of bytes, levels and values', () => {
    expect(why(' '.repeat(MAX_MESSAGE_BYTES))).toBe('no JSON')
    expect(why(' '.repeat(MAX_MESSAGE_BYTES + 1))).toBe('more than 7168 bytes')
    expect(why('[{"a":[{"b":[{"c":[{}]}]}]}]')).toBe('one request each: no list of them')
    expect(why('['.repeat(9))).toBe('more than 8 levels')
    expect(why('['.repeat(7000))).toBe('more than 8 levels')
    expect(why('{"a":'.repeat(1400))).toBe('more than 8 levels')
    expect(why(`[${'0,'.repeat(500)}0]`)).toBe('one request each: no list of them')
    expect(why(`[${'0,'.repeat(501)}0]`)).toBe('more than 500 values')
  })

  test('what stands in a text is not counted', () => {
    const text = '"'.concat('[,{\\"\\\\'.repeat(600), '"')
    expect(why(text)).toBe('no object')
    expect(why(`[${text},"]"]`)).toBe('one request each: no list of them')
  })

  test('the largest settings fit', () => {
    const device = {
      ...{ model: 'x'.repeat(32), unit: 247, role: 'resource', part: 'battery' },
      resource: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
      ...{ capacityWh: 10_000_000, ctRatio: 9999.5, ratedW: 100_000_000, inverted: false },
      ...{ phases: [1, 2, 3], direction: 'import' },
    }
    const patch = { devices: Array(16).fill(device), timeServers: Array(4).fill('x'.repeat(261)) }
    const request = { ...call, method: 'settings.set', params: { patch } }
    expect(read(request)).toMatchObject({ kind: 'request', params: { patch } })
  })
})

test('replies, errors and progress', () => {
  const text = (bytes: Uint8Array) => readUtf8(bytes)
  expect(text(encodeReply(7, { a: 'é' }))).toBe('{"jsonrpc":"2.0","id":7,"result":{"a":"é"}}')
  expect(text(encodeReply(7, undefined))).toBe('{"jsonrpc":"2.0","id":7,"result":null}')
  expect(text(encodeError(null, { code: -32700, message: 'no JSON' }))).toBe(
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}',
  )
  expect(text(encodeProgress(7, 0.5))).toBe(
    '{"jsonrpc":"2.0","method":"progress","params":{"id":7,"value":0.5}}',
  )
})

describe('nothing that is refused is told', () => {
  const SECRET = 'hunter2hunter2'
  const PUT = [
    SECRET,
    87_654_321,
    [SECRET],
    { [SECRET]: SECRET },
    `-----BEGIN PRIVATE KEY-----\n${SECRET}`,
  ]
  /** The paths of all parameters. */
  const paths = (of: Readonly<Record<string, Field>>): string[][] =>
    Object.entries(of).flatMap(([name, field]) => [
      [name],
      ...(field.kind === 'group' ? paths(field.of).map((path) => [name, ...path]) : []),
    ])
  const at = (path: readonly string[], value: unknown): unknown =>
    path.reduceRight((inner, name) => ({ [name]: inner }), value)

  test.each(Object.keys(METHODS))('by %s, into whatever field it was pasted', (method) => {
    const { params } = METHODS[method as MethodName]
    for (const put of PUT)
      for (const path of [
        [],
        [SECRET],
        ...paths(params),
        ...paths(params).map((p) => [...p, SECRET]),
      ]) {
        const one = read({ ...call, method, params: at(path, put) })
        const told = one.kind === 'refused' ? JSON.stringify(one) : ''
        expect(told).not.toContain('hunter')
        expect(told).not.toContain('8765')
      }
  })

  test.each(['jsonrpc', 'id', 'method', 'params', SECRET])('in the request itself: %s', (name) => {
    for (const put of PUT) {
      const one = read({ ...call, [name]: put })
      const told = JSON.stringify(one)
      // A whole number is an id: JSON-RPC has it repeated.
      if (name === 'id' && typeof put === 'number') continue
      expect(one.kind).toBe('refused')
      expect(told).not.toContain('hunter')
      expect(told).not.toContain('8765')
    }
    expect(JSON.stringify(read(`{"jsonrpc":"2.0",${SECRET}`))).not.toContain('hunter')
    expect(JSON.stringify(read(SECRET))).not.toContain('hunter')
  })
})
