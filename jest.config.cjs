/** How jest runs the suites of hosttest/; jest.e2e.config.cjs says what is different with real peers. */

/**
 * Of one test or hook. It ends what hangs and measures nothing: on a machine whose cores are busy with other work, a
 * process, an XS engine or a peer takes many times what it takes alone.
 */
const MAX_TEST_MS = 240_000

module.exports = {
  testEnvironment: '<rootDir>/hosttest/support/environment.cjs',
  testTimeout: MAX_TEST_MS,
  roots: ['<rootDir>/hosttest'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/hosttest/e2e/'],
  transform: {
    '\\.ts$': '<rootDir>/tools/jest/typescript.cjs',
    // ES modules alone, which jest does not load.
    '/@noble/.*\\.js$': '<rootDir>/tools/jest/typescript.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@noble/)'],
}
