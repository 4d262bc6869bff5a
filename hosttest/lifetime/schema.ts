/** The stream's message schema, out of docs/asyncapi.yaml and nowhere else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv'
// @ts-expect-error: js-yaml comes with jest and has no types; `yaml` takes its place once it is installed.
import yaml from 'js-yaml'
import type { Validate } from './messages'

export const ASYNCAPI = join(process.cwd(), 'docs/asyncapi.yaml')

export function loadValidate(): Validate {
  const document = yaml.load(readFileSync(ASYNCAPI, 'utf8')) as { components: { schemas: object } }
  const ajv = new Ajv()
  // Its references start at the document's root, most of which is no JSON schema.
  ajv.addKeyword('components')
  const validate = ajv.compile({
    components: { schemas: document.components.schemas },
    $ref: '#/components/schemas/message',
  })
  return (message) => (validate(message) ? undefined : ajv.errorsText(validate.errors))
}
