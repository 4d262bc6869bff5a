/** neopixel as SDK 8.2.3 has it: what we use; @moddable/typings 5.6.0 lacks it. */
declare module 'neopixel' {
  class NeoPixel {
    constructor(options: { length: number; pin: number })
    brightness: number
    makeRGB(red: number, green: number, blue: number): number
    setPixel(index: number, color: number): void
    update(): void
  }
  export default NeoPixel
}
