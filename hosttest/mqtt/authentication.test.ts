/** Enhanced authentication, before CONNACK and anew after it. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { what } from './messages'
import { connack, properties, pubrec, text } from './wire'

describe('enhanced authentication', () => {
  const auth = (reason: number, method: string, data: string): Uint8Array => {
    const props = properties(0x15, ...text(method), 0x16, ...text(data))
    return Uint8Array.from([0xf0, 1 + props.length, reason, ...props])
  }
  const started = (): Bench => {
    const bench = new Bench({ authentication: { method: 'M' } })
    bench.onOpen = () => bench.client.opened(bench.now, Uint8Array.of(1))
    bench.client.start(bench.now)
    bench.settle()
    return bench
  }
  const accept = connack(0, 0, 0x15, ...text('M'), 0x16, ...text('done'))

  test('is done before CONNACK, and nothing else is sent [MQTT-3.1.2-30] [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.15.2-1]', () => {
    const bench = started()
    bench.client.publish({ topic: 'a', payload: '', qos: 0, tag: 1 }, bench.now)
    const method = [0x15, ...text('M'), 0x16, 0, 1, 1]
    expect(Array.from(bench.seen[0].body).slice(-16, -8)).toEqual(method)
    bench.gets(auth(0x18, 'M', 'prove'))
    expect(bench.outputs[bench.outputs.length - 1]).toEqual({
      kind: 'challenge',
      data: Uint8Array.from([112, 114, 111, 118, 101]),
    })
    expect(bench.client.authenticate(Uint8Array.of(2), bench.now)).toBeUndefined()
    expect(bench.client.authenticate(Uint8Array.of(2), bench.now)).toBe(
      'the server has asked nothing',
    )
    bench.settle()
    expect(Array.from(bench.seen[1].body)).toEqual([0x18, 8, 0x15, ...text('M'), 0x16, 0, 1, 2])
    bench.gets(accept)
    expect(what(bench)).toEqual([
      ...['open', 'CONNECT', 'challenge', 'AUTH 18', 'authenticated', 'connected'],
      ...['PUBLISH q0 a=', 'sent 1'],
    ])
  })

  test.each<[string, Uint8Array]>([
    ['another method in AUTH [MQTT-4.12.0-5]', auth(0x18, 'N', '')],
    ['success before CONNACK [MQTT-4.12.0-2]', auth(0x00, 'M', '')],
    ['re-authentication by the server [MQTT-3.15.2-1]', auth(0x19, 'M', '')],
    ['no method in CONNACK [MQTT-4.12.0-5]', connack()],
  ])('ends on %s', (_, bytes) => {
    const bench = started()
    bench.clear()
    bench.gets(bytes)
    expect(what(bench)[0]).toMatch('DISCONNECT 8')
  })

  test('is refused in words if the server asked nothing, or there is no method [MQTT-4.12.0-7]', () => {
    expect(started().client.authenticate(undefined, 0 as never)).toBe(
      'the server has asked nothing',
    )
    const bench = new Bench()
    expect(bench.client.authenticate(undefined, bench.now)).toBe('there is no connection')
    bench.connect()
    expect(bench.client.authenticate(undefined, bench.now)).toBe(
      'the connection was made without a method',
    )
  })

  test('can be done anew while connected, within the deadline [MQTT-4.12.1-1] [MQTT-4.12.1-2]', () => {
    const bench = started()
    bench.gets(accept)
    bench.clear()
    expect(bench.client.authenticate(Uint8Array.of(3), bench.now)).toBeUndefined()
    expect(bench.client.authenticate(undefined, bench.now)).toBe('an authentication is under way')
    bench.settle()
    bench.gets(auth(0x18, 'M', ''))
    bench.client.authenticate(Uint8Array.of(4), bench.now)
    bench.settle()
    bench.gets(auth(0x00, 'M', ''))
    expect(what(bench)).toEqual(['AUTH 19', 'challenge', 'AUTH 18', 'authenticated'])
    bench.client.authenticate(undefined, bench.now)
    bench.pass(12_000)
    expect(what(bench)).toEqual(['AUTH 19', 'close', 'disconnected: no acknowledgement in time'])
  })

  test('is refused in words if its data fit neither their field nor the server', () => {
    const long = new Uint8Array(65_536)
    const bench = started()
    bench.gets(auth(0x18, 'M', ''))
    expect(bench.client.authenticate(long, bench.now)).toBe(
      'the authentication data are longer than 65535 bytes',
    )
    bench.gets(connack(0, 0, 0x15, ...text('M'), 0x27, 0, 0, 0, 40))
    bench.clear()
    expect(bench.client.authenticate(long, bench.now)).toBe(
      'the authentication data are longer than 65535 bytes',
    )
    expect(bench.client.authenticate(new Uint8Array(40), bench.now)).toBe(
      "it is above the server's maximum packet size",
    )
    bench.settle()
    expect(what(bench)).toEqual([])
    expect(bench.client.authenticate(new Uint8Array(29), bench.now)).toBeUndefined()
    bench.settle()
    expect(bench.sizes).toEqual([40])
  })

  test('sends no data without a method, and throws for data that no CONNECT can carry', () => {
    const bench = new Bench()
    bench.onOpen = () => bench.client.opened(bench.now, Uint8Array.of(1))
    bench.client.start(bench.now)
    bench.settle()
    expect(Array.from(bench.seen[0].body)).not.toContain(0x16)
    const other = new Bench({ authentication: { method: 'M' } })
    other.onOpen = () => other.client.opened(other.now, new Uint8Array(65_536))
    other.client.start(other.now)
    expect(() => other.settle()).toThrow('authentication data')
  })

  test('starts over with its connection', () => {
    const bench = started()
    bench.gets(auth(0x18, 'M', ''))
    bench.client.closed('cut', bench.now)
    bench.pass(1000)
    expect(bench.client.authenticate(undefined, bench.now)).toBe('the server has asked nothing')
  })

  test('an AUTH that nothing asked for is illegal', () => {
    const bench = started()
    bench.gets(accept)
    bench.clear()
    bench.gets(auth(0x18, 'M', ''))
    expect(what(bench)[0]).toBe('DISCONNECT 82')
  })
})

test('PUBREL, AUTH and DISCONNECT carry neither reason strings nor user properties [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.15.2-2] [MQTT-3.15.2-3]', () => {
  const bench = new Bench({ authentication: { method: 'M' } })
  bench.connect(0x15, ...text('M'))
  bench.client.publish({ topic: 'a', payload: '', qos: 2, tag: 1 }, bench.now)
  bench.settle()
  bench.gets(pubrec(1))
  bench.client.authenticate(undefined, bench.now)
  bench.client.stop(bench.now)
  bench.settle()
  expect(bench.seen.slice(2).map(({ name, body }) => [name, ...Array.from(body)])).toEqual([
    ['PUBREL', 0, 1],
    ['AUTH', 0x19, 4, 0x15, ...text('M')],
    ['DISCONNECT'],
  ])
})
