/** `npx tsx tools/catalogue/build.ts`: checks the catalogue and packs it; fails with every fault that it has. */
import { writeFileSync } from 'node:fs'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { checkCatalogue } from './check'
import { expand } from './expand'
import { packedModule } from './module'
import { pack } from './pack'

const faults = checkCatalogue(ENTRIES)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
const packed = pack(ENTRIES.map(expand))
writeFileSync(
  new URL('../../firmware/devices/catalogue/packed.ts', import.meta.url),
  packedModule(packed),
)
console.log(`${ENTRIES.length} devices in ${packed.length} bytes`)
