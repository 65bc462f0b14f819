import { spawn, spawnSync } from 'node:child_process'

/** Why the set-up cannot go on, and what to do about it. */
export class SetupError extends Error {}

/** Runs a program to its end. @returns its standard output @throws SetupError with the end of what it said when it fails */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env, show = false }: { cwd?: string; env?: NodeJS.ProcessEnv; show?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      shell: program === 'npm' && process.platform === 'win32',
    })
    let out = '',
      err = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    child.on('error', error => reject(new SetupError(`${program} cannot be run: ${error.message}`)))
    child.on('exit', (code, signal) => {
      if (code === 0) resolve(out)
      else
        reject(
          new SetupError(
            `${program} ${signal === null ? `failed with exit code ${code}` : `was ended by ${signal}`}${tail(err || out)}`,
          ),
        )
    })
  })
}

const tail = (text: string): string => (text.trim() === '' ? '' : `:\n${text.trim().split('\n').slice(-12).join('\n')}`)

/** The first of the programs that answers. */
export const firstThatRuns = (programs: readonly (string | undefined)[], args: readonly string[]): string | undefined =>
  programs.find(program => program !== undefined && spawnSync(program, args, { stdio: 'ignore' }).status === 0)
