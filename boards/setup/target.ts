/**
 * What the board has, the way the SDK's own targets give it: Host.LED and Host.Button, whose pins are in the board's
 * manifest. https://github.com/Moddable-OpenSource/moddable/blob/public/build/devices/esp32/targets/nodemcu/setup-target.js
 */
import Led from 'board/led'
import Button from 'button'
import config from 'mc/config'
import Digital from 'pins/digital'

/** It closes its pin to ground. */
class BoardButton extends Button {
  constructor({ onPush }: { onPush(isPressed: 0 | 1): void }) {
    super({ onPush, pin: config.board.button, invert: true })
  }
}

const HOST = {
  LED: { Default: Led },
  Button: { Default: config.board.button === undefined ? undefined : BoardButton },
}
;(globalThis as { Host?: unknown }).Host = HOST

/** XS runs it before main. */
export default function setUp(done: () => void): void {
  config.board.high?.forEach((pin: number) => {
    Digital.write(pin, 1)
  })
  done()
}
