/** Bytes that come as Node's Buffer, whose `slice` is no copy. */
import { expect, test } from '@jest/globals'
import { Bench } from './bench'
import { publish } from './wire'

test('a message does not change with the Buffer that it came in', () => {
  const bench = new Bench()
  bench.connect()
  const bytes = Buffer.from(publish({ topic: 'a', payload: 'on', props: [0x09, 0, 1, 7] }))
  bench.client.receive(bytes, bench.now)
  bytes.fill(0)
  bench.settle()
  expect(bench.outputs[0]).toMatchObject({
    payload: Uint8Array.of(111, 110),
    properties: { correlationData: Uint8Array.of(7) },
  })
})
