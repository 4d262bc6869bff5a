/** The registers by which the catalogue identifies models, and what a device has answered when it was asked for them. */
import { u16, u32 } from '../../core/bytes'
import { findDevice, listDevices } from '../catalogue/find'
import type { Device, IdentificationRule } from '../model'
import { decodeText } from '../value'

/** An identification rule and the model that it identifies. */
export interface Fingerprint extends IdentificationRule {
  readonly model: string
}

/** All of the catalogue. */
export function listFingerprints(): Fingerprint[] {
  const fingerprints: Fingerprint[] = []
  const models = listDevices()
  for (let i = 0; i < models.length; i++) {
    const model = models[i]
    const device = findDevice(model)
    if (device) addFingerprints(fingerprints, device)
  }
  return fingerprints
}

export function addFingerprints(fingerprints: Fingerprint[], { id, identification }: Device): void {
  for (let i = 0; i < identification.length; i++)
    fingerprints.push({ ...identification[i], model: id })
}

type ReadSpan = Pick<IdentificationRule, 'at' | 'length'> & { code: number }

interface AnsweredRead extends ReadSpan {
  /** Undefined if the device does not have these registers. */
  bytes: Uint8Array | undefined
}

/** The identification registers that have been read: models that share one need one read. */
export class IdentificationReads {
  readonly #answered: AnsweredRead[] = []

  has(rule: IdentificationRule): boolean {
    return this.#find(rule) !== undefined
  }

  /** `bytes`: undefined if the device refuses the read. */
  record({ code, at, length }: IdentificationRule, bytes: Uint8Array | undefined): void {
    this.#answered.push({ code, at, length, bytes })
  }

  /** What identifies the model, in words; undefined if nothing does. */
  match(rule: IdentificationRule): string | undefined {
    const bytes = this.#find(rule)?.bytes
    return bytes && match(rule, bytes)
  }

  #find(rule: IdentificationRule): AnsweredRead | undefined {
    return this.#answered.find((read) => isSameRead(read, rule))
  }
}

export function isSameRead(a: ReadSpan, b: ReadSpan): boolean {
  return a.code === b.code && a.at === b.at && a.length === b.length
}

function match(
  { at, length, ranges, text }: IdentificationRule,
  bytes: Uint8Array,
): string | undefined {
  if (text !== undefined) {
    const found = decodeText(bytes, 0, length)
    const same = found.slice(0, text.length).toLowerCase() === text.toLowerCase()
    return same ? `register ${at}: "${found}"` : undefined
  }
  const value = length === 1 ? u16(bytes, 0) : u32(bytes, 0)
  return ranges.some((range) => range[0] <= value && value <= range[1])
    ? `register ${at}: ${value}`
    : undefined
}
