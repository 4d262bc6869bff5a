/** Which session a connection offers to resume, by what became of the connections before it. */
import { expect, test } from '@jest/globals'
import { parties } from './converse'
import { connect, newLayer, run, serve, them } from './lwip'

test('a session is offered again after an honest end, and forgotten after a fault', () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const resumed: number[] = []
  const alert = (...bytes: number[]) => [{ type: 21, bytes: new Uint8Array(bytes) }]
  for (const afterwards of [alert(1, 0), alert(2, 80), alert(1, 0), alert(1, 0)]) {
    connect(undefined, layer)
    resumed.push(serve({ resumes: 'always', afterwards }, sessions))
  }
  expect(resumed).toEqual([0, 1, 0, 1])
})

test('a session is offered to its own host and port only, with its own anchors', async () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const other = (await parties()).root.der
  const goodbye = [{ type: 21, bytes: Uint8Array.of(1, 0) }]
  const both = [them.root.der, other]
  const resumed = [
    {},
    {},
    { port: 8884 },
    { port: 8884 },
    { anchors: both },
    { anchors: both },
    {},
  ].map((to) => {
    connect(undefined, layer, to)
    return serve({ resumes: 'always', afterwards: goodbye }, sessions)
  })
  expect(resumed).toEqual([0, 1, 0, 1, 0, 1, 0])
})

test('an attempt that does not reach the server does not cost the session', () => {
  const layer = newLayer()
  const sessions = new Map<string, Uint8Array>()
  const goodbye = [{ type: 21, bytes: Uint8Array.of(1, 0) }]
  connect(undefined, layer)
  serve({ resumes: 'always', afterwards: goodbye }, sessions)
  connect((answer) => answer(undefined, 'no such host'), layer)
  run()
  connect(undefined, layer)
  expect(serve({ resumes: 'always', afterwards: goodbye }, sessions)).toBe(1)
})
