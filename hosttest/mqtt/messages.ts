/** What the tests of outgoing messages share. */
import { expect } from '@jest/globals'
import type { MqttMessage } from '../../firmware/mqtt/client'
import type { Bench } from './bench'
import { connack } from './wire'

export const message: MqttMessage = { topic: 'a', payload: 'x', qos: 1, tag: 0 }

export function queue(bench: Bench, count: number, more: Partial<MqttMessage> = {}): void {
  for (let tag = 1; tag <= count; tag++)
    expect(bench.client.publish({ ...message, ...more, tag }, bench.now)).toBeUndefined()
  bench.settle()
}

/** Cuts the connection and comes back; answers what was written after CONNACK. */
export function reconnect(bench: Bench, sessionPresent: boolean, ...props: number[]): string[] {
  bench.client.closed('cut', bench.now)
  bench.settle()
  bench.client.hurry(bench.now)
  bench.pass(1000)
  bench.clear()
  bench.gets(connack(sessionPresent ? 1 : 0, 0, ...props))
  return what(bench)
}

/** The log since the last look, without its times. */
export function what(bench: Bench): string[] {
  return bench.since().map(([, words]) => words)
}

/** Long enough for every backoff. */
export const patient = { connackMs: 200_000, acknowledgeMs: 400_000, keepAliveS: 0 }
