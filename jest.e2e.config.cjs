/** The suites against real peers: one at a time, for they share ports, terminals and the grid of 4 s. */
module.exports = {
  ...require('./jest.config.cjs'),
  roots: ['<rootDir>/hosttest/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
}
