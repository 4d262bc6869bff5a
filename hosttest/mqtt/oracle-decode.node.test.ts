/**
 * What npm mqtt-packet writes, we read: all packets that a server sends. If the two disagree, the standard decides; those
 * cases are the tests at the end.
 */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as types from '../../firmware/mqtt/packet/codes'
import { writeDisconnect } from '../../firmware/mqtt/packet/connect'
import { Framing } from '../../firmware/mqtt/packet/framing'
import type { Properties } from '../../firmware/mqtt/packet/properties'
import { isReasonOf } from '../../firmware/mqtt/packet/reason'
import {
  answerProperties,
  bytes,
  flag,
  id,
  messageProperties,
  pairs,
  parsed,
  plain,
  properties,
  qos,
  RUNS,
  read,
  someText,
  text,
  theirProperties,
  topic,
  u16,
  u32,
  write,
} from './oracle'

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

describe('if the two disagree, the standard decides', () => {
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
    ['a wildcard in a topic [MQTT-3.3.2-2]', [0x30, 4, 0, 1, 0x23, 0], 0x82],
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
