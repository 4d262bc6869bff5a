import { afterEach, describe, expect, test } from '@jest/globals'
import { Worker, WorkerDied, WorkerThrew } from '../../tools/xs/worker'

const workers: Worker[] = []
function start(options?: ConstructorParameters<typeof Worker>[0]): Worker {
  const worker = new Worker(options)
  workers.push(worker)
  return worker
}

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()))
})

describe('the XS worker', () => {
  test('counts, and the same each time', async () => {
    const counts = async () => {
      const { computations, slots } = await start().evaluate('for (let i = 0; i < 9; i++) ({}); 0')
      return [computations, slots]
    }
    expect(await counts()).toEqual(await counts())
  })

  test('asks, is answered, and gets no command in between', async () => {
    const asked: string[] = []
    const worker = start({
      onQuestion(question) {
        asked.push(String(question))
        // Given now, while XS waits for an answer: it must come after that.
        worker.command(Buffer.from('late')).catch(() => {})
        return Buffer.from('answer')
      },
    })
    await worker.evaluate(`globalThis.handleCommand = (command) => command;
      const answer = issueCommand(new TextEncoder().encode('question').buffer);
      print(new TextDecoder().decode(answer))`)
    expect(asked).toEqual(['question'])
    expect(String((await worker.command(Buffer.from('echo'))).bytes)).toBe('echo')
    expect(worker.takePrinted()).toBe('answer\n')
  })

  test('what throws inside rejects, and the engine lives', async () => {
    const worker = start()
    await expect(worker.evaluate('throw new Error("no")')).rejects.toThrow(WorkerThrew)
    await expect(worker.evaluate('undefined.x')).rejects.toThrow('cannot coerce undefined')
    await expect(worker.evaluate('1')).resolves.toBeDefined()
  })

  test.each([
    ['stack overflow', '(function f() { return 1 + f() })()'],
    ['too much computation', 'for (;;);'],
    ['memory full', 'new ArrayBuffer(2 ** 31 - 1)'],
  ])('a death has the engine’s reason: %s', async (reason, code) => {
    const worker = start({ maxComputations: 1_000_000 })
    const first = worker.evaluate(code)
    const second = worker.evaluate('1')
    await expect(first).rejects.toThrow(new WorkerDied(reason))
    await expect(second).rejects.toThrow(reason)
    await expect(worker.evaluate('1')).rejects.toThrow(reason)
  })
})
