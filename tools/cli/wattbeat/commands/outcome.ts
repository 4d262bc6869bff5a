/** What a command has to show at its end. */
export interface Outcome {
  json: object
  lines: readonly string[]
}
