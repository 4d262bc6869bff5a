/** Each mutation of our own document is found: all that AsyncAPI's own parser finds, and examples that are no messages. */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { faultsOf } from '../../tools/asyncapi/faults'

const text = readFileSync('docs/asyncapi.yaml', 'utf8')

test('the document as it is has none', () => {
  expect(faultsOf(text)).toEqual([])
})

const MESSAGE = "$ref: '#/channels/site/messages/measurement'"

test.each<[name: string, from: string, to: string, fault: RegExp]>([
  ['a version that is none', 'asyncapi: 3.0.0', 'asyncapi: 3.0.9', /^\/asyncapi: /],
  ['no title', "  title: Wattbeat's stream\n", '', /^\/info: .*'title'/],
  ['an unknown field', 'defaultContentType:', 'defaultContentTipe:', /additional properties/],
  ['an id that is no URI', 'id: urn:', 'id: urn ', /^\/id: .*"uri"/],
  [
    'an unknown message',
    "#/components/messages/measurement'",
    "#/components/messages/x'",
    /nowhere/,
  ],
  [
    'an unknown schema',
    "#/components/schemas/message'",
    "#/components/schemas/x'",
    /leads nowhere/,
  ],
  ['an unknown channel', "'#/channels/site'", "'#/channels/x'", /\/channel\/\$ref: .*nowhere/],
  ['an unknown scheme', '#/components/securitySchemes/', '#/components/x/', /leads nowhere/],
  ['no such action', 'action: send', 'action: sent', /^\/operations\/sendSite/],
  ['an unknown binding', 'bindingVersion: 0.2.0', 'bindingVersion: 9.9.9', /\/bindings\/mqtt/],
  ['a QoS of 3', '        qos: 1\n', '        qos: 3\n', /\/bindings\/mqtt\/qos: /],
  ['a QoS in words', '        qos: 1\n', '        qos: one\n', /\/bindings\/mqtt\/qos: /],
  ['a keep alive in words', 'keepAlive: 30', 'keepAlive: often', /\/mqtt\/keepAlive: /],
  ['an unknown type', 'type: integer', 'type: intiger', /^\/components\/schemas\/sample/],
  ['a list that is none', 'required:\n', 'required: value\n      x-was:\n', /\/sample\/required: /],
  ['an unknown security', 'type: userPassword', 'type: userPasswort', /\/securitySchemes\//],
  ['no host', 'host: mqtt.powernaut', 'hast: mqtt.powernaut', /^\/servers\/production: .*'host'/],
  [
    'no protocol',
    'protocol: secure-mqtt\n',
    'x-was: mqtt\n',
    /^\/servers\/production: .*'protocol'/,
  ],
  [
    "another channel's message",
    MESSAGE,
    MESSAGE.replace('site', 'resource'),
    /sendSite: .* its channel/,
  ],
  ['a message of no channel', MESSAGE, "$ref: '#/components/messages/measurement'", /its channel/],
  ['another parameter', 'site/{id}/data', 'site/{site}/data', /^\/channels\/site: its parameters/],
  [
    'a key that stands twice',
    '    protocol: secure-mqtt\n',
    '    protocol: a\n    protocol: b\n',
    /unique/,
  ],
  ['no YAML', 'servers:\n', 'servers\n', /./],
  ['an example with decimals', 'value: -2500\n', 'value: -2500.5\n', /example 0: \/value: /],
  ['an example with a strange field', 'soc: 8150', 'sock: 8150', /example 0: : .*additional/],
])('%s', (_name, from, to, fault) => {
  expect(text).toContain(from)
  expect(faultsOf(text.replace(from, to)).join('\n')).toMatch(new RegExp(fault, 'm'))
})
