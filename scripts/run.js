import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
const script = command.endsWith('.ts') ? ['--disable-warning=ExperimentalWarning', command] : [executable(command)]
const child = spawn(node, [...script, ...args], { stdio: 'inherit', env: withNodeFirst(process.env, dirname(node)) })

// Ctrl-C reaches the child by itself; it decides what that means.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

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
