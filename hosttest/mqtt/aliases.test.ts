/** Topic aliases of one connection, in both directions. */
import { describe, expect, test } from '@jest/globals'
import { Bench } from './bench'
import { patient, queue, reconnect, what } from './messages'
import { connack, publish, seenPublish, u32 } from './wire'

function connected(options: { topicAliasMaximum?: number } = {}): Bench {
  const bench = new Bench(options)
  bench.connect()
  return bench
}

describe('topic aliases', () => {
  const sentAliases = (bench: Bench): string[] =>
    bench.seen
      .filter(({ name }) => name === 'PUBLISH')
      .map((seen) => {
        const { topic, alias } = seenPublish(seen)
        return `${alias}=${topic}`
      })

  test('stand for a topic from the second time on', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 10)
    queue(bench, 2, { topic: 'site/1' })
    queue(bench, 2, { topic: 'site/2' })
    expect(sentAliases(bench)).toEqual(['1=site/1', '1=', '2=site/2', '2='])
  })

  test('stay within the maximum: a new topic takes the place of the least recently used [MQTT-3.2.2-17] [MQTT-3.3.2-9]', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 2)
    for (const topic of ['a', 'b', 'a', 'c', 'a', 'b']) queue(bench, 1, { topic })
    expect(sentAliases(bench)).toEqual(['1=a', '2=b', '1=', '2=c', '1=', '2=b'])
  })

  test('are not used if the server takes none [MQTT-3.2.2-18]', () => {
    const bench = new Bench()
    bench.connect()
    queue(bench, 2)
    expect(sentAliases(bench)).toEqual(['0=a', '0=a'])
  })

  test('are forgotten with their connection: a resend carries its topic [MQTT-3.3.2-7]', () => {
    const bench = new Bench(patient)
    bench.connect(0x22, 0, 10)
    queue(bench, 2)
    reconnect(bench, true, 0x22, 0, 10)
    queue(bench, 2, { topic: 'b' })
    queue(bench, 1)
    expect(sentAliases(bench)).toEqual(['0=a', '0=a', '1=b', '1=', '2=a'])
  })

  test('are left out if they do not fit, and are not remembered then', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 10, 0x27, ...u32(40))
    queue(bench, 1, { topic: 'topic', payload: 'x'.repeat(28) })
    queue(bench, 1, { topic: 'topic', payload: 'y' })
    queue(bench, 1, { topic: 'topic', payload: 'z' })
    expect(sentAliases(bench)).toEqual(['0=topic', '2=topic', '2='])
  })
  test('do not let a message pass that would be too large without them', () => {
    const bench = new Bench()
    bench.connect(0x22, 0, 10, 0x27, ...u32(40))
    queue(bench, 1, { topic: 'a/long/topic' })
    bench.clear()
    queue(bench, 1, { topic: 'a/long/topic', payload: 'x'.repeat(22) })
    expect(what(bench)).toEqual(["dropped 1: it is above the server's maximum packet size"])
  })
})

describe('inbound aliases', () => {
  const alias = (id: number): number[] => [0x23, 0, id]

  test('from 1 to our maximum are taken, and can change their topic [MQTT-3.3.2-10] [MQTT-3.3.2-11]', () => {
    const bench = connected({ topicAliasMaximum: 3 })
    bench.gets(publish({ topic: 'c', props: alias(3) }), publish({ topic: 'a', props: alias(1) }))
    bench.gets(publish({ topic: '', props: alias(3) }), publish({ topic: '', props: alias(1) }))
    bench.gets(publish({ topic: 'd', props: alias(3) }), publish({ topic: '', props: alias(3) }))
    expect(what(bench)).toEqual(
      ['c', 'a', 'c', 'a', 'd', 'd'].map((topic) => `message q0 ${topic}`),
    )
  })

  test('are illegal if we announce none [MQTT-3.1.2-27]', () => {
    const bench = connected({ topicAliasMaximum: 0 })
    bench.gets(publish({ topic: 'a', props: alias(1) }))
    expect(what(bench)[0]).toBe('DISCONNECT 94')
  })

  test('are forgotten with their connection [MQTT-3.3.2-7]', () => {
    const bench = connected()
    bench.gets(publish({ topic: 'a', props: alias(1) }))
    bench.client.closed('cut', bench.now)
    bench.pass(9000)
    bench.gets(connack(1))
    bench.clear()
    bench.gets(publish({ topic: '', props: alias(1) }))
    expect(what(bench)[0]).toBe('DISCONNECT 82')
  })
})
