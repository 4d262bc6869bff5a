/** What XS of SDK 8.2.3 has on its global object, and @moddable/typings 5.6.0 lacks or tells otherwise. */
/// <reference types="@moddable/typings/xs" />

// biome-ignore lint/suspicious/noExplicitAny: as the SDK's own typings have it.
type Anything = any

/** A class whose instances C makes and destroys. */
declare function Native(name: string): new (...args: Anything[]) => Anything
/** A function in C. */
declare function native(name: string): (...args: Anything[]) => Anything

interface BigIntConstructor {
  /** The typings say BigInt, the object around one. */
  fromArrayBuffer(buffer: ArrayBufferLike): bigint
}
