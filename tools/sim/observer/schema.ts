/** The stream's message schema, out of docs/asyncapi.yaml and nowhere else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv'
import { parse } from 'yaml'
import type { Validate } from './messages'

export const ASYNCAPI = join(process.cwd(), 'docs/asyncapi.yaml')

export function loadValidate(): Validate {
  const document = parse(readFileSync(ASYNCAPI, 'utf8')) as { components: { schemas: object } }
  const ajv = new Ajv()
  // Its references start at the document's root, most of which is no JSON schema.
  ajv.addKeyword('components')
  const validate = ajv.compile({
    components: { schemas: document.components.schemas },
    $ref: '#/components/schemas/message',
  })
  return (message) => (validate(message) ? undefined : ajv.errorsText(validate.errors))
}
