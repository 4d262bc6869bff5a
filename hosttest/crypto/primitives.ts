/**
 * What the pure suites draw on, on Node and on XS, whose engine under test has no cryptography of its own: the device's curve,
 * and digests and AES-GCM by @noble. (The class of @noble/curves names itself in a static field, which this XS cannot load.)
 */
import type { ChannelPrimitives } from '../../firmware/crypto/primitives'
import { x25519 } from '../../firmware/crypto/x25519'
import { nobleSymmetric } from '../../tools/noble/symmetric'

export const primitives: ChannelPrimitives = { ...nobleSymmetric, x25519 }
