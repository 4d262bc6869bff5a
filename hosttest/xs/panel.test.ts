import { beforeEach, expect, test } from '@jest/globals'
import { boardButton, boardLed } from '../../firmware/xs/panel'

const board = globalThis as { Host?: unknown }

beforeEach(() => {
  board.Host = undefined
})

test('a board without a target has neither LED nor button, and one with a target may lack either', () => {
  for (const host of [undefined, {}, { LED: {}, Button: {} }]) {
    board.Host = host
    expect(boardLed()).toBeUndefined()
    expect(boardButton()).toBeUndefined()
  }
})

test('one LED is made, and written 1 and 0', () => {
  const written: number[][] = []
  let made = 0
  board.Host = {
    LED: {
      Default: class {
        readonly #own: number[] = []
        constructor() {
          made++
          written.push(this.#own)
        }
        write(isLit: number): void {
          this.#own.push(isLit)
        }
      },
    },
  }
  const led = boardLed()
  led?.set(true)
  led?.set(false)
  expect(written).toEqual([[1, 0]])
  expect(made).toBe(1)
})

test.each([
  [1, true],
  [0, false],
  [undefined, false],
])(
  'every push and release of a button that reads %p is told, once somebody watches',
  (level, isPressed) => {
    const pushed: ((isPressed: number) => void)[] = []
    board.Host = {
      Button: {
        Default: class {
          constructor({ onPush }: { onPush(isPressed: number): void }) {
            pushed.push(onPush)
          }
          read(): number | undefined {
            return level
          }
        },
      },
    }
    const button = boardButton()
    expect(pushed).toEqual([])
    const heard: boolean[] = []
    expect(button?.watch((is) => heard.push(is))).toBe(isPressed)
    expect(pushed.length).toBe(1)
    pushed[0](1)
    pushed[0](0)
    pushed[0](0)
    expect(heard).toEqual([true, false, false])
    // Settings that could not be read are read again, and whoever runs then watches.
    const later: boolean[] = []
    button?.watch((is) => later.push(is))
    pushed[0](1)
    expect([pushed.length, heard.length, later]).toEqual([1, 3, [true]])
  },
)
