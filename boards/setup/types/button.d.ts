/** button as SDK 8.2.3 has it: what we use; neither its typings nor @moddable/typings know it. */
declare module 'button' {
  class Button {
    /** `onPush`: 1 if it is pressed now, after every change. */
    constructor(options: { pin: number; invert?: boolean; onPush?: (isPressed: 0 | 1) => void })
  }
  export default Button
}
