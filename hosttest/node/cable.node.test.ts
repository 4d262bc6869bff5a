import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { SerialPort } from 'serialport'
import type { OpenCable } from '../../firmware/ports/cable'
import { NoSocat, PseudoTerminal } from '../../tools/node/cable'
import { scratchForEachTest } from '../support/scratch'
import { until } from '../support/virtual-dongle'

const scratch = scratchForEachTest()
const cables: PseudoTerminal[] = []
const peers: SerialPort[] = []

afterEach(async () => {
  for (const peer of peers.splice(0)) await unplug(peer)
  for (const cable of cables.splice(0)) await cable.stop()
})

async function start(): Promise<PseudoTerminal> {
  const cable = await PseudoTerminal.start(join(scratch.path, 'cable'))
  cables.push(cable)
  return cable
}

/** A peer that reads unless it is paused. */
async function plug({ path }: PseudoTerminal): Promise<{ peer: SerialPort; heard(): string }> {
  const peer = new SerialPort({ path, baudRate: 115_200, hupcl: false, autoOpen: false })
  peers.push(peer)
  let heard = ''
  peer.on('data', (bytes: Buffer) => void (heard += bytes.toString()))
  peer.on('error', () => {})
  await new Promise<void>((resolve, reject) =>
    peer.open((error) => (error ? reject(error) : resolve())),
  )
  return { peer, heard: () => heard }
}

async function unplug(peer: SerialPort): Promise<void> {
  if (peer.isOpen) await new Promise<void>((resolve) => peer.close(() => resolve()))
}

function send(cable: OpenCable, text: string): number {
  return cable.write(Buffer.from(text))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('bytes go both ways, also with a second peer after the first has gone', async () => {
  const cable = await start()
  let heard = ''
  const open = cable.open((bytes) => void (heard += Buffer.from(bytes).toString()))
  for (const name of ['first', 'second']) {
    const { peer, heard: peerHeard } = await plug(cable)
    peer.write(`from the ${name}\n`)
    expect(send(open, `to the ${name}\n`)).toBe(`to the ${name}\n`.length)
    await until('both were heard', () => heard.includes(name) && peerHeard().includes(name))
    await unplug(peer)
  }
})

test('what nobody reads is not taken, and once it is read there is room again', async () => {
  const cable = await start()
  const open = cable.open(() => {})
  const line = `${'x'.repeat(999)}\n`
  let sent = 0
  let refused = 0
  await until('nothing more is taken', () => {
    const taken = send(open, line)
    sent += taken
    refused = taken === 0 ? refused + 1 : 0
    return refused === 20
  })
  expect(sent).toBeLessThan(64 * 1024)
  const { heard } = await plug(cable)
  let after = 0
  await until('there is room', () => (after += send(open, 'again\n')) > 0)
  await until('all of it has come', () => heard().endsWith('again\n'))
})

test('what comes while the firmware has it closed is lost', async () => {
  const cable = await start()
  const heard: string[] = []
  const listen = (bytes: Uint8Array) => void heard.push(Buffer.from(bytes).toString())
  cable.open(listen).close()
  const { peer } = await plug(cable)
  await new Promise<void>((resolve) => peer.write('lost\n', () => peer.drain(() => resolve())))
  await new Promise((resolve) => setTimeout(resolve, 200))
  cable.open(listen)
  expect(() => cable.open(listen)).toThrow('in use')
  peer.write('heard\n')
  await until('the second', () => heard.join('').endsWith('heard\n'))
  expect(heard.join('')).toBe('heard\n')
})

test('a cable that is pulled takes nothing, and works when it is plugged in again, however often', async () => {
  const cable = await start()
  const open = cable.open(() => {})
  for (let i = 0; i < 4; i++) {
    const before = cable.pid
    const { peer } = await plug(cable)
    for (let line = 0; line < 5; line++) send(open, 'x'.repeat(300))
    peer.write('y'.repeat(500), () => process.kill(before, 'SIGKILL'))
    await until('it is pulled', () => send(open, 'x') === 0)
    await until('it is back', () => cable.pid !== before && send(open, 'x') > 0)
    await unplug(peer)
  }
  const { heard } = await plug(cable)
  send(open, 'back\n')
  await until('it is heard', () => heard().includes('back\n'))
})

test('at the end neither a process nor a link is left', async () => {
  const cable = await start()
  const { pid, path } = cable
  cable.open(() => {})
  expect(existsSync(path)).toBe(true)
  await cable.stop()
  expect([isAlive(pid), existsSync(path), existsSync(`${path}.dongle`)]).toEqual([
    false,
    false,
    false,
  ])
})

test('without socat it says how to get it', async () => {
  const started = PseudoTerminal.start(join(scratch.path, 'cable'), { PATH: '/nowhere' })
  await expect(started).rejects.toThrow(NoSocat)
  const shellOnly = join(scratch.path, 'bin')
  mkdirSync(shellOnly)
  symlinkSync('/bin/sh', join(shellOnly, 'sh'))
  const alone = PseudoTerminal.start(join(scratch.path, 'cable'), { PATH: shellOnly })
  await expect(alone).rejects.toThrow('apt-get install socat')
})
