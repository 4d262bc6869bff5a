/** docs/asyncapi.yaml by AsyncAPI's own parser: part of `npm run check`. */
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(
  readFileSync('docs/asyncapi.yaml', 'utf8'),
)
const errors = diagnostics.filter(({ severity }) => severity === 0)
for (const { path, message } of errors)
  console.error(`docs/asyncapi.yaml ${path.join('.')}: ${message}`)
if (errors.length > 0 || document?.version() !== '3.0.0') process.exit(1)
console.log('docs/asyncapi.yaml: a valid AsyncAPI 3.0.0 document')
