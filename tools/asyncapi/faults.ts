/**
 * What is wrong with an AsyncAPI 3 document: by the official JSON schema, and by the rules that a schema cannot express.
 * https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
import { readFileSync } from 'node:fs'
import Ajv, { type ErrorObject } from 'ajv'
import { parseDocument } from 'yaml'

/** The one whose references are its own: draft-07, which it embeds too, ajv has already. */
const SCHEMA = 'node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface Described {
  channels: Record<string, { address: string; parameters?: object; messages: object }>
  operations: Record<string, { channel: { $ref: string }; messages: { $ref: string }[] }>
  components: { messages: Record<string, { payload: object; examples: { payload: Json }[] }> }
}

/** A line for each fault; the rules are looked at once references and schema are sound. */
export function faultsOf(text: string): string[] {
  const yaml = parseDocument(text)
  if (yaml.errors.length > 0) return yaml.errors.map(({ message }) => message)
  const document = yaml.toJS() as Json
  const faults = [...danglingReferences(document, document), ...bySchema(document)]
  if (faults.length > 0) return faults
  return byRules(document as unknown as Described)
}

function danglingReferences(value: Json, document: Json, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}/${key}`
    if (key !== '$ref') return danglingReferences(inner, document, at)
    return referred(document, inner as string) === undefined
      ? [`${at}: ${inner} leads nowhere`]
      : []
  })
}

/** What a reference of this document leads to. RFC 6901. */
function referred(document: Json, pointer: string): Json | undefined {
  if (!pointer.startsWith('#/')) return undefined
  let value: Json | undefined = document
  for (const part of pointer.slice(2).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    value = (value as Record<string, Json> | undefined)?.[key]
  }
  return value
}

/** Compiled once: that takes seconds. */
const validate = newAjv().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')))

function bySchema(document: Json): string[] {
  return validate(document) ? [] : inWords(validate.errors)
}

/** The schema has keywords of its own, for editors. Of its formats only URIs occur in what we describe. */
function newAjv(): Ajv {
  const ignored = { 'uri-reference': true, 'uri-template': true, email: true, regex: true } as const
  return new Ajv({ strict: false, allErrors: true, formats: { uri: URL.canParse, ...ignored } })
}

function byRules({ channels, operations, components }: Described): string[] {
  const faults: string[] = []
  for (const [name, { address, parameters = {} }] of Object.entries(channels)) {
    const named = Array.from(address.matchAll(/\{(.*?)\}/g), ([, parameter]) => parameter)
    if (named.sort().join() !== Object.keys(parameters).sort().join())
      faults.push(`/channels/${name}: its parameters are not those of ${address}`)
  }
  for (const [name, { channel, messages }] of Object.entries(operations))
    for (const { $ref } of messages)
      if (!$ref.startsWith(`${channel.$ref}/messages/`))
        faults.push(`/operations/${name}: ${$ref} is no message of its channel`)
  for (const [name, { payload, examples }] of Object.entries(components.messages)) {
    const validateExample = newAjv().compile({ components, ...payload })
    for (const [i, example] of examples.entries())
      if (!validateExample(example.payload))
        faults.push(
          ...inWords(validateExample.errors).map((fault) => `${name}, example ${i}: ${fault}`),
        )
  }
  return faults
}

function inWords(errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}
