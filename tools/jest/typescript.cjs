/** Makes of a TypeScript file what jest runs, by the esbuild that also makes what XS runs. */
const { createHash } = require('node:crypto')

// One esbuild for all files of a process, in place of one for each.
process.env.ESBUILD_WORKER_THREADS = '1'
const { transformSync, version } = require('esbuild')

const OPTIONS = {
  loader: 'ts',
  format: 'cjs',
  target: 'es2022',
  sourcemap: true,
  sourcesContent: true,
  // jest runs CommonJS, where import() is require() and import.meta is not known.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__url' },
  banner: 'const __url = require("node:url").pathToFileURL(__filename).href;',
}

module.exports = {
  process(text, path) {
    const { code, map } = transformSync(text, { ...OPTIONS, sourcefile: path })
    return { code, map }
  },
  getCacheKey(text, path) {
    return createHash('sha256')
      .update(JSON.stringify([version, OPTIONS, path, text]))
      .digest('hex')
  },
}
