/**
 * Our codec against npm mqtt-packet 9, both ways, all packets. Where the two disagree the standard decides; what it
 * decided is recorded at the end of this file as tests of its own.
 */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as mqttPacket from 'mqtt-packet'
import { writeAcknowledgement } from '../../firmware/mqtt/acknowledge'
import { writeAuth, writeConnect, writeDisconnect, writePingreq } from '../../firmware/mqtt/connect'
import { Framing } from '../../firmware/mqtt/framing'
import type { Packet } from '../../firmware/mqtt/packet'
import type { Properties } from '../../firmware/mqtt/properties'
import { writePublish } from '../../firmware/mqtt/publish'
import { isReasonOf } from '../../firmware/mqtt/reason'
import { writeSubscribe, writeUnsubscribe } from '../../firmware/mqtt/subscribe'
import * as types from '../../firmware/mqtt/types'
import { Writer } from '../../firmware/mqtt/writer'

type Loose = { [name: string]: unknown }

const RUNS = { numRuns: 300 }

/** Our names of properties -> those of mqtt-packet. */
const NAMES: { [name in keyof Properties]-?: string } = {
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
const FLAGS = [
  ...[
    'payloadFormat',
    'requestProblemInformation',
    'requestResponseInformation',
    'retainAvailable',
  ],
  ...['wildcardSubscriptionAvailable', 'subscriptionIdsAvailable', 'sharedSubscriptionAvailable'],
]

function theirProperties(ours: Properties): Loose {
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
function grouped(pairs: readonly (readonly [string, string])[]): Loose {
  const byName: { [name: string]: string | string[] } = Object.create(null)
  for (const [name, value] of pairs) {
    const before = byName[name]
    if (before === undefined) byName[name] = value
    else if (typeof before === 'string') byName[name] = [before, value]
    else before.push(value)
  }
  return byName
}

const text = fc.string({ unit: 'binary', maxLength: 40 }).map((each) => each.replaceAll('\0', '~'))
const someText = text.filter((each) => each !== '')
const topic = someText.map((each) => each.replaceAll('+', 'p').replaceAll('#', 'h'))
const filter = topic.map((each) => each.replaceAll('$', 's'))
const bytes = fc.uint8Array({ maxLength: 60 })
const u16 = fc.integer({ min: 0, max: 0xffff })
const id = fc.integer({ min: 1, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const flag = fc.integer({ min: 0, max: 1 })
const qos = fc.constantFrom<types.QoS>(0, 1, 2)
// Its own parser's prototype is not without names, so that these must not be "__proto__" and the like.
const name = fc.constantFrom('a', 'b', 'ä', 'key')
// It loses an empty value that is not the first of its name: see the end.
const pairs = fc.array(fc.tuple(name, someText), { minLength: 1, maxLength: 4 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const properties = (shape: { [name in keyof Properties]?: fc.Arbitrary<unknown> }) =>
  fc.record(shape, { requiredKeys: [] }).map((value) => value as Properties)

const messageProperties = {
  payloadFormat: flag,
  contentType: text,
  responseTopic: topic,
  correlationData: bytes,
  userProperties: pairs,
}
const answerProperties = properties({ reasonString: text, userProperties: pairs })

function parsed(written: Uint8Array): Loose {
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

function write(use: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(8)
  use(writer)
  return writer.written
}

function read(theirs: Loose): Packet {
  const generated = mqttPacket.generate(theirs as never, { protocolVersion: 5 } as never)
  const framing = new Framing(100_000)
  const packet = framing.next(generated)
  expect(framing.used).toBe(generated.length)
  return packet as Packet
}

/** What is empty in ours is missing in theirs, and the other way round. */
function plain(ours: Properties | undefined): Loose {
  return JSON.parse(JSON.stringify(theirProperties(ours ?? {})))
}

function theirsPlain(theirs: unknown): Loose {
  return JSON.parse(JSON.stringify(theirs ?? {}))
}

describe('what we write, mqtt-packet reads', () => {
  test('CONNECT', () => {
    const connect = fc.record({
      clientId: someText,
      cleanStart: fc.boolean(),
      keepAliveS: u16,
      username: maybe(someText),
      password: maybe(bytes.filter((each) => each.length > 0)),
      will: maybe(
        fc.record({
          topic,
          payload: bytes.filter((each) => each.length > 0),
          qos,
          retain: fc.boolean(),
          properties: maybe(
            properties({ ...messageProperties, willDelayS: u32, messageExpiryS: u32 }),
          ),
        }),
      ),
      properties: properties({
        sessionExpiryS: u32,
        receiveMaximum: id,
        maximumPacketSize: id,
        topicAliasMaximum: u16,
        requestResponseInformation: flag,
        requestProblemInformation: flag,
        userProperties: pairs,
        authenticationMethod: someText,
        authenticationData: bytes,
      }),
    })
    fc.assert(
      fc.property(connect, (ours) => {
        const theirs = parsed(write((writer) => writeConnect(writer, ours as never)))
        expect(theirs).toMatchObject({
          cmd: 'connect',
          protocolVersion: 5,
          clientId: ours.clientId,
          clean: ours.cleanStart,
          keepalive: ours.keepAliveS,
        })
        expect(theirs.username).toBe(ours.username)
        expect(theirs.password ?? undefined).toEqual(ours.password && Buffer.from(ours.password))
        expect(theirsPlain(theirs.properties)).toEqual(plain(ours.properties))
        const will = theirs.will as Loose | undefined
        expect(will?.topic).toBe(ours.will?.topic)
        expect(will?.qos).toBe(ours.will?.qos)
        expect(will?.retain).toBe(ours.will?.retain)
        expect(will?.payload).toEqual(ours.will && Buffer.from(ours.will.payload))
        expect(theirsPlain(will?.properties)).toEqual(plain(ours.will?.properties))
      }),
      RUNS,
    )
  })

  test('PUBLISH', () => {
    const publish = fc.record({
      topic,
      payload: fc.oneof(bytes, text),
      qos,
      retain: fc.boolean(),
      id,
      properties: maybe(properties(messageProperties)),
      duplicate: fc.boolean(),
      alias: u16,
      aliasKnown: fc.boolean(),
      expiryS: u32,
    })
    fc.assert(
      fc.property(publish, (ours) => {
        const duplicate = ours.duplicate && ours.qos > 0
        const aliasKnown = ours.aliasKnown && ours.alias > 0
        const theirs = parsed(
          write((writer) =>
            writePublish(
              writer,
              { ...ours, topic: Buffer.from(ours.topic) },
              { ...ours, duplicate, aliasKnown },
            ),
          ),
        )
        expect(theirs).toMatchObject({
          cmd: 'publish',
          topic: aliasKnown ? '' : ours.topic,
          qos: ours.qos,
          retain: ours.retain,
          dup: duplicate,
          payload: Buffer.from(ours.payload),
        })
        expect(theirs.messageId).toBe(ours.qos > 0 ? ours.id : undefined)
        const messageExpiryS = ours.expiryS || undefined
        const topicAlias = ours.alias || undefined
        expect(theirsPlain(theirs.properties)).toEqual(
          plain({ ...ours.properties, messageExpiryS, topicAlias }),
        )
      }),
      RUNS,
    )
  })

  test('PUBACK, PUBREC, PUBREL, PUBCOMP', () => {
    const names = ['puback', 'pubrec', 'pubrel', 'pubcomp']
    const type = fc.constantFrom(types.PUBACK, types.PUBREC, types.PUBREL, types.PUBCOMP)
    fc.assert(
      fc.property(type, id, fc.constantFrom(0, 0x92), (packetType, messageId, asked) => {
        const reasonCode = isReasonOf(packetType, asked) ? asked : 0
        const theirs = parsed(
          write((writer) => writeAcknowledgement(writer, packetType, messageId, reasonCode)),
        )
        expect(theirs).toMatchObject({
          cmd: names[packetType - types.PUBACK],
          messageId,
          reasonCode,
        })
      }),
      RUNS,
    )
  })

  test('SUBSCRIBE and UNSUBSCRIBE', () => {
    const subscription = fc.record({
      filter,
      qos,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: qos,
    })
    const list = fc.array(subscription, { minLength: 1, maxLength: 5 })
    const props = maybe(
      properties({
        userProperties: pairs,
        subscriptionIds: fc.integer({ min: 1, max: 268_435_455 }).map((each) => [each]),
      }),
    )
    fc.assert(
      fc.property(id, list, props, (messageId, subscriptions, ours) => {
        const theirs = parsed(
          write((writer) => writeSubscribe(writer, messageId, subscriptions, ours)),
        )
        expect(theirs).toMatchObject({ cmd: 'subscribe', messageId })
        expect(theirs.subscriptions).toEqual(
          subscriptions.map((each) => ({
            ...{ topic: each.filter, qos: each.qos, nl: each.noLocal },
            ...{ rap: each.retainAsPublished, rh: each.retainHandling },
          })),
        )
        expect(theirsPlain(theirs.properties)).toEqual(plain(ours))
        const filters = subscriptions.map((each) => each.filter)
        const user = ours && { userProperties: ours.userProperties }
        const gone = parsed(write((writer) => writeUnsubscribe(writer, messageId, filters, user)))
        expect(gone).toMatchObject({ cmd: 'unsubscribe', messageId, unsubscriptions: filters })
      }),
      RUNS,
    )
  })

  test('PINGREQ, DISCONNECT and AUTH', () => {
    expect(parsed(write(writePingreq))).toMatchObject({ cmd: 'pingreq' })
    const reason = fc.constantFrom(0x00, 0x04, 0x81, 0x82, 0x93, 0x94, 0x95)
    fc.assert(
      fc.property(reason, maybe(u32), (reasonCode, sessionExpiryS) => {
        const ours = sessionExpiryS === undefined ? undefined : { sessionExpiryS }
        const theirs = parsed(write((writer) => writeDisconnect(writer, reasonCode, ours)))
        expect(theirs).toMatchObject({ cmd: 'disconnect', reasonCode })
        expect(theirsPlain(theirs.properties)).toEqual(plain(ours))
      }),
      RUNS,
    )
    fc.assert(
      fc.property(fc.constantFrom(0x18, 0x19), someText, bytes, (reasonCode, method, data) => {
        const ours = { authenticationMethod: method, authenticationData: data }
        const theirs = parsed(write((writer) => writeAuth(writer, reasonCode, ours)))
        expect(theirs).toMatchObject({ cmd: 'auth', reasonCode })
        expect(theirsPlain(theirs.properties)).toEqual(plain(ours))
      }),
      RUNS,
    )
  })
})

describe('what mqtt-packet writes, we read', () => {
  const codes = (type: number): number[] =>
    Array.from({ length: 256 }, (_, code) => code).filter((code) => isReasonOf(type, code))

  test('CONNACK', () => {
    const connack = fc.record({
      sessionPresent: fc.boolean(),
      reasonCode: fc.constantFrom(...codes(types.CONNACK)),
      properties: properties({
        sessionExpiryS: u32,
        receiveMaximum: id,
        maximumQoS: flag,
        retainAvailable: flag,
        maximumPacketSize: id,
        assignedClientId: text,
        topicAliasMaximum: u16,
        reasonString: text,
        userProperties: pairs,
        wildcardSubscriptionAvailable: flag,
        subscriptionIdsAvailable: flag,
        sharedSubscriptionAvailable: flag,
        serverKeepAliveS: u16,
        responseInformation: text,
        serverReference: text,
        authenticationMethod: text,
        authenticationData: bytes,
      }),
    })
    fc.assert(
      fc.property(connack, (expected) => {
        const { reasonCode: reason, sessionPresent, properties: props } = expected
        const ours = read({ cmd: 'connack', ...expected, properties: theirProperties(props) })
        if (sessionPresent && reason > 0)
          expect(ours).toMatchObject({ kind: 'illegal', reason: 0x82 })
        else {
          expect(ours).toMatchObject({ kind: 'connack', sessionPresent, reason })
          expect(plain((ours as { properties?: Properties }).properties)).toEqual(plain(props))
        }
      }),
      RUNS,
    )
  })

  test('PUBLISH', () => {
    const publish = fc.record({
      topic,
      payload: bytes,
      qos,
      retain: fc.boolean(),
      messageId: id,
      dup: fc.boolean(),
      properties: properties({
        ...messageProperties,
        messageExpiryS: u32,
        topicAlias: id,
        subscriptionIds: fc.array(fc.integer({ min: 1, max: 268_435_455 }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    })
    fc.assert(
      fc.property(publish, (expected) => {
        const dup = expected.dup && expected.qos > 0
        const ours = read({
          ...{ cmd: 'publish', ...expected, dup, payload: Buffer.from(expected.payload) },
          properties: theirProperties(expected.properties),
        })
        const { topic: sentTopic, qos: sentQos, retain, messageId } = expected
        expect(ours).toMatchObject({
          ...{ kind: 'publish', topic: sentTopic, qos: sentQos, retain, duplicate: dup },
          ...{ id: sentQos > 0 ? messageId : 0, payload: expected.payload },
        })
        expect(plain((ours as { properties?: Properties }).properties)).toEqual(
          plain(expected.properties),
        )
      }),
      RUNS,
    )
  })

  test.each([
    ['puback', types.PUBACK],
    ['pubrec', types.PUBREC],
    ['pubrel', types.PUBREL],
    ['pubcomp', types.PUBCOMP],
  ])('%s', (cmd, type) => {
    fc.assert(
      fc.property(
        id,
        fc.constantFrom(...codes(type)),
        answerProperties,
        (messageId, reasonCode, props) => {
          const ours = read({ cmd, messageId, reasonCode, properties: theirProperties(props) })
          expect(ours).toMatchObject({ kind: cmd, id: messageId, reason: reasonCode })
          expect(plain((ours as { properties?: Properties }).properties)).toEqual(plain(props))
        },
      ),
      RUNS,
    )
  })

  test.each([
    ['suback', types.SUBACK],
    ['unsuback', types.UNSUBACK],
  ])('%s', (cmd, type) => {
    const granted = fc.array(fc.constantFrom(...codes(type)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(id, granted, answerProperties, (messageId, reasonCodes, props) => {
        const ours = read({
          cmd,
          messageId,
          granted: reasonCodes,
          properties: theirProperties(props),
        })
        expect(ours).toMatchObject({
          kind: cmd,
          id: messageId,
          reasons: Uint8Array.from(reasonCodes),
        })
        expect(plain((ours as { properties?: Properties }).properties)).toEqual(plain(props))
      }),
      RUNS,
    )
  })

  test('PINGRESP, DISCONNECT and AUTH', () => {
    expect(read({ cmd: 'pingresp' })).toEqual({ kind: 'pingresp' })
    const props = properties({ reasonString: text, userProperties: pairs, serverReference: text })
    fc.assert(
      fc.property(fc.constantFrom(...codes(types.DISCONNECT)), props, (reasonCode, ours) => {
        const packet = read({ cmd: 'disconnect', reasonCode, properties: theirProperties(ours) })
        expect(packet).toMatchObject({ kind: 'disconnect', reason: reasonCode })
        expect(plain((packet as { properties?: Properties }).properties)).toEqual(plain(ours))
      }),
      RUNS,
    )
    fc.assert(
      fc.property(fc.constantFrom(0x00, 0x18), someText, bytes, (reasonCode, method, data) => {
        const ours = { authenticationMethod: method, authenticationData: data }
        const packet = read({ cmd: 'auth', reasonCode, properties: theirProperties(ours) })
        expect(packet).toMatchObject({ kind: 'auth', reason: reasonCode, properties: ours })
      }),
      RUNS,
    )
  })
})

describe('where the two disagree, the standard decides', () => {
  test('every user property is kept, and their order [MQTT-3.3.2-18]: mqtt-packet loses empty repetitions', () => {
    const userProperties: [string, string][] = [
      ['a', ''],
      ['a', ''],
    ]
    const written = write((writer) => writeDisconnect(writer, 0, { userProperties }))
    expect(parsed(written).properties).toMatchObject({ userProperties: { a: '' } })
    expect(new Framing(100).next(written)).toMatchObject({ properties: { userProperties } })
  })

  test.each<[string, number[], number]>([
    ['DUP at QoS 0 [MQTT-3.3.1-2]', [0x38, 5, 0, 1, 0x61, 0, 0x78], 0x81],
    ['a wildcard in a topic [MQTT-3.3.2-2]', [0x30, 4, 0, 1, 0x23, 0], 0x90],
    ['packet id 0 [MQTT-2.2.1-4]', [0x32, 6, 0, 1, 0x61, 0, 0, 0], 0x82],
    ['text that is no UTF-8 [MQTT-1.5.4-1]', [0x30, 4, 0, 1, 0xff, 0], 0x81],
    ['a property twice', [0x30, 10, 0, 1, 0x61, 6, 0x23, 0, 1, 0x23, 0, 1], 0x82],
    ['topic alias 0 [MQTT-3.3.2-8]', [0x30, 7, 0, 1, 0x61, 3, 0x23, 0, 0], 0x94],
    ['a reserved CONNACK property value', [0x20, 5, 0, 0, 2, 0x24, 2], 0x82],
    ['a session present in a refusal [MQTT-3.2.2-6]', [0x20, 3, 1, 0x87, 0], 0x82],
    ['a length longer than needed [MQTT-1.5.5-1]', [0xd0, 0x80, 0], 0x81],
  ])('%s is refused; mqtt-packet takes it', (_, wire, reason) => {
    const bytesOfIt = Uint8Array.from(wire)
    expect(new Framing(100).next(bytesOfIt)).toMatchObject({ kind: 'illegal', reason })
    expect(parsed(bytesOfIt)).toBeDefined()
  })
})
