import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Runs a TypeScript file or a package's command on the Node that the lock file brings along: `node scripts/run.js vitest run`.
 * Itself runs on any Node since 18. (The link to that Node in node_modules/.bin would be enough, but npm 10 removes it again:
 * the packages for other platforms, which it does not install, have a command of the same name.)
 */

const require = createRequire(import.meta.url)
const [command, ...args] = process.argv.slice(2)
const node = lockedNode() ?? ownNode()
const ours = command.endsWith('.ts')
// USR1 would open Node's inspector on a port of the machine.
const script = ours ? ['--disable-warning=ExperimentalWarning', '--disable-sigusr1', command] : [executable(command)]
const env = { ...withNodeFirst(process.env, dirname(node)), PERMAFROST_PARENT: String(process.pid) }
const child = spawn(node, [...script, ...args], { stdio: 'inherit', env })

// Where all processes of a command are told, as by Ctrl-C, the child hears of it twice: our own programs take that for once.
process.on('SIGINT', () => {
  if (ours) child.kill('SIGINT')
})
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGXCPU', 'SIGALRM', 'SIGVTALRM', 'SIGPWR']
for (const signal of passedOn.filter(name => name in constants.signals)) process.on(signal, () => child.kill(signal))
// A Node that opens no inspector on USR1 does not hear of it either.
let toldByUsr1 = false
if ('SIGUSR1' in constants.signals) {
  process.on('SIGUSR1', () => {
    toldByUsr1 = true
    child.kill('SIGUSR2')
  })
}
watchStarters(() => {
  console.error('What started this has gone.')
  child.kill('SIGHUP')
})
child.on('exit', (code, signal) => {
  const { SIGUSR1, SIGUSR2 } = constants.signals
  if (signal === null) process.exit(toldByUsr1 && code === 128 + SIGUSR2 ? 128 + SIGUSR1 : code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

/**
 * npm passes INT and TERM on to what it has started: to the shell alone where that has not given its place to the command, and it ends
 * by them. What npm itself ends by, such as HUP, it does not pass on. Either way nobody waits for the command any more. Whoever started
 * npm may go away.
 */
function watchStarters(onGone) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const parent = process.ppid
  const { name, parent: npm } = processInfo(parent)
  const shell = /^-?(ba|da|k|z|a|mk)?sh$|^busybox$/.test(name)
  const timer = setInterval(() => {
    if (process.ppid === parent && (!shell || isAlive(npm))) return
    clearInterval(timer)
    onGone()
  }, 200)
  timer.unref()
}

/** The name of a process and its parent's id; without both where the system does not say. */
function processInfo(id) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))
    return { parent: Number(parent), name }
  } catch {
    return listedInfo(id)
  }
}

/** The same for systems without `/proc`. */
function listedInfo(id) {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(id)], { encoding: 'utf8' })
    const [, parent, path] = /^\s*(\d+)\s+(.*?)\s*$/.exec(line)
    return { parent: Number(parent), name: path.slice(path.lastIndexOf('/') + 1) }
  } catch {
    return { parent: 0, name: '' }
  }
}

function isAlive(id) {
  try {
    return process.kill(id, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The Node of the optional package for this platform; undefined where there is none. */
function lockedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
}

function ownNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  console.error(
    `Node ${process.versions.node} cannot run this project, and there is no ready-made Node 22 for this platform: install Node 22.18 or newer.`,
  )
  process.exit(1)
}

/** The JavaScript file behind a command of the package with the same name. */
function executable(name) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

/** On Windows the variable may be spelt `Path`. */
function withNodeFirst(environment, folder) {
  const name = Object.keys(environment).find(key => key.toUpperCase() === 'PATH') ?? 'PATH'
  return { ...environment, [name]: [folder, environment[name]].filter(Boolean).join(delimiter) }
}
