/** PUBACK, PUBREC, PUBREL and PUBCOMP: bytes <-> values. No IO, clock or state. MQTT 5.0, 3.4 to 3.7. */
import { MALFORMED_PACKET, PROTOCOL_ERROR, PUBACK, PUBREC, PUBREL, SUCCESS } from './codes'
import { type Properties, readProperties } from './properties'
import type { Reader } from './reader'
import { isReasonOf } from './reason'
import type { Writer } from './writer'

export type Acknowledgement = {
  kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'
  id: number
  reason: number
  properties: Properties | undefined
}

/** Success is sent without its reason code (3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1): nearly all of them are two bytes shorter. */
export function writeAcknowledgement(
  writer: Writer,
  type: number,
  id: number,
  reason = SUCCESS,
): void {
  writer.byte((type << 4) | (type === PUBREL ? 0x02 : 0))
  writer.byte(reason === SUCCESS ? 2 : 3)
  writer.u16(id)
  if (reason !== SUCCESS) writer.byte(reason)
}

export function readAcknowledgement(reader: Reader, type: number): Acknowledgement {
  const id = reader.u16()
  if (id === 0) reader.fault(PROTOCOL_ERROR, 'packet identifier 0')
  const reason = reader.left > 0 ? reader.byte() : SUCCESS
  const properties = reader.left > 0 ? readProperties(reader, type) : undefined
  if (!isReasonOf(type, reason)) reader.fault(MALFORMED_PACKET, 'a reason code of another packet')
  return { kind: kindOf(type), id, reason, properties }
}

function kindOf(type: number): Acknowledgement['kind'] {
  if (type === PUBACK) return 'puback'
  if (type === PUBREC) return 'pubrec'
  return type === PUBREL ? 'pubrel' : 'pubcomp'
}
