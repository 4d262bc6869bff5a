/** Bytecode by wing of the firmware, of the modules that xsc compiled: pure but for reading them. XS, "XS binary" files: atoms. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ATOM_HEADER_BYTES = 8

/** Bytes of bytecode in an .xsb file: the size of its CODE atom, without names, which are shared when it is linked. */
export function codeBytes(xsb: Uint8Array): number {
  const view = new DataView(xsb.buffer, xsb.byteOffset, xsb.length)
  // The whole file is one atom that holds the others.
  for (let at = ATOM_HEADER_BYTES; at + ATOM_HEADER_BYTES <= xsb.length; ) {
    const size = view.getUint32(at)
    const type = String.fromCharCode(...xsb.subarray(at + 4, at + ATOM_HEADER_BYTES))
    if (type === 'CODE') return size - ATOM_HEADER_BYTES
    if (size < ATOM_HEADER_BYTES) break
    at += size
  }
  return 0
}

/**
 * By wing, of the folder in which mcconfig put the compiled modules, where those of earlier builds lie too. `linked`: the C
 * that xsl wrote, which names the modules of this one. `ours`: module names; all others are the SDK's.
 */
export function sizesByWing(
  folder: string,
  linked: string,
  ours: readonly string[],
): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const [, module] of linked.matchAll(/^\t\{ .*, "([^"]+)", \{ XS_MAJOR_VERSION/gm)) {
    const [first, ...rest] = module.split('/')
    const wing = !ours.includes(module) ? 'SDK' : rest.length > 0 ? first : 'main'
    // mcconfig's name for a folder with a colon in it.
    const path = `${module.replace(/^(\w+):/, '~.$1/')}.xsb`
    const bytes = codeBytes(readFileSync(join(folder, path)))
    sizes.set(wing, (sizes.get(wing) ?? 0) + bytes)
  }
  return sizes
}
