/** The board's LED and button, if it has them: the SDK's Host.LED and Host.Button, which a board's setup-target gives. */
import type { Button, Led } from '../ports/panel'

interface Scope {
  Host?: {
    LED?: { Default?: new () => { write(isLit: 0 | 1): void } }
    Button?: {
      /** `read` of the simulator's answers nothing before the first push. */
      Default?: new (options: {
        onPush(isPressed: 0 | 1): void
      }) => { read(): 0 | 1 | undefined }
    }
  }
}

export function boardLed(): Led | undefined {
  const Default = (globalThis as Scope).Host?.LED?.Default
  if (!Default) return undefined
  const led = new Default()
  return { set: (isLit) => led.write(isLit ? 1 : 0) }
}

export function boardButton(): Button | undefined {
  const Default = (globalThis as Scope).Host?.Button?.Default
  if (!Default) return undefined
  let listener: (isPressed: boolean) => void
  let button: { read(): 0 | 1 | undefined } | undefined
  return {
    watch(onChange) {
      listener = onChange
      // A pin is taken once.
      button ??= new Default({ onPush: (is) => listener(is === 1) })
      return button.read() === 1
    },
  }
}
