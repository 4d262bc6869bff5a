/** docs/asyncapi.yaml is a valid AsyncAPI 3 document: part of `npm run check`. */
import { readFileSync } from 'node:fs'
import { faultsOf } from './faults'

const faults = faultsOf(readFileSync('docs/asyncapi.yaml', 'utf8'))
for (const fault of faults) console.error(`docs/asyncapi.yaml ${fault}`)
if (faults.length > 0) process.exit(1)
console.log('docs/asyncapi.yaml: a valid AsyncAPI 3.0.0 document')
