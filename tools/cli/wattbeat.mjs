#!/usr/bin/env node
// The bin of package.json: TypeScript is not built here, but loaded by tsx.
import { register } from 'tsx/esm/api'

register()
await import('./wattbeat/run.ts')
