/** An LED with a WS2812 in it, used like one that is only on or off. */
import config from 'mc/config'
import NeoPixel from 'neopixel'

/** Of 255: it is looked at from near. */
const BRIGHTNESS = 32

export default class Ws2812 extends NeoPixel {
  constructor() {
    super({ length: 1, pin: config.board.led })
    this.brightness = BRIGHTNESS
  }

  write(isLit: number): void {
    const level = isLit ? 255 : 0
    this.setPixel(0, this.makeRGB(level, level, level))
    this.update()
  }
}
