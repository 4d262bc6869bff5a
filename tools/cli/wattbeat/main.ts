/** A run of `wattbeat`, from its arguments to its exit code. */
import { codeOf, EXIT, Failure } from './failure'
import { Output } from './output'
import { parse } from './program'
import { Session } from './session'
import type { Surroundings } from './surroundings'

/** After Ctrl-C, for the dongle to be told. */
const FAREWELL_MS = 1500

export async function main(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const parsed = parse(words)
  const output = new Output(
    surroundings,
    parsed.kind === 'run' ? parsed.isJson : words.includes('--json'),
  )
  if (parsed.kind === 'help') {
    surroundings.out(parsed.text)
    return parsed.exitCode
  }
  if (parsed.kind === 'failure') {
    output.failure(parsed.failure)
    return parsed.failure.exitCode
  }
  const session = new Session(surroundings, output, parsed.target)
  try {
    const outcome = await Promise.race([parsed.run(session), interrupted(surroundings.signal)])
    if (outcome instanceof Failure) {
      output.failure(outcome)
      return outcome.exitCode
    }
    output.result(outcome.json, outcome.lines)
    return EXIT.done
  } catch (error) {
    const failure = defect(error)
    output.failure(failure)
    return failure.exitCode
  } finally {
    await session.close()
  }
}

/** What does not end by itself then. */
function interrupted(signal: AbortSignal): Promise<Failure> {
  return new Promise((resolve) => {
    const end = (): void => {
      setTimeout(() => resolve(new Failure('interrupted', 'interrupted')), FAREWELL_MS).unref()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}

/** Where it was, and not what it says: that may repeat what it worked on. */
function defect(error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? '').split('\n') : []
  const places = stack.filter((line) => /^\s+at /.test(line)).slice(0, 4)
  return new Failure('bug', ['this is a defect of the tool', codeOf(error), ...places].join('\n'), {
    fix: 'Please report it with these lines.',
  })
}
