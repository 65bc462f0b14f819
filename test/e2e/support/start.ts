import { spawn, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const PROJECT = resolve(import.meta.dirname, '..', '..', '..')

export interface Started {
  readonly process: ChildProcess
  /** Everything said so far. */
  readonly lines: readonly string[]
  /** The first line that matches, once it is said. @throws when the app ends before */
  line(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<number | null>
}

/** What `npm start` does once the app is built. @param env undefined takes a variable away */
export function start(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Started {
  const app = spawn(
    process.execPath,
    [resolve(PROJECT, 'scripts', 'run.js'), resolve(PROJECT, 'scripts', 'start.ts'), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  )
  const lines: string[] = []
  const listeners = new Set<() => void>()
  for (const stream of [app.stdout, app.stderr])
    createInterface({ input: stream }).on('line', line => {
      lines.push(line)
      for (const listen of listeners) listen()
    })
  const ended = new Promise<number | null>(resolve => {
    app.on('close', resolve)
  })
  return {
    process: app,
    lines,
    ended,
    line: pattern =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.map(line => pattern.exec(line)).find(match => match !== null)
          if (!found) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
        void ended.then(code => reject(new Error(`the app ended with ${code}:\n${lines.join('\n')}`)))
      }),
  }
}
