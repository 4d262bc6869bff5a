/**
 * Encode and decode of PUBLISH and PUBACK on Node, ours against npm mqtt-packet, in turns in one run. 'To bytes' is the job
 * of `generate()`: from texts to bytes that are the caller's to keep. 'To send' is what either client does with a packet.
 */
import * as mqttPacket from 'mqtt-packet'
import { utf8 } from '../../../firmware/core/bytes'
import { writeAcknowledgement } from '../../../firmware/mqtt/packet/acknowledge'
import { PUBACK } from '../../../firmware/mqtt/packet/codes'
import { Framing } from '../../../firmware/mqtt/packet/framing'
import { writePublish } from '../../../firmware/mqtt/packet/publish'
import { Writer } from '../../../firmware/mqtt/packet/writer'
import { EncodedTopics } from '../../../firmware/mqtt/session/topics'

const TOPIC = 'site/0b9a7c1e-94a1-4f0e-9a3f-5d8a4a0c9d11/data'
const PAYLOAD = '{"value":-2500,"time":1744858463}'
const ROUNDS = 9
const PER_ROUND = 40_000

export interface Row {
  what: string
  oursPerS: number
  theirsPerS: number
}

/** The median of several rounds, ours and theirs alternating so that a busy machine is busy for both. */
function compare(what: string, ours: () => void, theirs: () => void): Row {
  const rounds: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.ours.push(perSecond(ours))
    rounds.theirs.push(perSecond(theirs))
  }
  return { what, oursPerS: median(rounds.ours), theirsPerS: median(rounds.theirs) }
}

function perSecond(run: () => void): number {
  const started = process.cpuUsage()
  for (let i = 0; i < PER_ROUND; i++) run()
  const { user, system } = process.cpuUsage(started)
  return (PER_ROUND * 1e6) / (user + system)
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]
}

export function throughput(): Row[] {
  const options = { protocolVersion: 5 }
  const writer = new Writer(512)
  const message = {
    ...{ topic: utf8(TOPIC), payload: PAYLOAD, qos: 1 as const, retain: false, id: 7 },
    ...{ duplicate: false, properties: undefined },
  }
  const topics = new EncodedTopics()
  let bytes = 0
  const kept = (): void => {
    bytes += writer.take(Number.POSITIVE_INFINITY)!.slice().length
  }
  const sent = (): void => {
    bytes += writer.take(Number.POSITIVE_INFINITY)!.length
  }
  const stream = {
    write(chunk: Uint8Array): boolean {
      bytes += chunk.length
      return true
    },
  }
  const theirMessage = {
    ...{ cmd: 'publish', topic: TOPIC, payload: PAYLOAD, qos: 1, retain: false, dup: false },
    ...{ messageId: 7, properties: { messageExpiryInterval: 60 } },
  }
  const theirAck = { cmd: 'puback', messageId: 7, reasonCode: 0 }
  const publish = mqttPacket.generate(theirMessage as never, options as never)
  const puback = Buffer.from([0x40, 2, 0, 7])
  const framing = new Framing(1024)
  let seen = 0
  const parser = mqttPacket.parser(options)
  parser.on('packet', () => seen++)
  const read = (bytes: Uint8Array): void => {
    framing.used = 0
    if (framing.next(bytes)) seen++
  }
  const rows = [
    compare(
      'PUBLISH to bytes',
      () => {
        message.topic = utf8(TOPIC)
        writePublish(writer, message, 60)
        kept()
      },
      () => {
        bytes += mqttPacket.generate(theirMessage as never, options as never).length
      },
    ),
    compare(
      'PUBLISH to send',
      () => {
        message.topic = topics.encode(TOPIC) as Uint8Array
        writePublish(writer, message, 60)
        sent()
      },
      () => mqttPacket.writeToStream(theirMessage as never, stream as never, options as never),
    ),
    compare(
      'decode PUBLISH',
      () => read(publish),
      () => parser.parse(publish),
    ),
    compare(
      'PUBACK to bytes',
      () => {
        writeAcknowledgement(writer, PUBACK, 7)
        kept()
      },
      () => {
        bytes += mqttPacket.generate(theirAck as never, options as never).length
      },
    ),
    compare(
      'decode PUBACK',
      () => read(puback),
      () => parser.parse(puback),
    ),
  ]
  if (seen !== 4 * ROUNDS * PER_ROUND) throw new Error('a packet was not read')
  const each = 4 * publish.length + 2 * puback.length
  if (bytes !== each * ROUNDS * PER_ROUND) throw new Error('the packets are not the same')
  return rows
}
