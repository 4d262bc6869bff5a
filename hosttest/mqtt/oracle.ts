/** npm mqtt-packet 9 beside our codec: its names, its habits, and arbitrary values for both. */
import { expect } from '@jest/globals'
import fc from 'fast-check'
import * as mqttPacket from 'mqtt-packet'
import type * as types from '../../firmware/mqtt/packet/codes'
import { Framing } from '../../firmware/mqtt/packet/framing'
import type { Packet } from '../../firmware/mqtt/packet/packet'
import type { Properties } from '../../firmware/mqtt/packet/properties'
import { Writer } from '../../firmware/mqtt/packet/writer'

export type Loose = { [name: string]: unknown }

export const RUNS = { numRuns: 300 }

/** Our names of properties -> those of mqtt-packet. */
export const NAMES: { [name in keyof Properties]-?: string } = {
  payloadFormat: 'payloadFormatIndicator',
  messageExpiryS: 'messageExpiryInterval',
  contentType: 'contentType',
  responseTopic: 'responseTopic',
  correlationData: 'correlationData',
  subscriptionIds: 'subscriptionIdentifier',
  sessionExpiryS: 'sessionExpiryInterval',
  assignedClientId: 'assignedClientIdentifier',
  serverKeepAliveS: 'serverKeepAlive',
  authenticationMethod: 'authenticationMethod',
  authenticationData: 'authenticationData',
  requestProblemInformation: 'requestProblemInformation',
  willDelayS: 'willDelayInterval',
  requestResponseInformation: 'requestResponseInformation',
  responseInformation: 'responseInformation',
  serverReference: 'serverReference',
  reasonString: 'reasonString',
  receiveMaximum: 'receiveMaximum',
  topicAliasMaximum: 'topicAliasMaximum',
  topicAlias: 'topicAlias',
  maximumQoS: 'maximumQoS',
  retainAvailable: 'retainAvailable',
  userProperties: 'userProperties',
  maximumPacketSize: 'maximumPacketSize',
  wildcardSubscriptionAvailable: 'wildcardSubscriptionAvailable',
  subscriptionIdsAvailable: 'subscriptionIdentifiersAvailable',
  sharedSubscriptionAvailable: 'sharedSubscriptionAvailable',
}

/** Those that mqtt-packet shows as true and false. */
export const FLAGS = [
  ...[
    'payloadFormat',
    'requestProblemInformation',
    'requestResponseInformation',
    'retainAvailable',
  ],
  ...['wildcardSubscriptionAvailable', 'subscriptionIdsAvailable', 'sharedSubscriptionAvailable'],
]

export function theirProperties(ours: Properties): Loose {
  const theirs: Loose = {}
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined) continue
    const theirName = NAMES[name as keyof Properties]
    if (name === 'userProperties') theirs[theirName] = grouped(value as [string, string][])
    else if (name === 'subscriptionIds') {
      const ids = value as number[]
      theirs[theirName] = ids.length === 1 ? ids[0] : ids
    } else if (FLAGS.includes(name)) theirs[theirName] = value === 1
    else theirs[theirName] = value instanceof Uint8Array ? Buffer.from(value) : value
  }
  return theirs
}

/** mqtt-packet keeps user properties by name, so that the order between names is lost. */
export function grouped(pairs: readonly (readonly [string, string])[]): Loose {
  const byName: { [name: string]: string | string[] } = Object.create(null)
  for (const [name, value] of pairs) {
    const before = byName[name]
    if (before === undefined) byName[name] = value
    else if (typeof before === 'string') byName[name] = [before, value]
    else before.push(value)
  }
  return byName
}

export const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((each) => each.replaceAll('\0', '~'))
export const someText = text.filter((each) => each !== '')
export const topic = someText.map((each) => each.replaceAll('+', 'p').replaceAll('#', 'h'))
export const filter = topic.map((each) => each.replaceAll('$', 's'))
export const bytes = fc.uint8Array({ maxLength: 60 })
export const u16 = fc.integer({ min: 0, max: 0xffff })
export const id = fc.integer({ min: 1, max: 0xffff })
export const u32 = fc.integer({ min: 0, max: 0xffffffff })
export const flag = fc.integer({ min: 0, max: 1 })
export const qos = fc.constantFrom<types.QoS>(0, 1, 2)
// Its parser keeps names in an object with a prototype, so they must not be "__proto__" or the like.
export const name = fc.constantFrom('a', 'b', 'ä', 'key')
// It loses an empty value that is not the first of its name: see the end.
export const pairs = fc.array(fc.tuple(name, someText), { minLength: 1, maxLength: 4 })
export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

export const properties = (shape: { [name in keyof Properties]?: fc.Arbitrary<unknown> }) =>
  fc.record(shape, { requiredKeys: [] }).map((value) => value as Properties)

export const messageProperties = {
  payloadFormat: flag,
  contentType: text,
  responseTopic: topic,
  correlationData: bytes,
  userProperties: pairs,
}
export const answerProperties = properties({ reasonString: text, userProperties: pairs })

export function parsed(written: Uint8Array): Loose {
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  const packets: Loose[] = []
  parser.on('packet', (packet: unknown) => packets.push(packet as Loose))
  parser.on('error', (error: unknown) => {
    throw error
  })
  parser.parse(Buffer.from(written))
  expect(packets).toHaveLength(1)
  return packets[0]
}

export function write(use: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(8)
  use(writer)
  return writer.take(Number.POSITIVE_INFINITY)!
}

export function read(theirs: Loose): Packet {
  const generated = mqttPacket.generate(theirs as never, { protocolVersion: 5 } as never)
  const framing = new Framing(100_000)
  const packet = framing.next(generated)
  expect(framing.used).toBe(generated.length)
  return packet as Packet
}

/** What is empty in ours is missing in theirs, and the other way round. */
export function plain(ours: Properties | undefined): Loose {
  return JSON.parse(JSON.stringify(theirProperties(ours ?? {})))
}

export function theirsPlain(theirs: unknown): Loose {
  return JSON.parse(JSON.stringify(theirs ?? {}))
}
