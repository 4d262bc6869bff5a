/** What a device says of itself, and what models of the catalogue say so: identification registers, and nothing else. */
import { u16, u32 } from '../../core/bytes'
import { findDevice, listDevices } from '../catalogue/find'
import type { IdentificationRule } from '../model'
import { decodeText } from '../value'

export interface Fingerprint extends IdentificationRule {
  readonly model: string
}

/** Everything that the catalogue identifies models by. */
export function listFingerprints(): Fingerprint[] {
  const checks: Fingerprint[] = []
  for (const model of listDevices())
    for (const one of findDevice(model)?.identification ?? []) checks.push({ ...one, model })
  return checks
}

interface Asked {
  code: number
  at: number
  length: number
  /** Undefined where it has none such. */
  bytes: Uint8Array | undefined
}

/** The registers that have been read, so that models which share one ask once. */
export class IdentificationReads {
  readonly #asked: Asked[] = []

  has(check: IdentificationRule): boolean {
    return this.#find(check) !== undefined
  }

  /** `bytes`: undefined where the device refuses the read. */
  note({ code, at, length }: IdentificationRule, bytes: Uint8Array | undefined): void {
    this.#asked.push({ code, at, length, bytes })
  }

  /** What identifies the model, in words; undefined where nothing does. */
  evidence(check: IdentificationRule): string | undefined {
    const bytes = this.#find(check)?.bytes
    return bytes && match(check, bytes)
  }

  #find(check: IdentificationRule): Asked | undefined {
    return this.#asked.find((one) => isSameRead(one, check))
  }
}

type Span = Pick<IdentificationRule, 'at' | 'length'> & { code: number }

export function isSameRead(a: Span, b: Span): boolean {
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
  return ranges.some(([low, high]) => low <= value && value <= high)
    ? `register ${at}: ${value}`
    : undefined
}
