import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const CLI = join(import.meta.dirname, '..', '..', '..', 'cli.ts')

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface CliProcess {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** What has come out so far. */
  out(): string
  /** Resolves when the standard output has the text, or the process has ended. */
  says(text: string): Promise<void>
}

/** Starts the command line as a process of its own. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): CliProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const finished = new Promise<Finished>(resolve =>
    child.on('close', (code, signal) => resolve({ code, signal, out, err })),
  )
  return {
    child,
    finished,
    out: () => out,
    says: text =>
      new Promise(resolve => {
        const look = (): void => {
          if (out.includes(text)) resolve()
        }
        child.stdout.on('data', look)
        void finished.then(() => resolve())
        look()
      }),
  }
}

/** The same, to its end. */
export const runCli = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> =>
  startCli(args, env).finished

/** The whole lines of an output with a JSON record in each; a last line that was cut off is left out. */
export function records(out: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)
}
