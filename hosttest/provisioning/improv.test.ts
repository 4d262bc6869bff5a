import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../firmware/core/bytes'
import {
  decodeRpc,
  ERROR,
  encodeError,
  encodePacket,
  encodeResult,
  encodeState,
  PACKET,
  packetLength,
  readPacket,
} from '../../firmware/provisioning/improv'
import { hex, join } from './traffic'

const rpc = (command: number, ...data: number[]) => Uint8Array.of(command, data.length, ...data)

describe('packets', () => {
  // Of these the first two were sent and taken by npm improv-wifi-serial-sdk 2.8.1.
  test.each([
    ['a request for the state', encodePacket(PACKET.rpc, rpc(2)), '0a494d50524f5601030202 00e50a'],
    ['the state: ready', encodeState(2), '0a494d50524f5601010102e20a'],
    ['no error', encodeError(0), '0a494d50524f5601020100e10a'],
    ['an empty result', encodeResult(4, []), '0a494d50524f5601040204 00e80a'],
    ['one text', encodeResult(1, ['ab']), '0a494d50524f5601040501 03026162b00a'],
  ])('%s', (_, bytes, expected) => {
    expect(toHex(bytes)).toBe(expected.replaceAll(' ', ''))
    const packet = bytes.subarray(1, -1)
    expect(packetLength(packet, packet.length)).toBe(packet.length)
    expect(toHex(readPacket(packet, packet.length)!.data)).toBe(toHex(packet.subarray(9, -1)))
  })

  test('any bit that is changed in one is found, or it is none', () => {
    const packet = encodeResult(1, ['http://dongle/']).subarray(1, -1)
    for (let i = 0; i < packet.length; i++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = packet.slice()
        changed[i] ^= 1 << bit
        const length = packetLength(changed, changed.length)
        if (length === packet.length) expect(readPacket(changed, length)).toBeUndefined()
      }
  })

  test('the length of one is known once its head is there', () => {
    const packet = encodeState(2).subarray(1, -1)
    const lengths = Array.from(packet, (_, end) => packetLength(packet, end))
    expect(lengths).toEqual([...Array(9).fill(undefined), 11, 11])
    expect(packetLength(utf8('IMPROV\x02'), 7)).toBe(0)
    expect(packetLength(utf8('IMX'), 3)).toBe(0)
  })

  test('texts that do not fit into a result are left out', () => {
    const [long, longer] = ['é'.repeat(126), 'x'.repeat(253)]
    expect(encodeResult(3, [long])[9]).toBe(255)
    expect(encodeResult(3, [longer])).toEqual(encodeResult(3, []))
    expect(encodeResult(3, [long, 'y', 'z'])).toEqual(encodeResult(3, [long]))
  })
})

describe('commands', () => {
  // https://www.improv-wifi.com/serial/, "Send Wi-Fi settings".
  const example = join(hex('01 1E 0C'), utf8('MyWirelessAP'), hex('10'), utf8('mysecurepassword'))

  test('the example of the standard', () => {
    expect(decodeRpc(example)).toEqual({
      command: 1,
      ssid: 'MyWirelessAP',
      password: 'mysecurepassword',
    })
  })

  test.each([
    ['Wi-Fi without a password', rpc(1, 1, 0x61, 0), { command: 1, ssid: 'a', password: '' }],
    ['Wi-Fi without anything', rpc(1, 0, 0), { command: 1, ssid: '', password: '' }],
    ['the state', rpc(2), { command: 2 }],
    ['device information', rpc(3), { command: 3 }],
    ['a scan', rpc(4), { command: 4 }],
    ['the hostname', rpc(5), { command: 5, text: '' }],
    ['a new hostname', rpc(5, 0x61), { command: 5, text: 'a' }],
    ['a new name', rpc(6, 0xc3, 0xa9), { command: 6, text: 'é' }],
    ['the network', rpc(7), { command: 7 }],
    ['a command that there is not', rpc(8), ERROR.unknownCommand],
    ['command 0', rpc(0, 1, 2), ERROR.unknownCommand],
    ['a state with data', rpc(2, 0), ERROR.invalidPacket],
    ['a name that is no UTF-8', rpc(5, 0xff), ERROR.invalidPacket],
    ['a network that is no UTF-8', rpc(1, 1, 0xff, 0), ERROR.invalidPacket],
    ['a password that is no UTF-8', rpc(1, 0, 1, 0xff), ERROR.invalidPacket],
    ['Wi-Fi without a length', rpc(1), ERROR.invalidPacket],
    ['Wi-Fi of one length', rpc(1, 0), ERROR.invalidPacket],
    ['a network that is too long', rpc(1, 2, 0x61, 0), ERROR.invalidPacket],
    ['a password that is too long', rpc(1, 1, 0x61, 1), ERROR.invalidPacket],
    ['a password with something behind', rpc(1, 1, 0x61, 0, 0), ERROR.invalidPacket],
    ['a network of 255 bytes', rpc(1, 255, 0x61), ERROR.invalidPacket],
    ['nothing', Uint8Array.of(), ERROR.invalidPacket],
    ['one byte', Uint8Array.of(2), ERROR.invalidPacket],
  ])('%s', (_, data, expected) => {
    expect(decodeRpc(data)).toEqual(expected)
  })

  test('no part of one is one, nor one with a byte more', () => {
    for (let end = 0; end < example.length; end++)
      expect(decodeRpc(example.subarray(0, end))).toBe(ERROR.invalidPacket)
    expect(decodeRpc(join(example, Uint8Array.of(0)))).toBe(ERROR.invalidPacket)
  })
})
