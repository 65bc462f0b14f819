import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHistory } from '../src/main/history/history.ts'
import { withHome } from '../src/main/history/testing/fixtures.ts'
import { LONG, studyFile } from '../src/main/shells/cli/testing/studies.ts'

/** Signals to members of the whole tree that the README's command makes: npm, the launcher that takes its shell's place, the lab itself. */

const ROOT = join(import.meta.dirname, '..')

type Member = 'npm' | 'launcher' | 'lab'

interface Command {
  readonly npm: ChildProcess
  out(): string
  err(): string
  /** Resolves once the output has the text. */
  says(text: string): Promise<void>
  /** Resolves when no process of the command is left that could write anything. */
  readonly over: Promise<number | null>
}

function start(args: readonly string[]): Command {
  const npm = spawn('npm', ['run', 'study', '--', ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  npm.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  npm.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const over = new Promise<number | null>(resolve => npm.on('close', code => resolve(code)))
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (out.includes(text)) resolve()
      }
      npm.stdout.on('data', look)
      void over.then(() => reject(new Error(`ended without "${text}": ${out}${err}`)))
      look()
    })
  return { npm, out: () => out, err: () => err, says, over }
}

/** Ids of npm and of each process that the one before has started. */
function treeOf(npm: number): Record<Member, number> {
  const childOf = (id: number): number =>
    Number(readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim().split(' ')[0])
  const launcher = childOf(npm)
  return { npm, launcher, lab: childOf(launcher) }
}

const CASES: readonly (readonly [signal: NodeJS.Signals, to: Member | 'all'])[] = [
  ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGXCPU'] as const).map(signal => [signal, 'all'] as const),
  ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGKILL'] as const).map(signal => [signal, 'npm'] as const),
  ['SIGTERM', 'launcher'],
  ['SIGUSR1', 'launcher'],
  ['SIGKILL', 'launcher'],
  ['SIGQUIT', 'lab'],
]

describe.runIf(process.platform === 'linux')('a training that is asked to stop', () => {
  it.each(CASES)('by %s to %s leaves a checkpoint and the command that goes on', (signal, to) =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const file = studyFile(folder, { ...LONG, training: { ...LONG.training, epochs: 100_000 } })
      const { npm, says, err, over } = start([file, '--home', home, '--json'])
      await says('"kind":"epoch"')
      const tree = treeOf(npm.pid!)
      process.kill(to === 'all' ? -npm.pid! : tree[to], signal)
      const ended = await over
      // npm ends by a signal of its own, and with the launcher's code where it lives on.
      if (to === 'launcher' && signal !== 'SIGKILL') expect(ended).toBe(128 + constants.signals[signal])
      expect(err().match(/Stopping with a checkpoint of each run/g), err()).toHaveLength(1)
      expect(err()).toMatch(/^To go on: npm run permafrost -- resume \w+ --home/m)
      // npm itself is a Node with an inspector.
      if (to !== 'all') expect(err()).not.toContain('Debugger')
      const history = openHistory({ home })
      const begun = history.runs.list().filter(({ step }) => step > 0)
      expect(begun.length).toBeGreaterThan(0)
      for (const { id, status, step } of begun)
        expect([status, history.checkpoints.read(id, 'last')?.step]).toEqual(['cancelled', step])
      history.close()
    }),
  )
})

describe.runIf(process.platform === 'linux')('outputs that take nothing', () => {
  it.each([
    ['a full disk', '/dev/full', 'w'],
    ['a closed descriptor', '/dev/null', 'r'],
  ] as const)('%s: the training goes on to its end, and the exit code tells', (_, path, flags) =>
    withHome(async folder => {
      const home = join(folder, 'home')
      const file = studyFile(folder, { ...LONG, seeds: [1], plans: ['full'] })
      const nowhere = openSync(path, flags)
      const lab = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', 'src/main/cli.ts', 'run', file, '--home', home],
        { cwd: ROOT, stdio: ['ignore', nowhere, nowhere] },
      )
      const code = await new Promise(resolve => lab.on('close', resolve))
      closeSync(nowhere)
      const history = openHistory({ home })
      expect(history.runs.list().map(({ status }) => status)).toEqual(['finished'])
      history.close()
      expect(code).toBe(1)
    }),
  )
})
