/**
 * `npx tsx tools/catalogue/build.ts`: checks the catalogue, packs it, and finds the reads that a scan asks; fails with
 * every fault that it has.
 */
import { writeFileSync } from 'node:fs'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { checkCatalogue } from './check'
import { cover, packProbes, packShipped } from './cover'
import { expand } from './expand'
import { packedModule, probesModule } from './module'
import { pack } from './pack'

const faults = checkCatalogue(ENTRIES)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exit(1)
const devices = ENTRIES.map(expand)
const packed = pack(devices)
const probes = cover(devices)
write('packed.ts', packedModule(packed))
write('probes.ts', probesModule(packProbes(probes), packShipped(devices, probes)))
console.log(
  `${ENTRIES.length} devices in ${packed.length} bytes; ${probes.length} reads find them all`,
)

function write(name: string, text: string): void {
  writeFileSync(new URL(`../../firmware/devices/catalogue/${name}`, import.meta.url), text)
}
