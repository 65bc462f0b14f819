import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A child process that answers each line with one line. */
export interface Conversation {
  /** @throws Error with the child's last words when it ends instead of answering */
  ask(line: string): Promise<string>
  close(): Promise<void>
}

export function converse(command: string, args: readonly string[]): Conversation {
  const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let complaint = ''
  child.stderr.on('data', (data: Buffer) => {
    complaint = (complaint + data.toString()).slice(-2000)
  })
  child.stdin.on('error', () => undefined) // the missing answer tells
  const ended = new Promise<void>(resolve => {
    child.once('close', () => resolve())
    child.once('error', error => {
      complaint = error.message
      resolve()
    })
  })
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`)
      const answer = await Promise.race([answers.next(), ended.then(() => ({ done: true as const, value: undefined }))])
      if (!answer.done) return answer.value
      await ended
      throw new Error(`${command} ended: ${complaint.trim().split('\n').at(-1) ?? 'without a word'}`)
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
