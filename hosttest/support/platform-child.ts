/** The simulated platform in a process of its own (jest cannot load its broker): settings, then messages, as JSON lines. */
import { Platform } from '../../tools/sim/host/platform'

const say = (value: unknown): void => console.log(JSON.stringify(value))
const platform = await Platform.start({ onMessage: say })
say(platform.settings)
process.once('SIGTERM', () => void platform.stop())
