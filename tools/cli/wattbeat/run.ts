/** What `npx wattbeat` starts, through tools/cli/wattbeat.mjs. */
import { EXIT } from './failure'
import { main } from './main'
import { terminal } from './terminal'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The second time it has taken too long.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted)
    interruption.abort()
  })
// A reader that is gone, such as `head`, is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => interruption.abort())
process.exitCode = await main(process.argv.slice(2), terminal(interruption.signal))
// A prompt or a port that hangs must not keep the process.
setTimeout(() => process.exit(), 2000).unref()
