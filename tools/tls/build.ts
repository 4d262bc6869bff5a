/** Builds the device under test (tools/tls/xs) for Linux, and the windowless host that runs it. Needs MODDABLE. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BUILD, findSdk, ROOT, run, type Sdk } from '../moddable/sdk'

export interface Built {
  sdk: Sdk
  host: string
  library: string
}

/** `app`: a folder with a manifest.json. `-d` tells where an exception was; `-i` is a release with instruments. */
export function build(app: string, kind: '-d' | '-i' = '-d'): Built {
  const sdk = findSdk()
  const out = join(BUILD, 'tls')
  mkdirSync(out, { recursive: true })
  const cwd = join(ROOT, app)
  run('mcconfig', [kind, '-m', '-p', 'lin', '-o', out, '-t', 'build'], sdk.env, cwd)
  const below = kind === '-d' ? 'debug' : 'instrument'
  return {
    sdk,
    host: compileHost(sdk, out),
    library: join(out, 'bin/lin/mc', below, app.split('/').pop()!, 'mc.so'),
  }
}

function compileHost({ home, env }: Sdk, out: string): string {
  const host = join(out, 'host')
  const glib = (what: string) => run('pkg-config', [what, 'glib-2.0'], env).trim().split(/\s+/)
  const source = join(ROOT, 'tools/simulator/host.c')
  const modules = `-I${home}/build/simulators/modules`
  const flags = ['-O2', '-DmxLinux=1', modules, ...glib('--cflags')]
  run('gcc', [...flags, source, '-o', host, ...glib('--libs'), '-ldl'], env)
  return host
}
