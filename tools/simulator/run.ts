/**
 * npm run simulator: the firmware on XS against the simulated site, with everything it traces, until Ctrl-C; with
 * `-- --check` until it passes or fails (check.ts); with `-- --provision` without settings, and with a cable (provision.ts).
 */
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    provision: { type: 'boolean', default: false },
  },
})
await import(values.check ? './check' : values.provision ? './provision' : './show')
