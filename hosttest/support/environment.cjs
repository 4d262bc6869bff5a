/**
 * Node, with one thing more: an error that comes after its test, while no suite runs, does not end jest. Node would end
 * the process there, and with it the summary of all that ran. The run fails by the suite that ends next in the same
 * process or, if jest runs all in one, by its exit code; in a worker that has no suite left the error is only printed.
 */
const { TestEnvironment } = require('jest-environment-node')

/** What came late in this process since the last suite ended. */
const late = []

function note(error) {
  console.error('An error came when its test was over:', error)
  late.push(error)
  process.exitCode = 1
}

for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, note)

module.exports = class extends TestEnvironment {
  async teardown() {
    await super.teardown()
    if (late.length > 0) throw new Error('late errors', { cause: late.splice(0) })
  }
}
