import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compareTrees, described, isSame, type Differences } from './same/compare.ts'

/**
 * `npm run same -- COMMIT` says whether the source tree as it lies here computes what COMMIT did, on this machine and to the bit: sampled
 * strings of every task, the compiled programs of every preset's model, losses, weights and checkpoints after some steps of training, and what
 * identifies the runs of every preset (those of COMMIT). Exit code 0: all the same; 1: something differs; 2: bad input.
 */

const PROJECT = join(import.meta.dirname, '..')
const USAGE = 'npm run same -- COMMIT [--json]'

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: PROJECT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

function asked(): { commit: string; json: boolean } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  })
  if (positionals.length !== 1) throw new Error(`one commit, as in ${USAGE}; found ${positionals.length}`)
  return { commit: commitNamed(positionals[0]!), json: values.json }
}

function commitNamed(name: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
  } catch (cause) {
    throw new Error(`COMMIT is "${name}"; allowed: a commit that this repository has`, { cause })
  }
}

/** A commit in a folder of its own, with its packages, for as long as it is used. */
async function withTree<T>(commit: string, use: (tree: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'permafrost-same-'))
  const tree = join(folder, 'tree')
  try {
    git('worktree', 'add', '--detach', tree, commit)
    try {
      installIn(tree)
      return await use(tree)
    } finally {
      git('worktree', 'remove', '--force', tree)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Those that lie here where the lock files are equal, its own otherwise. */
function installIn(tree: string): void {
  const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8')
  if (lock(tree) === lock(PROJECT)) symlinkSync(join(PROJECT, 'node_modules'), join(tree, 'node_modules'), 'junction')
  else
    execFileSync('npm', ['ci'], {
      cwd: tree,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
}

function report(commit: string, found: Differences, json: boolean): void {
  const same = Object.values(found).every(isSame)
  if (json) console.log(JSON.stringify({ commit, same, kinds: found }, null, 2))
  else for (const [kind, one] of Object.entries(found)) console.log(described(kind, one))
  process.exitCode = same ? 0 : 1
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

async function main({ commit, json }: ReturnType<typeof asked>): Promise<void> {
  const stop = new AbortController()
  const codes: number[] = []
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      codes.push(code)
      stop.abort()
    })
  }
  const text = join(PROJECT, 'test', 'fixtures', '0.1', 'text.txt')
  try {
    const found = await withTree(commit, tree =>
      compareTrees(tree, PROJECT, { presets: join(tree, 'resources', 'presets'), text, signal: stop.signal }),
    )
    report(commit, found, json)
  } catch (error) {
    if (codes.length === 0) console.error(`same: ${(error as Error).message}`)
    process.exitCode = codes[0] ?? 1
  }
}

let options: ReturnType<typeof asked> | undefined
try {
  options = asked()
} catch (error) {
  console.error(`same: ${(error as Error).message}`)
  process.exitCode = 2
}
if (options) await main(options)
