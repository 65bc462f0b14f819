import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly lines: string[]
  readonly errors: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}
export interface Started {
  readonly child: ChildProcess
  /** Resolves when it has said so many lines, or ended. */ readonly says: (lines: number) => Promise<void>
  /** Lets a script go on that waits for it. */ readonly go: () => void
  readonly ends: Promise<Ended>
}

/** Starts a script of this folder in a process of its own. @param through a shell prefix that may set limits, ending in `exec "$@"` */
export function begin(script: string, args: readonly string[], through?: string): Started {
  const command = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL(`./${script}`, import.meta.url)),
    ...args,
  ]
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'permafrost-compile-cache') }
  const child = through
    ? spawn('bash', ['-c', through, 'bash', ...command], { env })
    : spawn(command[0]!, command.slice(1), { env })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const says = (lines: number) =>
    new Promise<void>(resolve => {
      const look = (): void => {
        if (output.split('\n').length > lines) resolve()
      }
      look()
      child.stdout.on('data', look)
      child.on('close', () => resolve())
    })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ends = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    // A line without its end was cut off by the kill: what it says is not known to have been stored.
    child.on('close', (code, signal) => resolve({ lines: output.split('\n').slice(0, -1), errors, code, signal }))
  })
  const go = (): void => {
    child.stdin.on('error', () => {
      /* it has ended: its end says more */
    })
    child.stdin.write('go\n')
  }
  return { child, says, go, ends }
}

/** In a script: says `ready` and waits until it is let go on. */
export function waitForGo(): void {
  writeSync(1, 'ready\n')
  readSync(0, Buffer.alloc(3))
}

/** Lets scripts go on together, once all have said so many lines, the last one being `ready`. */
export async function goTogether(started: readonly Started[], lines = 1): Promise<void> {
  await Promise.all(started.map(({ says }) => says(lines)))
  for (const { go } of started) go()
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds)
  })
