/** Builds the device under test (tools/tls/xs) for Linux, and the windowless host that runs it. Needs MODDABLE. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { BUILD, findSdk, ROOT, run, type Sdk } from '../moddable/sdk'

export interface Built {
  sdk: Sdk
  host: string
  library: string
}

/** All in memory sizes of XS: slots and bytes. Without increments the heap is fixed. */
export interface Creation {
  chunk: { initial: number; incremental: number }
  heap: { initial: number; incremental: number }
}

const USUAL: Creation = {
  chunk: { initial: 32_768, incremental: 1024 },
  heap: { initial: 3072, incremental: 64 },
}

/** `app`: a folder with a manifest.json. `-d` tells where an exception was; `-i` is a release with instruments. */
export function build(app: string, kind: '-d' | '-i' = '-d', creation: Creation = USUAL): Built {
  const sdk = findSdk()
  const out = join(BUILD, 'tls')
  const project = join(out, basename(app))
  mkdirSync(project, { recursive: true })
  // As on the device, all of ours is laid out in flash, frozen; mcconfig takes no wildcards for that.
  const manifest = {
    include: join(ROOT, app, 'manifest.json'),
    creation: { static: 0, stack: 512, ...creation },
    preload: [
      ...modules('core'),
      ...modules('tls'),
      ...modules('tls/x509'),
      ...modules('xs/tls'),
      'dongle/secure',
      'test/drive',
      'xs/tcp',
      'xs/platform/host',
    ],
  }
  writeFileSync(join(project, 'manifest.json'), JSON.stringify(manifest))
  run('mcconfig', [kind, '-m', '-p', 'lin', '-o', out, '-t', 'build'], sdk.env, project)
  const below = kind === '-d' ? 'debug' : 'instrument'
  const library = join(out, 'bin/lin/mc', below, basename(app), 'mc.so')
  return { sdk, host: compileHost(sdk, out), library }
}

function modules(folder: string): string[] {
  return readdirSync(join(ROOT, 'firmware', folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.slice(0, -3)}`)
}

export function compileHost({ home, env }: Sdk, out: string): string {
  const host = join(out, 'host')
  const glib = (what: string) => run('pkg-config', [what, 'glib-2.0'], env).trim().split(/\s+/)
  const source = join(ROOT, 'tools/simulator/host.c')
  const modules = `-I${home}/build/simulators/modules`
  const flags = ['-O2', '-DmxLinux=1', modules, ...glib('--cflags')]
  run('gcc', [...flags, source, '-o', host, ...glib('--libs'), '-ldl'], env)
  return host
}
