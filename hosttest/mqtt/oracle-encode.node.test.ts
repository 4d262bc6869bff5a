/** What we write, npm mqtt-packet reads: all packets that a client sends. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { writeAcknowledgement } from '../../firmware/mqtt/packet/acknowledge'
import * as types from '../../firmware/mqtt/packet/codes'
import {
  writeAuth,
  writeConnect,
  writeDisconnect,
  writePingreq,
} from '../../firmware/mqtt/packet/connect'
import { writePublish } from '../../firmware/mqtt/packet/publish'
import { isReasonOf } from '../../firmware/mqtt/packet/reason'
import { writeSubscribe, writeUnsubscribe } from '../../firmware/mqtt/packet/subscribe'
import {
  bytes,
  filter,
  flag,
  id,
  type Loose,
  maybe,
  messageProperties,
  pairs,
  parsed,
  plain,
  properties,
  qos,
  RUNS,
  someText,
  text,
  theirsPlain,
  topic,
  u16,
  u32,
  write,
} from './oracle'

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
              { ...ours, duplicate, topic: Buffer.from(ours.topic) },
              ours.expiryS,
              ours.alias > 0 ? { alias: ours.alias, known: ours.aliasKnown } : undefined,
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

  test.each([
    [0x7f, [0x7f]],
    [0x80, [0x80, 0x01]],
    [0x3fff, [0xff, 0x7f]],
    [0x4000, [0x80, 0x80, 0x01]],
    [0x1f_ffff, [0xff, 0xff, 0x7f]],
    [0x20_0000, [0x80, 0x80, 0x80, 0x01]],
  ])('a length of %i in as few bytes as it takes [MQTT-1.5.5-1]', (length, expected) => {
    const written = write((writer) => {
      const mark = writer.mark()
      writer.raw(new Uint8Array(length).fill(7))
      writer.measure(mark)
    })
    expect(Array.from(written.subarray(0, expected.length))).toEqual(expected)
    expect(written.length).toBe(expected.length + length)
    expect(written[expected.length]).toBe(7)
    expect(written[written.length - 1]).toBe(7)
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
