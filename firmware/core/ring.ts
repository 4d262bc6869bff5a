/** A queue with a maximum: a new item that does not fit pushes the oldest out. */
export class Ring<T> {
  readonly #slots: (T | undefined)[]
  #first = 0
  #length = 0

  constructor(capacity: number) {
    this.#slots = new Array(capacity).fill(undefined)
  }

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#slots.length
  }

  /** Returns the item that was pushed out, if one was. */
  push(item: T): T | undefined {
    const capacity = this.#slots.length
    const at = (this.#first + this.#length) % capacity
    const pushedOut = this.#slots[at]
    this.#slots[at] = item
    if (this.#length < capacity) this.#length++
    else this.#first = (this.#first + 1) % capacity
    return pushedOut
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#slots[this.#first]
    this.#slots[this.#first] = undefined
    this.#first = (this.#first + 1) % this.#slots.length
    this.#length--
    return item
  }

  /** The item `i` places behind the oldest. */
  at(i: number): T | undefined {
    return i < this.#length ? this.#slots[(this.#first + i) % this.#slots.length] : undefined
  }
}
